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

    init(_ scanner: inout Scanner) throws(ParseError) {
        let name = try scanner.token("SIP")
        guard isSame(name, "SIP"), scanner.take(0x2F), try scanner.token("2.0") == "2.0", scanner.take(0x2F) else {
            throw scanner.fail("SIP/2.0/ and a transport")
        }
        transport = String(
            decoding: try scanner.token("a transport").utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 & 0xDF : $0 }, as: UTF8.self)
        let space = scanner.span(while: Scanner.isSpace)
        guard !space.isEmpty else { throw scanner.fail("white space behind the transport") }
        let hostSpan: Range<Int>
        if scanner.next == 0x5B {
            let start = scanner.offset
            _ = scanner.span { $0 != 0x5D && $0 != 0x3B && $0 != 0x2C }
            guard scanner.next == 0x5D else { throw scanner.fail("] behind an IPv6 address") }
            scanner.advance()
            hostSpan = start..<scanner.offset
        } else {
            hostSpan = scanner.span { Scanner.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F }
        }
        guard !hostSpan.isEmpty else { throw scanner.fail("the sender's host") }
        host = scanner.text(hostSpan)
        if scanner.take(0x3A) {
            let digits = scanner.span(while: Scanner.isDigit)
            guard let port = UInt16(scanner.text(digits)) else { throw ParseError(digits.lowerBound, expected: "a port") }
            self.port = port
        }
        parameters = try Parameters(&scanner)
    }
}
