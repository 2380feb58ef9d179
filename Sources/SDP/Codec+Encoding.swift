import Base

extension Codec {
    /// Its `a=rtpmap` encoding: RFC 3551 §4.5, and RFC 7587 §7, by which Opus always says two channels.
    public var encoding: Encoding {
        switch self {
        case .pcma: Encoding("PCMA", clockRate: clockRate)
        case .pcmu: Encoding("PCMU", clockRate: clockRate)
        case .g722: Encoding("G722", clockRate: clockRate)
        case .opus: Encoding("opus", clockRate: clockRate, channels: 2)
        case .l16: Encoding("L16", clockRate: clockRate)
        }
    }

    /// The payload type that we would like to have for it where nothing is agreed on yet: what phones are used to.
    var preferredPayloadType: UInt8 { staticPayloadType ?? (self == .opus ? 96 : 97) }

    init?(_ encoding: Encoding) {
        // Some phones forget Opus's second channel; there is no other meaning.
        guard let codec = Self.allCases.first(where: { $0.encoding == encoding || $0 == .opus && encoding.isOpusOfOneChannel })
        else { return nil }
        self = codec
    }
}

extension Encoding {
    fileprivate var isOpusOfOneChannel: Bool { self == Encoding("opus", clockRate: 48_000) }
}
