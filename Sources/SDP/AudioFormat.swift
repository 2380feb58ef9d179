/// A way to carry speech that this phone can negotiate.
public enum AudioFormat: String, Sendable, Hashable, CaseIterable {
    /// G.711 A-law and µ-law.
    case pcma, pcmu

    /// Its `a=rtpmap` encoding (RFC 3551 §4.5.14).
    public var encoding: Encoding {
        switch self {
        case .pcma: Encoding("PCMA", clockRate: 8000)
        case .pcmu: Encoding("PCMU", clockRate: 8000)
        }
    }

    /// The payload type that needs no agreement (RFC 3551 §6).
    public var staticPayloadType: UInt8 {
        switch self {
        case .pcma: 8
        case .pcmu: 0
        }
    }

    init?(_ encoding: Encoding) {
        guard let format = Self.allCases.first(where: { $0.encoding == encoding }) else { return nil }
        self = format
    }
}
