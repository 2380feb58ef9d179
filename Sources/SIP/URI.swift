/// A SIP, SIPS or tel URI: RFC 3261 §19.1, RFC 3966.
///
/// Any other scheme is kept as it stands: its text is the `host`.
public struct URI: Hashable, Sendable, CustomStringConvertible {
    /// In lower case: `sip`, `sips`, `tel`, or what it was.
    public var scheme: String
    /// Unescaped; `nil` where the URI names a host only. For `tel`, the number is the user.
    public var user: String?
    /// A name or an address, IPv6 in brackets.
    public var host: String
    public var port: UInt16?
    public var parameters: Parameters
    /// What follows `?`, as it stands.
    public var headers: String

    public init(
        scheme: String = "sip", user: String? = nil, host: String, port: UInt16? = nil, parameters: Parameters = Parameters()
    ) {
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.parameters = parameters
        headers = ""
    }

    /// Reads a whole text.
    public init(_ text: String) throws(ParseError) {
        self = try text.read { (cursor) throws(ParseError) -> URI in
            let spans = try cursor.uri()
            guard cursor.isAtEnd else { throw cursor.fail("the end of the URI") }
            return URI(cursor, spans)
        }
    }

    public var isSIP: Bool { scheme == "sip" || scheme == "sips" }

    public var description: String {
        switch scheme {
        case "sip", "sips":
            scheme + ":" + (user.map { escaped($0) + "@" } ?? "") + host + (port.map { ":\($0)" } ?? "") + parameters.description
                + (headers.isEmpty ? "" : "?" + headers)
        case "tel": "tel:" + (user ?? "") + parameters.description
        default: scheme + ":" + host
        }
    }

    /// Escapes what `user` of RFC 3261 §25 does not allow.
    private func escaped(_ user: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in user.utf8 {
            if ByteSet.plainUser.contains(byte) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

// MARK: - Reading

/// A URI as it lies in a message.
struct URISpans: Sendable {
    enum Kind: UInt8, Sendable {
        case sip, telephone, other
    }

    var kind: Kind
    var scheme: Span
    /// Empty where the URI names a host only; the number of a `tel`.
    var user = Span.none
    var isUserEscaped = false
    /// What follows the scheme, where that is not ours.
    var host = Span.none
    var port: UInt16?
    var parameters = Span.none
    var headers = Span.none
}

extension Cursor {
    /// Reads a URI up to white space, `>` or the end.
    @inline(__always)
    mutating func uri() throws(ParseError) -> URISpans {
        let scheme = span(of: .scheme)
        guard !scheme.isEmpty, next == UInt8(ascii: ":") else { throw fail("a URI's scheme and a colon") }
        offset &+= 1
        switch (scheme.count, lowercasedWord(Int(scheme.start), count: scheme.count)) {
        case (3, ("sip" as StaticString).word), (4, ("sips" as StaticString).word):
            return try sipURI(URISpans(kind: .sip, scheme: scheme))
        case (3, ("tel" as StaticString).word):
            return try telephoneURI(URISpans(kind: .telephone, scheme: scheme))
        default:
            var uri = URISpans(kind: .other, scheme: scheme)
            uri.host = span(of: .opaque)
            guard !uri.host.isEmpty else { throw fail("something behind the scheme") }
            return uri
        }
    }

    @inline(__always)
    private mutating func sipURI(_ start: URISpans) throws(ParseError) -> URISpans {
        var uri = start
        // A user may hold ; ? and : and so on; it is one if an @ comes before the URI ends.
        var probe = self
        let user = probe.span(of: .user)
        if probe.next == UInt8(ascii: "@") {
            guard !user.isEmpty else { throw fail("a user before the @") }
            uri.user = user
            uri.isUserEscaped = try hasEscapes(user)
            offset = probe.offset &+ 1
        }
        uri.host = try host("a host")
        if next == UInt8(ascii: ":") {
            offset &+= 1
            uri.port = try port()
        }
        let parameters = offset
        while try uriParameter() != nil {}
        uri.parameters = Span(parameters, offset)
        if next == UInt8(ascii: "?") {
            offset &+= 1
            uri.headers = span(of: .uriHeaders)
        }
        return uri
    }

    private mutating func telephoneURI(_ start: URISpans) throws(ParseError) -> URISpans {
        var uri = start
        uri.user = span(of: .telephone)
        guard !uri.user.isEmpty else { throw fail("a telephone number") }
        let parameters = offset
        while try parameter() != nil {}
        uri.parameters = Span(parameters, offset)
        return uri
    }

    /// Whether a user has escapes; throws where one is none.
    @inline(__always)
    private func hasEscapes(_ user: Span) throws(ParseError) -> Bool {
        var has = false
        var index = Int(user.start)
        while index < Int(user.end) {
            if self[index] == UInt8(ascii: "%") {
                has = true
                guard index &+ 2 < Int(user.end), digit(self[index &+ 1]) != nil, digit(self[index &+ 2]) != nil else {
                    throw part(index, end).fail("two hexadecimal digits behind %")
                }
            }
            index &+= 1
        }
        return has
    }

    fileprivate func unescapedText(_ span: Span) -> String {
        var result: [UInt8] = []
        var index = Int(span.start)
        while index < Int(span.end) {
            if self[index] == UInt8(ascii: "%"), let high = digit(self[index + 1]), let low = digit(self[index + 2]) {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(self[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

private func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}

extension URI {
    /// The texts of a URI that has been read before.
    init(_ cursor: Cursor, _ spans: URISpans) {
        self.init(
            scheme: cursor.lowercasedText(spans.scheme),
            user: spans.user.isEmpty
                ? nil : spans.isUserEscaped ? cursor.unescapedText(spans.user) : cursor.text(spans.user),
            host: cursor.text(spans.host), port: spans.port,
            parameters: Parameters(cursor, spans.parameters, ofURI: spans.kind == .sip))
        headers = cursor.text(spans.headers)
    }
}
