/// A way to carry speech that this phone speaks.
public enum Codec: UInt8, Sendable, Hashable, CaseIterable {
    /// G.711 A-law and µ-law.
    case pcma, pcmu
    /// 64 kbit/s.
    case g722
    /// Mono, up to wideband.
    case opus
    /// Linear samples in network byte order at 16 kHz.
    case l16

    /// As the configuration, events and figures name it.
    public var name: String {
        switch self {
        case .pcma: "pcma"
        case .pcmu: "pcmu"
        case .g722: "g722"
        case .opus: "opus"
        case .l16: "l16"
        }
    }

    public init?(name: String) {
        guard let codec = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = codec
    }

    /// Of RTP time stamps, in Hz. G.722 says 8000 for its 16 000 samples a second: an old mistake that stays (RFC 3551
    /// §4.5.2). Opus says 48 000 whatever its band is (RFC 7587 §4.1).
    public var clockRate: Int {
        switch self {
        case .pcma, .pcmu, .g722: 8_000
        case .opus: 48_000
        case .l16: 16_000
        }
    }

    /// Of the sound itself, in Hz.
    public var audioRate: Int {
        switch self {
        case .pcma, .pcmu: 8_000
        case .g722, .opus, .l16: 16_000
        }
    }

    /// What a second of it takes on the wire, RTP's headers counted, at 50 packets; Opus at the rate that we send.
    public var octetsASecond: Int {
        switch self {
        case .pcma, .pcmu, .g722: 8_000 + 600
        case .opus: 4_000 + 600
        case .l16: 32_000 + 600
        }
    }

    /// The payload type that needs no agreement (RFC 3551 §6), where there is one.
    public var staticPayloadType: UInt8? {
        switch self {
        case .pcma: 8
        case .pcmu: 0
        case .g722: 9
        case .opus, .l16: nil
        }
    }

    /// What can be put into one packet of this codec, at most `time`: a multiple of 10 ms, 10 to 60.
    ///
    /// Opus has no frames of 30 and 50 ms (RFC 6716 §2.1.4); 60 ms of L16 would not fit into an Ethernet frame.
    public func packetTime(atMost time: Duration) -> Duration {
        let tens = Int(clamping: time.components.seconds) > 0 ? 6 : Int(time.components.attoseconds / 10_000_000_000_000_000)
        let wanted = min(max(tens, 1), 6)
        switch self {
        case .opus where wanted == 3 || wanted == 5: return .milliseconds((wanted - 1) * 10)
        case .l16: return .milliseconds(min(wanted, 4) * 10)
        default: return .milliseconds(wanted * 10)
        }
    }
}
