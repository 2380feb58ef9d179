/// What an Authorization header says, as far as it is digest and can be read: RFC 7616 §3.4.
struct DigestCredentials: Sendable, Equatable {
    var username: String
    /// The name is hashed: §3.4.4.
    var isHashed: Bool
    var realm: String
    var nonce: String
    var uri: String
    var response: String
    var algorithm: String?
    var qop: String?
    var nonceCount: String
    var clientNonce: String

    /// `nil` for another scheme, or without what every digest has.
    init?(_ text: String) {
        let read = try? text.read { (cursor) throws(ParseError) -> (scheme: String, values: [String: String]) in
            let spans = try cursor.credentials()
            var parameters = cursor.part(spans.parameters)
            return (cursor.lowercasedText(spans.scheme), parameters.authenticationParameters())
        }
        guard let read, read.scheme == "digest", let realm = read.values["realm"], let nonce = read.values["nonce"],
            let uri = read.values["uri"], let response = read.values["response"],
            let username = read.values["username"] ?? read.values["username*"].flatMap(Self.extended)
        else { return nil }
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = response
        isHashed = read.values["userhash"].map { isSame($0, "true") } ?? false
        algorithm = read.values["algorithm"]
        qop = read.values["qop"]
        nonceCount = read.values["nc"] ?? ""
        clientNonce = read.values["cnonce"] ?? ""
    }

    /// `UTF-8'en'J%C3%A4s` as of RFC 5987.
    private static func extended(_ value: String) -> String? {
        let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, isSame(parts[0], "UTF-8") else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[2].utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }),
                let low = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
