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
        var scanner = Scanner(text)
        scanner.skipSpace()
        try self.init(&scanner)
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw scanner.fail("the end of the address") }
    }

    public var tag: String? {
        get { parameters["tag"] }
        set { parameters["tag"] = newValue }
    }

    public var description: String {
        (displayName.map { quoted($0) + " " } ?? "") + "<\(uri)>" + parameters.description
    }

    init(_ scanner: inout Scanner) throws(ParseError) {
        if scanner.next == UInt8(ascii: "\"") {
            let name = try scanner.quotedString()
            guard scanner.take(UInt8(ascii: "<")) else { throw scanner.fail("< behind the display name") }
            try self.init(name, inBrackets: &scanner)
            return
        }
        // Tokens and white space up to a bracket are a display name; without a bracket it is the URI alone.
        var probe = scanner
        let words = probe.span { Scanner.isToken($0) || Scanner.isSpace($0) || $0 >= 0x80 }
        if probe.next == UInt8(ascii: "<") {
            var text = scanner.text(words)
            while let last = text.utf8.last, Scanner.isSpace(last) { text.removeLast() }
            scanner = probe
            _ = scanner.take(UInt8(ascii: "<"))
            try self.init(text.isEmpty ? nil : text, inBrackets: &scanner)
            return
        }
        // Without brackets, parameters belong to the header, not to the URI (RFC 3261 §20.10).
        let bare = probe.span { $0 != 0x3B && $0 != 0x2C && $0 != 0x3F && !Scanner.isSpace($0) }
        var inner = Scanner(scanner.bytes, scanner.offset..<bare.upperBound)
        let uri = try URI(&inner)
        guard inner.isAtEnd else { throw inner.fail("the end of the URI") }
        scanner = probe
        self.init(uri: uri, parameters: try Parameters(&scanner))
    }

    private init(_ displayName: String?, inBrackets scanner: inout Scanner) throws(ParseError) {
        let uri = try URI(&scanner)
        guard scanner.take(UInt8(ascii: ">")) else { throw scanner.fail("> behind the URI") }
        self.init(displayName: displayName, uri: uri, parameters: try Parameters(&scanner))
    }
}
