/// How the packets of a call are encrypted and authenticated: SRTP crypto suites by their names on the wire
/// (RFC 4568 §6.2, RFC 6188 §6, RFC 7714 §14).
public enum SRTPSuite: String, Sendable, Hashable, CaseIterable {
    case aesCM128SHA1_80 = "AES_CM_128_HMAC_SHA1_80"
    case aesCM128SHA1_32 = "AES_CM_128_HMAC_SHA1_32"
    case aesCM256SHA1_80 = "AES_256_CM_HMAC_SHA1_80"
    case aesGCM128 = "AEAD_AES_128_GCM"
    case aesGCM256 = "AEAD_AES_256_GCM"

    /// Bytes of master key and master salt together, in this order.
    public var keySize: Int {
        switch self {
        case .aesCM128SHA1_80, .aesCM128SHA1_32: 16 + 14
        case .aesCM256SHA1_80: 32 + 14
        case .aesGCM128: 16 + 12
        case .aesGCM256: 32 + 12
        }
    }
}

/// A master key with its salt, for one direction of one call. Prints without them.
public struct SRTPKey: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let suite: SRTPSuite
    /// `suite.keySize` bytes.
    public let bytes: [UInt8]
    /// What the sender puts into every packet to say which key it is of; empty for nothing (RFC 3711 §3.1).
    public let identifier: [UInt8]

    /// `nil` when there are too many or too few bytes, or more than 128 of identifier.
    public init?(_ suite: SRTPSuite, _ bytes: [UInt8], identifier: [UInt8] = []) {
        guard bytes.count == suite.keySize, identifier.count <= 128 else { return nil }
        self.suite = suite
        self.bytes = bytes
        self.identifier = identifier
    }

    /// A new one.
    public init(_ suite: SRTPSuite, from randomness: SecureRandom) {
        self.suite = suite
        var bytes = randomness.bytes(suite.keySize)
        precondition(bytes.count >= suite.keySize, "a source of randomness must give what was asked for")
        bytes.removeLast(bytes.count - suite.keySize)
        self.bytes = bytes
        identifier = []
    }

    public var description: String { "\(suite.rawValue):(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["suite": suite]) }
}

/// The keys of one call: what we send is under the one, what the peer sends under the other.
public struct SRTPKeys: Sendable, Hashable {
    public var sending: SRTPKey
    public var receiving: SRTPKey

    public init(sending: SRTPKey, receiving: SRTPKey) {
        self.sending = sending
        self.receiving = receiving
    }

    /// Both directions have the same (RFC 4568 §5.1.2).
    public var suite: SRTPSuite { sending.suite }
}

/// Where secrets come from: the kernel on the board, a sequence in tests.
public struct SecureRandom: Sendable {
    /// So many bytes that nobody can foresee.
    public let bytes: @Sendable (Int) -> [UInt8]

    public init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.bytes = bytes
    }
}

/// Whether calls are encrypted.
public enum SRTPPolicy: String, Sendable, Hashable, CaseIterable {
    case off
    /// Where the peer can, else in the clear (RFC 8643).
    case offered
    /// Or there is no call.
    case required
}
