/// A digest challenge of WWW-Authenticate or Proxy-Authenticate: RFC 7616 §3.3, RFC 8760.
public struct Challenge: Sendable, Equatable {
    public var isProxy: Bool
    /// `digest`, in lower case, or a scheme that we do not speak.
    public var scheme: String
    public var realm: String
    public var nonce: String
    public var opaque: String?
    /// As it stands; `nil` means MD5.
    public var algorithm: String?
    /// The offered qualities of protection; empty for RFC 2069.
    public var qop: [String]
    /// The nonce was too old, the password may be right.
    public var isStale: Bool
    /// The user's name may come hashed: RFC 7616 §3.4.4.
    public var takesUserHash: Bool
}

// MARK: - Reading

/// A challenge, or the credentials that answer one, as it lies in a message.
struct CredentialSpans: Sendable {
    var scheme: Span
    var realm = Span.none
    var nonce = Span.none
    /// All of them, from the first name on.
    var parameters = Span.none
}

extension Cursor {
    /// Reads a scheme and its parameters, up to the end or up to the next challenge of the same line.
    @inline(__always)
    mutating func credentials() throws(ParseError) -> CredentialSpans {
        var credentials = CredentialSpans(scheme: try token("an authentication scheme"))
        skipSpace()
        let start = offset
        while let parameter = try authenticationParameter() {
            if credentials.realm.isEmpty, matches(parameter.name, "realm") {
                credentials.realm = parameter.value
            } else if credentials.nonce.isEmpty, matches(parameter.name, "nonce") {
                credentials.nonce = parameter.value
            }
        }
        credentials.parameters = Span(start, offset)
        guard isAtEnd || offset > start else { throw fail("a challenge's parameter") }
        return credentials
    }

    /// Reads `name=value` and the comma behind it; `nil` at the end, or where a scheme stands instead.
    @inline(__always)
    private mutating func authenticationParameter() throws(ParseError) -> ParameterSpans? {
        skipSpace()
        let start = offset
        let name = span(of: .token)
        guard !name.isEmpty, take(UInt8(ascii: "=")) else {
            offset = start
            return nil
        }
        let isQuoted = next == UInt8(ascii: "\"")
        let value = isQuoted ? try quotedString() : span(of: .authenticationValue)
        skipSpace()
        guard isAtEnd || take(UInt8(ascii: ",")) else { throw fail("a comma or the end of the challenge") }
        return ParameterSpans(name: name, value: value, hasValue: true, isQuoted: isQuoted)
    }
}

extension Cursor {
    /// What the parameters from here on say, by their names in lower case; of several of one name the first counts.
    mutating func authenticationParameters() -> [String: String] {
        var values: [String: String] = [:]
        while let parameter = try? authenticationParameter() {
            let name = lowercasedText(parameter.name)
            guard values[name] == nil else { continue }
            values[name] = parameter.isQuoted ? unquotedText(parameter.value) : text(parameter.value)
        }
        return values
    }
}

extension Challenge {
    /// The texts of a challenge that has been read before.
    init(isProxy: Bool, _ cursor: Cursor, _ spans: CredentialSpans) {
        self.isProxy = isProxy
        scheme = cursor.lowercasedText(spans.scheme)
        var inner = cursor.part(spans.parameters)
        let values = inner.authenticationParameters()
        realm = values["realm"] ?? ""
        nonce = values["nonce"] ?? ""
        opaque = values["opaque"]
        algorithm = values["algorithm"]
        qop = (values["qop"] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        isStale = values["stale"].map { isSame($0, "true") } ?? false
        takesUserHash = values["userhash"].map { isSame($0, "true") } ?? false
    }

    static func all(isProxy: Bool, _ text: String) throws(ParseError) -> [Challenge] {
        try text.read { (cursor) throws(ParseError) -> [Challenge] in try all(isProxy: isProxy, cursor) }
    }

    /// All challenges of one line; RFC 3261 §20.44 wants one a line, RFC 7235 §4.1 allows more.
    static func all(isProxy: Bool, _ start: Cursor) throws(ParseError) -> [Challenge] {
        var cursor = start
        var challenges: [Challenge] = []
        repeat {
            let spans = try cursor.credentials()
            challenges.append(Challenge(isProxy: isProxy, cursor, spans))
        } while !cursor.isAtEnd
        return challenges
    }
}
