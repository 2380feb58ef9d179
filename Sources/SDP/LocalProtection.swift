import Base

/// What this side brings to the encryption of a dialog: the policy, and its keys.
public struct LocalProtection: Sendable, Equatable {
    public var policy: SRTPPolicy
    /// One for each suite that may be agreed on, the same for the life of the dialog and of its forks.
    public var keys: [SRTPKey]
    /// Offer by `RTP/SAVP`: always where encryption is required, and where the peer would not have `RTP/AVP`.
    public var offersSecureProfile: Bool

    /// Without encryption.
    public init() {
        policy = .off
        keys = []
        offersSecureProfile = false
    }

    /// New keys; without a source of secrets there are none, and a policy that requires them lets no call come about.
    public init(_ policy: SRTPPolicy, from randomness: SecureRandom?) {
        self.policy = policy
        keys = policy == .off ? [] : randomness.map { source in SRTPSuite.allCases.map { SRTPKey($0, from: source) } } ?? []
        offersSecureProfile = policy == .required
    }

    /// Other keys for the same: what was agreed on counts until the next offer is answered.
    public mutating func renewKeys(from randomness: SecureRandom?) {
        keys = LocalProtection(policy, from: randomness).keys
    }

    /// What every phone knows, and two for those that want longer keys. All five would make INVITEs too long for UDP.
    static let offeredSuites: [SRTPSuite] = [.aesCM128SHA1_80, .aesGCM256, .aesCM256SHA1_80]

    /// The lines of an offer; once a suite was agreed on, only its own.
    func offer(keeping suite: SRTPSuite?) -> [CryptoAttribute] {
        let suites = suite.map { [$0] } ?? Self.offeredSuites
        return suites.compactMap { suite in keys.first { $0.suite == suite } }.enumerated().map { index, key in
            CryptoAttribute(tag: UInt32(index + 1), key: key)
        }
    }

    /// The line of an offer that is taken, and the keys that result; `nil` for in the clear.
    func choose(from peer: PeerStream) throws(NegotiationError) -> (tag: UInt32, keys: SRTPKeys)? {
        guard policy != .off else {
            if peer.isSecureProfile { throw .encryption(.off) }
            return nil
        }
        for line in peer.crypto {
            // A key that is our own came back to us: used both ways, it would protect neither.
            guard let own = keys.first(where: { $0.suite == line.key.suite }), own.bytes != line.key.bytes else { continue }
            return (line.tag, SRTPKeys(sending: own, receiving: line.key))
        }
        if policy == .required || peer.isSecureProfile {
            throw .encryption(peer.mentionsCrypto ? .noCommonKey : .required)
        }
        return nil
    }

    /// What the answer to `offered` made of it; `nil` for in the clear.
    func settle(_ offered: [CryptoAttribute], by peer: PeerStream) throws(NegotiationError) -> SRTPKeys? {
        guard !offered.isEmpty else {
            if policy == .required { throw .encryption(.noCommonKey) }
            if peer.isSecureProfile { throw .encryption(.off) }
            return nil
        }
        guard peer.mentionsCrypto else {
            if policy == .required || offersSecureProfile || peer.isSecureProfile { throw .encryption(.required) }
            return nil
        }
        for line in peer.crypto {
            guard let own = offered.first(where: { $0.tag == line.tag })?.key, own.suite == line.key.suite,
                own.bytes != line.key.bytes
            else { continue }
            return SRTPKeys(sending: own, receiving: line.key)
        }
        // The peer will encrypt, and we cannot: in the clear it would be noise.
        throw .encryption(.noCommonKey)
    }
}

/// Why sound that must be encrypted cannot be, or the other way round.
public enum EncryptionProblem: Sendable, Equatable, CustomStringConvertible {
    /// Encryption is required, and the peer has none.
    case required
    /// The peer has keys, none of which can be used: other suites, wrong or weakened ones, or our own.
    case noCommonKey
    /// The peer requires encryption, which is switched off here.
    case off

    public var description: String {
        switch self {
        case .required: "encrypted sound (SRTP) is required"
        case .noCommonKey: "no usable key for encrypted sound (SRTP)"
        case .off: "encrypted sound (SRTP) is switched off"
        }
    }
}
