import Crypto

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

    init(isProxy: Bool, _ scanner: inout Scanner) throws(ParseError) {
        self.isProxy = isProxy
        scheme = String(decoding: try scanner.token("an authentication scheme").utf8.map(lowercased), as: UTF8.self)
        scanner.skipSpace()
        var values = Parameters()
        while !scanner.isAtEnd {
            let name = try scanner.token("a challenge's parameter")
            guard scanner.take(0x3D) else { throw scanner.fail("= behind the parameter") }
            values.append(
                name,
                scanner.next == 0x22
                    ? try scanner.quotedString() : scanner.text(scanner.span { $0 != 0x2C && !Scanner.isSpace($0) }))
            guard scanner.take(0x2C) else { break }
        }
        scanner.skipSpace()
        guard scanner.isAtEnd else { throw scanner.fail("a comma or the end of the challenge") }
        realm = values["realm"] ?? ""
        nonce = values["nonce"] ?? ""
        opaque = values["opaque"]
        algorithm = values["algorithm"]
        qop = (values["qop"] ?? "").split { $0 == "," || $0 == " " }.map(String.init)
        isStale = values["stale"].map { isSame($0, "true") } ?? false
    }
}

/// A digest algorithm that we know, and whether it is the session variant.
struct DigestAlgorithm: Equatable {
    var hash: Hash
    var isSession: Bool

    /// The stronger, the higher.
    var strength: Int {
        switch hash {
        case .md5: 0
        case .sha256: 1
        case .sha512_256: 2
        }
    }

    init?(_ name: String?) {
        let name = name ?? "MD5"
        let isSession = name.utf8.count > 5 && isSame(name.suffix(5), "-sess")
        let base = isSession ? name.dropLast(5) : name[...]
        if isSame(base, "MD5") {
            hash = .md5
        } else if isSame(base, "SHA-256") {
            hash = .sha256
        } else if isSame(base, "SHA-512-256") {
            hash = .sha512_256
        } else {
            return nil
        }
        self.isSession = isSession
    }
}
