import Base

/// A registrar that checks what it is told: digest, nonce counts, sequence numbers; and misbehaves when told to.
///
/// Its digest is computed by libcrypto straight from RFC 7616 §3.4, not by the product's own digest client.
public final class SimulatedRegistrar {
    public enum Algorithm: String, Sendable, CaseIterable {
        case md5 = "MD5"
        case sha256 = "SHA-256"
        /// One that nobody has.
        case unknown = "WHIRLPOOL-1"
    }

    /// What it asks for, and what it gives.
    public struct Policy: Sendable {
        /// One challenge each, in this order; none lets everyone in.
        public var algorithms: [Algorithm] = [.md5]
        /// `nil` is the old digest of RFC 2069.
        public var qop: String? = "auth"
        public var realm = "pbx.example"
        public var passwords: [String: String] = [:]
        /// 423 below it.
        public var minimumExpires = 60
        /// What it grants at most.
        public var maximumExpires = 3600
        /// After so many uses a nonce is stale.
        public var usesOfNonce = Int.max
        /// Says 403 to a wrong password, instead of asking again.
        public var forbids = true
        /// 407 and Proxy-Authenticate instead of 401.
        public var asProxy = false

        public init() {}
    }

    /// What it does with the next request instead of its work.
    public enum Fault: Sendable {
        case silent
        case status(Int, fields: [String])
    }

    public struct Binding: Sendable, Equatable {
        public var contact: String
        public var until: Instant
    }

    public let peer: ScriptedPeer
    public var policy: Policy
    /// Taken from the front, one a request.
    public var faults: [Fault] = []
    public private(set) var bindings: [String: Binding] = [:]
    /// Registrations accepted, with their times and granted seconds.
    public private(set) var accepted: [(time: Instant, expires: Int)] = []
    /// What the client did that no client may do.
    public private(set) var violations: [String] = []
    /// What to do with other requests than REGISTER.
    public var otherwise: (ScriptedPeer, ScriptedPeer.Received) -> Void = { peer, item in
        if item.message.isRequest, item.message.method != "ACK" { peer.respond(to: item, 405) }
    }

    private var nonces: [String: (uses: Int, count: Int)] = [:]
    private var nonceNumber = 0
    private var sequences: [String: Int] = [:]
    /// What was answered, by branch: a request that comes again is not a new one.
    private var answers: [String: Datagram] = [:]

    public init(on network: VirtualNetwork, at address: SocketAddress, policy: Policy = Policy()) {
        peer = ScriptedPeer(on: network, at: address, user: "registrar")
        self.policy = policy
        peer.script = { [weak self] peer, item in
            guard let self else { return }
            if item.message.method == "REGISTER", item.message.isRequest {
                if let answer = answers[item.message.branch ?? ""] { return peer.send(answer) }
                let before = peer.lastSent
                register(item)
                if let answer = peer.lastSent, answer != before { answers[item.message.branch ?? ""] = answer }
            } else {
                otherwise(peer, item)
            }
        }
    }

    /// Whether the address of record, such as `sip:door@pbx.example`, is bound now.
    public func isRegistered(_ address: String) -> Bool {
        bindings[address].map { $0.until > peer.now } ?? false
    }

    /// Forgets nonces, so that the next use of one is stale: the registrar was restarted.
    public func forgetNonces() {
        nonces = [:]
    }

    private func register(_ item: ScriptedPeer.Received) {
        let message = item.message
        // A retransmission repeats CSeq; anything else counts up (RFC 3261 §10.2).
        if let last = sequences[message.callID], message.sequence < last {
            violations.append("CSeq went back to \(message.sequence)")
        }
        sequences[message.callID] = message.sequence
        if !faults.isEmpty {
            switch faults.removeFirst() {
            case .silent: return
            case .status(let status, let fields): return peer.respond(to: item, status, fields: fields)
            }
        }
        guard policy.algorithms.isEmpty || admits(item) else { return }
        let address = (message["to"] ?? "").addressSpecification
        let contact = message["contact"] ?? ""
        let asked =
            contact.parameter("expires").flatMap { Int($0) } ?? message["expires"].flatMap { Int($0) } ?? policy.maximumExpires
        if asked == 0 {
            bindings[address] = nil
            return peer.respond(to: item, 200, "OK")
        }
        guard asked >= policy.minimumExpires else {
            return peer.respond(to: item, 423, "Interval Too Brief", fields: ["Min-Expires: \(policy.minimumExpires)"])
        }
        let granted = min(asked, policy.maximumExpires)
        bindings[address] = Binding(contact: contact.addressSpecification, until: item.time + .seconds(granted))
        accepted.append((item.time, granted))
        let others = "Contact: <sip:other@192.0.2.99>;expires=7200"
        peer.respond(
            to: item, 200, "OK", fields: [others, "Contact: <\(contact.addressSpecification)>;expires=\(granted)"])
    }

    // MARK: Digest, RFC 7616 §3.4

    /// Whether the credentials are right; challenges or refuses the request when they are not.
    public func admits(_ item: ScriptedPeer.Received) -> Bool {
        let header = policy.asProxy ? "proxy-authorization" : "authorization"
        guard let credentials = item.message[header], credentials.lowercased().hasPrefix("digest ") else {
            challenge(item, isStale: false)
            return false
        }
        let given = String(credentials.dropFirst(7)).quotedParameters
        let nonce = given["nonce"] ?? ""
        let algorithm = given["algorithm"].map { Algorithm(rawValue: $0.uppercased()) } ?? .md5
        guard let algorithm, policy.algorithms.contains(algorithm) else {
            violations.append("an algorithm that was not offered: \(given["algorithm"] ?? "none")")
            challenge(item, isStale: false)
            return false
        }
        let username = given["username"] ?? ""
        let isRight = given["response"] == response(given, algorithm, password: policy.passwords[username], item.message)
        guard isRight, given["realm"] == policy.realm else {
            if policy.forbids { peer.respond(to: item, 403, "Forbidden") } else { challenge(item, isStale: false) }
            return false
        }
        guard var use = nonces[nonce], use.uses < policy.usesOfNonce else {
            challenge(item, isStale: true)
            return false
        }
        if policy.qop != nil {
            let count = Int(given["nc"] ?? "", radix: 16) ?? 0
            // Requests that were lost on the way leave gaps.
            if count <= use.count { violations.append("nonce count \(given["nc"] ?? "none") after \(use.count)") }
            use.count = count
        }
        use.uses += 1
        nonces[nonce] = use
        return true
    }

    private func response(_ given: [String: String], _ algorithm: Algorithm, password: String?, _ message: WireMessage) -> String?
    {
        guard let password, let uri = given["uri"] else { return nil }
        if uri != message.uri { violations.append("digest for \(uri) in a request to \(message.uri)") }
        func hash(_ parts: [String]) -> String { Digest.hexadecimal(of: parts.joined(separator: ":"), isMD5: algorithm == .md5) }
        let a1 = hash([given["username"] ?? "", policy.realm, password])
        let a2 = hash([message.method, uri])
        guard policy.qop != nil else { return hash([a1, given["nonce"] ?? "", a2]) }
        return hash([a1, given["nonce"] ?? "", given["nc"] ?? "", given["cnonce"] ?? "", given["qop"] ?? "", a2])
    }

    private func challenge(_ item: ScriptedPeer.Received, isStale: Bool) {
        let header = policy.asProxy ? "Proxy-Authenticate" : "WWW-Authenticate"
        let fields = policy.algorithms.map { algorithm in
            nonceNumber += 1
            let nonce = "nonce-\(nonceNumber)"
            nonces[nonce] = (0, 0)
            return "\(header): Digest realm=\"\(policy.realm)\", nonce=\"\(nonce)\", algorithm=\(algorithm.rawValue)"
                + (policy.qop.map { ", qop=\"\($0)\"" } ?? "") + (isStale ? ", stale=true" : "")
                + ", opaque=\"opaque, with comma\""
        }
        peer.respond(to: item, policy.asProxy ? 407 : 401, "Unauthorized", fields: fields)
    }
}
