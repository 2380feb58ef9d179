import Base
import Crypto

/// Answers digest challenges for one pair of user name and password: RFC 7616 §3.4, RFC 8760.
///
/// Keeps the nonce count, so that a nonce may serve many requests.
public struct DigestClient: Sendable, Equatable {
    private var counts: [String: UInt32] = [:]

    public init() {}

    /// The Authorization or Proxy-Authorization for the strongest challenge of those given that we know; `nil` for none.
    public mutating func authorization(
        for challenges: [Challenge], method: Method, uri: URI, body: [UInt8], username: String, password: String,
        random: inout RandomSource
    ) -> HeaderField? {
        let known = challenges.compactMap { challenge -> (Challenge, DigestAlgorithm)? in
            guard challenge.scheme == "digest", !challenge.nonce.isEmpty, let algorithm = DigestAlgorithm(challenge.algorithm),
                challenge.qop.isEmpty || challenge.qop.contains(where: { isSame($0, "auth") || isSame($0, "auth-int") })
            else { return nil }
            return (challenge, algorithm)
        }
        guard let (challenge, algorithm) = known.max(by: { $0.1.strength < $1.1.strength }) else { return nil }
        let qop = challenge.qop.first { isSame($0, "auth") } ?? challenge.qop.first { isSame($0, "auth-int") }
        let count = (counts[challenge.nonce] ?? 0) &+ 1
        // One nonce at a time is enough; old ones would only pile up.
        counts = [challenge.nonce: count]
        let answer = DigestAnswer(
            challenge: challenge, algorithm: algorithm, qop: qop, count: count, clientNonce: random.token(16),
            method: method.description,
            uri: uri.description, body: body, username: username)
        return HeaderField(
            name: challenge.isProxy ? "Proxy-Authorization" : "Authorization", value: answer.header(password: password))
    }
}

/// One answer, with all that goes into its hash.
struct DigestAnswer {
    var challenge: Challenge
    var algorithm: DigestAlgorithm
    var qop: String?
    var count: UInt32
    var clientNonce: String
    var method: String
    var uri: String
    var body: [UInt8]
    var username: String

    var nonceCount: String {
        let digits = String(count, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    func response(password: String) -> String {
        let hash = algorithm.hash
        var a1 = hash.hex("\(username):\(challenge.realm):\(password)")
        if algorithm.isSession { a1 = hash.hex("\(a1):\(challenge.nonce):\(clientNonce)") }
        var a2 = "\(method):\(uri)"
        if let qop, isSame(qop, "auth-int") { a2 += ":" + hexadecimal(hash.digest(body)) }
        let hashedA2 = hash.hex(a2)
        guard let qop else { return hash.hex("\(a1):\(challenge.nonce):\(hashedA2)") }
        return hash.hex("\(a1):\(challenge.nonce):\(nonceCount):\(clientNonce):\(qop):\(hashedA2)")
    }

    func header(password: String) -> String {
        var text = "Digest username=\(quoted(username)), realm=\(quoted(challenge.realm)), nonce=\(quoted(challenge.nonce))"
        text += ", uri=\(quoted(uri)), response=\"\(response(password: password))\""
        if let algorithm = challenge.algorithm { text += ", algorithm=\(algorithm)" }
        if let opaque = challenge.opaque { text += ", opaque=\(quoted(opaque))" }
        if let qop { text += ", qop=\(qop), nc=\(nonceCount), cnonce=\"\(clientNonce)\"" }
        return text
    }
}
