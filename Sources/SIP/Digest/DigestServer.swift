import Base
import Crypto

/// Asks those who send requests for a password, and checks it: RFC 7616 §3.3 and §3.6, RFC 8760 §2.3.
///
/// A challenge costs no memory: its nonce proves by itself when it was made and for whom. Only of nonces that came back with
/// a right password is it kept which counts were used. It logs nothing, and what it returns has no secrets in it.
public struct DigestServer: Sendable, Equatable {
    public enum Verdict: Sendable, Equatable {
        /// No credentials for our realm, or none that can be read: ask for them.
        case absent
        /// The nonce is not ours, too old, or was used: ask again with `stale`. Says nothing of the password.
        case stale
        /// The name or the password is wrong; the nonce was good, so that the source is who it says it is.
        case wrong(name: String)
        /// `uri` is no address of ours: RFC 8760 §2.6, 6.
        case foreign
        case accepted(name: String)
    }

    public let realm: String
    /// How long a nonce is good for.
    public let lifetime: Duration
    private let mint: NonceMint
    private var counts = NonceCounts()

    /// `key` is what nonces are sealed with: 32 random bytes that nobody else knows.
    public init(realm: String, key: [UInt8], lifetime: Duration = .seconds(300)) {
        self.realm = realm
        self.lifetime = lifetime
        mint = NonceMint(key: key)
    }

    /// How many nonces are remembered.
    public var remembered: Int { counts.count }

    /// The challenges for a source, the one that we like best first; `algorithms` of SHA-256, SHA-512-256 and MD5.
    public func challenges(
        for source: IPAddress, isStale: Bool, algorithms: [String] = ["SHA-256", "MD5"], at now: Instant,
        random: inout RandomSource
    ) -> [HeaderField] {
        let nonce = mint.nonce(for: source, at: now, random: &random)
        return algorithms.map { algorithm in
            var text = "Digest realm=\(quoted(realm)), nonce=\"\(nonce)\", qop=\"auth,auth-int\", algorithm=\(algorithm)"
            if algorithm != "MD5" { text += ", userhash=true" }
            if isStale { text += ", stale=true" }
            return HeaderField(name: "WWW-Authenticate", value: text)
        }
    }

    /// Whether the request has a nonce that we made for this source: it has asked before, from where it says it is.
    public func knows(_ request: Message, from source: IPAddress, at now: Instant) -> Bool {
        guard let credentials = credentials(of: request) else { return false }
        return birth(of: credentials, from: source, at: now) != nil
    }

    /// Judges the request's credentials by the passwords of `users`, and by the algorithms that each may use.
    public mutating func check(
        _ request: Message, from source: IPAddress, users: [(name: String, password: String, algorithms: [String])],
        at now: Instant,
        isOurs: (URI) -> Bool
    ) -> Verdict {
        guard let credentials = credentials(of: request), let algorithm = DigestAlgorithm(credentials.algorithm) else {
            return .absent
        }
        // Without a quality of protection there is no count: such a nonce is good for one request.
        var count: UInt32 = 1
        if let qop = credentials.qop {
            guard isSame(qop, "auth") || isSame(qop, "auth-int"), credentials.nonceCount.utf8.count == 8,
                credentials.nonceCount.utf8.first != UInt8(ascii: "+"), !credentials.clientNonce.isEmpty,
                let number = UInt32(credentials.nonceCount, radix: 16)
            else { return .absent }
            count = number
        }
        guard let birth = birth(of: credentials, from: source, at: now) else { return .stale }
        let user = users.first { user in
            credentials.isHashed
                ? isSame(algorithm.hash.hex("\(user.name):\(realm)"), credentials.username) : user.name == credentials.username
        }
        if let user, !user.algorithms.contains(where: { DigestAlgorithm($0)?.hash == algorithm.hash }) { return .absent }
        let answer = DigestAnswer(
            algorithm: algorithm, username: user?.name ?? credentials.username, realm: realm, nonce: credentials.nonce,
            qop: credentials.qop, nonceCount: credentials.nonceCount, clientNonce: credentials.clientNonce,
            method: request.method.description, uri: credentials.uri, body: request.body)
        // Who has no name here waits as long for its refusal.
        let expected = answer.response(password: user?.password ?? "")
        let isRight = isEqualInConstantTime(Array(credentials.response.lowercased().utf8), Array(expected.utf8))
        guard let user, isRight else { return .wrong(name: user?.name ?? credentials.username) }
        guard let uri = try? URI(credentials.uri), uri == request.requestURI || isOurs(uri) else { return .foreign }
        counts.forget(bornBefore: NonceMint.seconds(now - lifetime))
        guard counts.admit(credentials.nonce, born: birth, count: count) else { return .stale }
        return .accepted(name: user.name)
    }

    private func credentials(of request: Message) -> DigestCredentials? {
        request.headers("Authorization").lazy.compactMap(DigestCredentials.init).first { $0.realm == realm }
    }

    /// When its nonce was made; `nil` when it is not ours or no longer good.
    private func birth(of credentials: DigestCredentials, from source: IPAddress, at now: Instant) -> UInt32? {
        guard let birth = mint.birth(of: credentials.nonce, from: source) else { return nil }
        let now = NonceMint.seconds(now)
        guard birth <= now, Int64(now - birth) * 1000 < lifetime.milliseconds else { return nil }
        return birth
    }
}
