import Base
import Crypto

/// Answers digest challenges for one user name and password: RFC 7616 §3.4, RFC 8760 §2.4.
///
/// It keeps one session for each realm, of proxies and of servers apart: the nonce, its count, and what the latest requests
/// said, which the server's own proof is checked by. The state is bounded, whatever a server sends.
public struct DigestClient: Sendable, Equatable {
    /// How a server proved itself in a response.
    public enum Proof: Sendable, Equatable {
        /// It did not try, as most do not.
        case none
        case right
        /// The answer is not from somebody who knows the password, or was changed on the way.
        case wrong
    }

    struct Session: Sendable, Equatable {
        let challenge: Challenge
        let algorithm: DigestAlgorithm
        let qop: String?
        var nonce: String
        var count: UInt32 = 0
        /// The client nonce of the session's first request.
        var firstClientNonce: String?
        /// The latest requests, oldest first.
        var sent: [Sent] = []
    }

    struct Sent: Sendable, Equatable {
        var nonce: String
        var nonceCount: String
        var clientNonce: String
        var uri: String
    }

    private var sessions: [Session] = []

    /// Realms at a time, and requests that may be unanswered at a time in one of them.
    static let capacity = 8

    public init() {}

    /// Takes over what one response asks for; false when none of it can be answered.
    ///
    /// Of the challenges of one realm the strongest that we know counts, the topmost of equals.
    public mutating func take(_ challenges: [Challenge]) -> Bool {
        var hasTaken = false
        var done: [Challenge] = []
        for challenge in challenges where !done.contains(where: challenge.isOfSameRealm) {
            done.append(challenge)
            sessions.removeAll { $0.challenge.isOfSameRealm(challenge) }
            let known = challenges.filter(challenge.isOfSameRealm).compactMap(Session.init)
            guard var best = known.first else { continue }
            for other in known where other.algorithm.strength > best.algorithm.strength { best = other }
            if sessions.count == Self.capacity { sessions.removeFirst() }
            sessions.append(best)
            hasTaken = true
        }
        return hasTaken
    }

    /// Authorization and Proxy-Authorization for one request, each once.
    public mutating func headers(
        method: Method, uri: URI, body: [UInt8], username: String, password: String, random: inout RandomSource
    ) -> [HeaderField] {
        sessions.indices.map { index in
            sessions[index].header(
                method: method, uri: uri.description, body: body, username: username, password: password,
                clientNonce: random.token(16))
        }
    }

    /// Learns from a response that was no challenge: the next nonce, unless who names it fails to prove itself.
    public mutating func accept(_ response: Message, username: String, password: String) -> Proof {
        var proof = Proof.none
        for info in response.authenticationInfos {
            let own = sessions.firstIndex { session in
                session.challenge.isProxy == info.isProxy && session.request(of: info) != nil
            }
            // An information about a request of somebody else's, or of long ago, is none for us.
            guard let own, let request = sessions[own].request(of: info) else { continue }
            if let digest = info.responseDigest {
                let expected = sessions[own].proof(
                    of: info, request, body: response.body, username: username, password: password)
                guard isEqualInConstantTime(Array(digest.lowercased().utf8), Array(expected.utf8)) else { return .wrong }
                proof = .right
            }
            if let next = info.nextNonce, next != sessions[own].nonce {
                sessions[own].nonce = next
                sessions[own].count = 0
            }
        }
        return proof
    }
}

extension Challenge {
    /// A proxy's realm and a server's of the same name are two.
    func isOfSameRealm(_ other: Challenge) -> Bool { isProxy == other.isProxy && realm == other.realm }
}

extension DigestClient.Session {
    /// `nil` for a scheme, an algorithm or a quality of protection that we do not know.
    init?(_ challenge: Challenge) {
        guard challenge.scheme == "digest", !challenge.nonce.isEmpty, let algorithm = DigestAlgorithm(challenge.algorithm)
        else { return nil }
        // Bodies are changed by many a box on the way, so that `auth` comes first where the server leaves it to us.
        let qop = challenge.qop.first { isSame($0, "auth") } ?? challenge.qop.first { isSame($0, "auth-int") }
        guard challenge.qop.isEmpty || qop != nil else { return nil }
        self.challenge = challenge
        self.algorithm = algorithm
        self.qop = qop
        nonce = challenge.nonce
    }

    mutating func header(
        method: Method, uri: String, body: [UInt8], username: String, password: String, clientNonce: String
    ) -> HeaderField {
        count &+= 1
        if firstClientNonce == nil { firstClientNonce = clientNonce }
        // The session variants hash one client nonce for all requests; some servers take that of the request at hand.
        let clientNonce = algorithm.isSession ? firstClientNonce ?? clientNonce : clientNonce
        let digits = String(count, radix: 16)
        let nonceCount = String(repeating: "0", count: 8 - digits.count) + digits
        let answer = answer(
            username: username, nonce: nonce, nonceCount: nonceCount, clientNonce: clientNonce, method: method.description,
            uri: uri, body: body)
        if sent.count == DigestClient.capacity { sent.removeFirst() }
        sent.append(DigestClient.Sent(nonce: nonce, nonceCount: nonceCount, clientNonce: clientNonce, uri: uri))

        let name = challenge.takesUserHash ? answer.hashedUsername : username
        var text = "Digest username=\(quoted(name)), realm=\(quoted(challenge.realm)), nonce=\(quoted(nonce))"
        text += ", uri=\(quoted(uri)), response=\"\(answer.response(password: password))\""
        if let algorithm = challenge.algorithm { text += ", algorithm=\(algorithm)" }
        if let opaque = challenge.opaque { text += ", opaque=\(quoted(opaque))" }
        if let qop {
            text += ", qop=\(qop), nc=\(nonceCount), cnonce=\"\(clientNonce)\""
        } else if algorithm.isSession {
            text += ", cnonce=\"\(clientNonce)\""
        }
        if challenge.takesUserHash { text += ", userhash=true" }
        return HeaderField(name: challenge.isProxy ? "Proxy-Authorization" : "Authorization", value: text)
    }

    /// The request of ours that `info` is about; without a count, the latest.
    func request(of info: AuthenticationInfo) -> DigestClient.Sent? {
        sent.last { request in
            (info.nonceCount.map { isSame($0, request.nonceCount) } ?? true)
                && (info.clientNonce.map { $0 == request.clientNonce } ?? true)
        }
    }

    func proof(
        of info: AuthenticationInfo, _ request: DigestClient.Sent, body: [UInt8], username: String, password: String
    ) -> String {
        var answer = answer(
            username: username, nonce: request.nonce, nonceCount: request.nonceCount, clientNonce: request.clientNonce,
            method: "", uri: request.uri, body: body)
        if qop != nil, let qop = info.qop { answer.qop = qop }
        return answer.response(password: password)
    }

    private func answer(
        username: String, nonce: String, nonceCount: String, clientNonce: String, method: String, uri: String, body: [UInt8]
    ) -> DigestAnswer {
        DigestAnswer(
            algorithm: algorithm, username: username, realm: challenge.realm, nonce: nonce, qop: qop, nonceCount: nonceCount,
            clientNonce: clientNonce, firstNonce: challenge.nonce, firstClientNonce: firstClientNonce, method: method, uri: uri,
            body: body)
    }
}
