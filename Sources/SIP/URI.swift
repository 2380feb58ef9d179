/// A SIP, SIPS or tel URI: RFC 3261 §19.1, RFC 3966.
///
/// It keeps user and password as they are written, so that a URI goes out as it came in; `matches` compares as the RFC does,
/// while `==` compares what is written. Any other scheme is kept as it stands: its text is the `host`.
public struct URI: Hashable, Sendable, CustomStringConvertible {
    /// In lower case: `sip`, `sips`, `tel`, or what it was.
    public var scheme: String
    /// With its escapes; `nil` where the URI names a host only. For `tel`, the number.
    private(set) var writtenUser: String?
    /// With its escapes; `nil` where there is none, as there should be.
    private(set) var writtenPassword: String?
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
        self.host = host
        self.port = port
        self.parameters = parameters
        headers = ""
        self.user = user
    }

    /// Reads a whole text.
    public init(_ text: String) throws(ParseError) {
        self = try text.read { (cursor) throws(ParseError) -> URI in
            let spans = try cursor.uri()
            guard cursor.isAtEnd else { throw cursor.fail("the end of the URI") }
            return URI(cursor, spans)
        }
    }

    /// Without escapes; `nil` where the URI names a host only. For `tel`, the number is the user.
    public var user: String? {
        get { writtenUser.map { unescaped($0) } }
        set { writtenUser = newValue.map { isSIP ? escaped($0, except: .plainUser) : $0 } }
    }

    /// Without escapes.
    public var password: String? {
        get { writtenPassword.map { unescaped($0) } }
        set { writtenPassword = newValue.map { escaped($0, except: .plainPassword) } }
    }

    public var isSIP: Bool { scheme == "sip" || scheme == "sips" }

    public var description: String {
        switch scheme {
        case "sip", "sips":
            var text = scheme + ":"
            if let writtenUser { text += writtenUser + (writtenPassword.map { ":" + $0 } ?? "") + "@" }
            text += host
            if let port { text += ":\(port)" }
            text += parameters.uriText
            return headers.isEmpty ? text : text + "?" + headers
        case "tel": return "tel:" + (writtenUser ?? "") + parameters.uriText
        default: return scheme + ":" + host
        }
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
    /// With the password; empty where the URI names a host only; the number of a `tel`.
    var user = Span.none
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
            guard !user.isEmpty, self[Int(user.start)] != UInt8(ascii: ":") else { throw fail("a user before the @") }
            try checkEscapes(user)
            uri.user = user
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
        if offset > parameters { try checkEscapes(uri.parameters) }
        if next == UInt8(ascii: "?") {
            offset &+= 1
            uri.headers = span(of: .uriHeaders)
            try checkEscapes(uri.headers)
        }
        return uri
    }

    private mutating func telephoneURI(_ start: URISpans) throws(ParseError) -> URISpans {
        var uri = start
        uri.user = span(of: .telephone)
        guard !uri.user.isEmpty else { throw fail("a telephone number") }
        let parameters = offset
        while try uriParameter() != nil {}
        uri.parameters = Span(parameters, offset)
        if offset > parameters { try checkEscapes(uri.parameters) }
        return uri
    }

    /// Throws where a `%` is no escape.
    @inline(__always)
    private func checkEscapes(_ span: Span) throws(ParseError) {
        var rest = part(span)
        while let sign = rest.index(of: UInt8(ascii: "%"), from: rest.offset) {
            guard sign &+ 2 < rest.end, ByteSet.hexadecimal.contains(self[sign &+ 1]),
                ByteSet.hexadecimal.contains(self[sign &+ 2])
            else { throw part(sign, end).fail("two hexadecimal digits behind %") }
            rest.offset = sign &+ 3
        }
    }
}

extension URI {
    /// The texts of a URI that has been read before.
    init(_ cursor: Cursor, _ spans: URISpans) {
        scheme = cursor.lowercasedText(spans.scheme)
        host = cursor.hostText(spans.host)
        port = spans.port
        parameters = Parameters(cursor, spans.parameters, ofURI: true)
        headers = cursor.text(spans.headers)
        guard !spans.user.isEmpty else { return }
        // The first colon ends the user: one of its own is escaped.
        let colon = cursor.part(spans.user).index(of: UInt8(ascii: ":"), from: Int(spans.user.start))
        guard spans.kind == .sip, let colon else {
            writtenUser = cursor.text(spans.user)
            return
        }
        writtenUser = cursor.text(Int(spans.user.start), colon)
        writtenPassword = cursor.text(colon + 1, Int(spans.user.end))
    }
}
