/// A name-addr or addr-spec with its parameters, as in From, To, Contact and Route: RFC 3261 §20.10.
public struct NameAddress: Sendable, Hashable, CustomStringConvertible {
    /// Without quotes and escapes.
    public var displayName: String?
    public var uri: URI
    /// The header's parameters, not the URI's.
    public var parameters: Parameters

    public init(displayName: String? = nil, uri: URI, parameters: Parameters = Parameters()) {
        self.displayName = displayName
        self.uri = uri
        self.parameters = parameters
    }

    public init(_ text: String) throws(ParseError) {
        self = try text.read { (cursor) throws(ParseError) -> NameAddress in
            cursor.skipSpace()
            let spans = try cursor.address()
            cursor.skipSpace()
            guard cursor.isAtEnd else { throw cursor.fail("the end of the address") }
            return NameAddress(cursor, spans)
        }
    }

    public var tag: String? {
        get { parameters["tag"] }
        set { parameters["tag"] = newValue }
    }

    public var description: String {
        (displayName.map { quoted($0) + " " } ?? "") + "<\(uri)>" + parameters.description
    }
}

// MARK: - Reading

/// A name-addr or addr-spec as it lies in a message.
struct AddressSpans: Sendable {
    /// Without its quotes.
    var displayName = Span.none
    var isQuoted = false
    var uri: URISpans
    var parameters = Span.none
    /// Empty where there is none.
    var tag = Span.none
}

extension Cursor {
    @inline(__always)
    mutating func address() throws(ParseError) -> AddressSpans {
        var displayName = Span.none
        var isQuoted = false
        if next == UInt8(ascii: "\"") {
            displayName = try quotedString()
            isQuoted = true
            guard take(UInt8(ascii: "<")) else { throw fail("< behind the display name") }
        } else if next == UInt8(ascii: "<") {
            offset &+= 1
            skipSpace()
        } else {
            // Tokens and white space up to a bracket are a display name; without a bracket it is the URI alone.
            var probe = self
            displayName = probe.span(of: .displayWords)
            guard probe.next == UInt8(ascii: "<") else { return try bareAddress() }
            while !displayName.isEmpty, ByteSet.space.contains(self[Int(displayName.end) &- 1]) { displayName.end &-= 1 }
            offset = probe.offset &+ 1
            skipSpace()
        }
        var address = AddressSpans(displayName: displayName, isQuoted: isQuoted, uri: try uri())
        guard take(UInt8(ascii: ">")) else { throw fail("> behind the URI") }
        try addressParameters(&address)
        return address
    }

    /// Without brackets, parameters belong to the header, not to the URI (RFC 3261 §20.10).
    private mutating func bareAddress() throws(ParseError) -> AddressSpans {
        let span = span(of: .bareURI)
        var inner = part(span)
        var address = AddressSpans(uri: try inner.uri())
        guard inner.isAtEnd else { throw inner.fail("the end of the URI") }
        try addressParameters(&address)
        return address
    }

    @inline(__always)
    private mutating func addressParameters(_ address: inout AddressSpans) throws(ParseError) {
        let start = offset
        while let parameter = try parameter() {
            guard matches(parameter.name, "tag") else { continue }
            guard address.tag.isEmpty, !parameter.value.isEmpty, isPlain(parameter) else { throw fail("one tag, a token") }
            address.tag = parameter.value
        }
        address.parameters = Span(start, offset)
    }
}

extension NameAddress {
    /// The texts of an address that has been read before.
    init(_ cursor: Cursor, _ spans: AddressSpans) {
        self.init(
            displayName: spans.isQuoted
                ? cursor.unquotedText(spans.displayName)
                : spans.displayName.isEmpty ? nil : cursor.unfoldedText(spans.displayName),
            uri: URI(cursor, spans.uri), parameters: Parameters(cursor, spans.parameters))
    }
}
