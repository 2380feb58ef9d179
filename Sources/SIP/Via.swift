/// One hop of the Via header: RFC 3261 §20.42, with the rport of RFC 3581.
public struct Via: Sendable, Hashable, CustomStringConvertible {
    /// In upper case: `UDP`, `TCP`, …
    public var transport: String
    public var host: String
    public var port: UInt16?
    public var parameters: Parameters

    public init(transport: String, host: String, port: UInt16? = nil, parameters: Parameters = Parameters()) {
        self.transport = transport
        self.host = host
        self.port = port
        self.parameters = parameters
    }

    public var branch: String? {
        get { parameters["branch"] }
        set { parameters["branch"] = newValue }
    }

    public var received: String? {
        get { parameters["received"] }
        set { parameters["received"] = newValue }
    }

    /// The port that the request came from; `nil` also when the parameter stands there without value.
    public var rport: UInt16? { parameters["rport"].flatMap { UInt16($0) } }

    /// Whether the sender asks for the answer to go to where the request came from.
    public var asksForRport: Bool { parameters.contains("rport") }

    public var description: String { "SIP/2.0/\(transport) \(host)" + (port.map { ":\($0)" } ?? "") + parameters.description }
}

// MARK: - Reading

/// One hop as it lies in a message.
struct ViaSpans: Sendable {
    var transport: Span
    var host: Span
    var port: UInt16?
    var parameters = Span.none
    /// Empty where there is none, as are the next two.
    var branch = Span.none
    var received = Span.none
    var rport = Span.none
    var asksForRport = false
}

extension Cursor {
    @inline(__always)
    mutating func via() throws(ParseError) -> ViaSpans {
        // SIP/2.0/UDP, and white space around its slashes where somebody wants it.
        if end &- offset > 8, lowercasedWord(offset, count: 8) == ("sip/2.0/" as StaticString).word {
            offset &+= 8
            skipSpace()
        } else {
            let name = try token("SIP")
            guard matches(name, "sip"), take(UInt8(ascii: "/")) else { throw fail("SIP/2.0/ and a transport") }
            let version = try token("2.0")
            guard matches(version, "2.0"), take(UInt8(ascii: "/")) else { throw fail("SIP/2.0/ and a transport") }
        }
        let transport = try token("a transport")
        guard ByteSet.space.contains(next) else { throw fail("white space behind the transport") }
        skipSpace()
        var via = ViaSpans(transport: transport, host: try host("the sender's host"))
        if take(UInt8(ascii: ":")) { via.port = try port() }
        let start = offset
        while let parameter = try parameter() {
            switch parameter.name.count {
            case 5 where !via.asksForRport && matches(parameter.name, "rport"):
                via.asksForRport = true
                via.rport = parameter.value
            case 6 where matches(parameter.name, "branch"):
                guard via.branch.isEmpty, !parameter.value.isEmpty, isPlain(parameter) else { throw fail("one branch, a token") }
                via.branch = parameter.value
            case 8 where via.received.isEmpty && matches(parameter.name, "received"): via.received = parameter.value
            default: break
            }
        }
        via.parameters = Span(start, offset)
        return via
    }
}

extension Via {
    /// The texts of a hop that has been read before.
    init(_ cursor: Cursor, _ spans: ViaSpans) {
        self.init(
            transport: cursor.text(spans.transport).uppercased(), host: cursor.hostText(spans.host), port: spans.port,
            parameters: Parameters(cursor, spans.parameters))
    }
}
