import Crypto

/// What goes into the hash of a digest, the client's and the server's: RFC 7616 §3.4.1 to §3.4.3.
struct DigestAnswer {
    var algorithm: DigestAlgorithm
    var username: String
    var realm: String
    var nonce: String
    /// As it goes into the hash and on the wire; `nil` as in RFC 2069, where count and client nonce do not count either.
    var qop: String?
    /// Eight hexadecimal digits.
    var nonceCount: String
    var clientNonce: String
    /// The nonces that the session began with; they differ from the others only after a `nextnonce`.
    var firstNonce: String?
    var firstClientNonce: String?
    var method: String
    var uri: String
    var body: [UInt8]

    /// `response`, or `rspauth` when the method is empty.
    func response(password: String) -> String {
        let hash = algorithm.hash
        var a1 = hash.hex("\(username):\(realm):\(password)")
        if algorithm.isSession { a1 = hash.hex("\(a1):\(firstNonce ?? nonce):\(firstClientNonce ?? clientNonce)") }
        var a2 = "\(method):\(uri)"
        if let qop, isSame(qop, "auth-int") { a2 += ":" + hexadecimal(hash.digest(body)) }
        let hashedA2 = hash.hex(a2)
        guard let qop else { return hash.hex("\(a1):\(nonce):\(hashedA2)") }
        return hash.hex("\(a1):\(nonce):\(nonceCount):\(clientNonce):\(qop):\(hashedA2)")
    }

    /// RFC 7616 §3.4.4.
    var hashedUsername: String { algorithm.hash.hex("\(username):\(realm)") }
}
