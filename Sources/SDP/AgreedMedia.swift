import Base

/// What offer and answer came to: one audio stream each way, seen from our side.
public struct AgreedMedia: Sendable, Equatable {
    public var localPort: UInt16
    /// Unspecified (`0.0.0.0`) while the peer holds in the old style: then nothing is sent there, RTCP included.
    public var remote: SocketAddress
    public var remoteControl: SocketAddress
    public var format: Codec
    /// RTP payload type that the peer wants, and that we told it to send.
    public var sendPayloadType: UInt8
    public var receivePayloadType: UInt8
    /// For RFC 4733; `nil` when not agreed on.
    public var sendEventPayloadType: UInt8?
    public var receiveEventPayloadType: UInt8?
    /// What durations of keys are told in, in Hz.
    public var eventClockRate = 8_000
    /// What else the peer may send at any time, by the payload types that we told it.
    public var otherCodecs: [UInt8: Codec] = [:]
    /// How the peer likes its Opus.
    public var opus = OpusParameters()
    /// Whether RTP may go each way now. While we hold, `sends` stays true: the peer may get music, or nothing.
    public var sends: Bool
    public var receives: Bool
    /// Sound per packet that we send.
    public var packetTime: Duration
    /// The peer does not want to hear us: `sendonly`, `inactive` or `c=0.0.0.0`.
    public var isHeldByPeer: Bool
    /// Our hold is part of what was agreed on.
    public var isHeldHere: Bool
    /// What both directions are encrypted with; `nil` for in the clear.
    public var keys: SRTPKeys?
}

/// What this side brings to a negotiation.
public struct LocalMedia: Sendable, Equatable {
    /// Where the peer shall send RTP; RTCP is expected on the next port.
    public var address: IPAddress
    public var port: UInt16
    /// In order of preference; at least one.
    public var formats: [Codec]
    /// Sound per packet, a multiple of 10 ms.
    public var packetTime: Duration
    /// Offer and accept keys by RFC 4733.
    public var telephoneEvents: Bool
    /// How we like our Opus.
    public var opus: OpusParameters
    public var protection = LocalProtection()

    public init(
        address: IPAddress, port: UInt16, formats: [Codec] = [.pcma, .pcmu], packetTime: Duration = .milliseconds(20),
        telephoneEvents: Bool = true, opus: OpusParameters = .wideband
    ) {
        self.address = address
        self.port = port
        self.formats = formats
        self.packetTime = packetTime
        self.telephoneEvents = telephoneEvents
        self.opus = opus
    }
}

extension OpusParameters {
    /// What a phone for speech at 16 kHz asks for: the low-rate copies are decoded.
    public static var wideband: OpusParameters {
        var parameters = OpusParameters()
        parameters.maximumPlaybackRate = 16_000
        parameters.usesFEC = true
        return parameters
    }
}

/// Why a description from the peer was not accepted.
public enum NegotiationError: Error, Equatable, Sendable {
    /// No audio stream over RTP with a codec and an address that we can use: 488.
    case nothingAcceptable
    /// The peer refused our stream by port 0, or took no codec of ours.
    case refused
    /// The one side wants the sound encrypted and the other does not, or not so: 488.
    case encryption(EncryptionProblem)
    /// Streams cannot disappear (RFC 3264 §6, §8).
    case tooFewStreams(expected: Int, found: Int)
    /// Our own offer is not answered yet: 491.
    case offerPending
    /// There is no offer that this could be the answer to.
    case noOffer
}

extension NegotiationError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nothingAcceptable: "no audio stream with a codec and an address that can be used"
        case .refused: "the stream was refused"
        case .encryption(let problem): problem.description
        case .tooFewStreams(let expected, let found): "\(found) streams where \(expected) were"
        case .offerPending: "an offer is not answered yet"
        case .noOffer: "an answer without an offer"
        }
    }
}
