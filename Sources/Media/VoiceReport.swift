import Base

/// What the audio thread tells control. Trivial and of fixed size, so that it can lie in a ring.
public enum VoiceReport: Sendable, Equatable {
    /// The first packet of a leg arrived.
    case firstPacket(CallID)
    /// A key by RFC 4733, or as tones in the speech, told once, when it starts; how long it was is told by `digitEnded`.
    case digit(CallID, event: UInt8, isInband: Bool = false)
    case digitEnded(CallID, event: UInt8, milliseconds: UInt32)
    /// Once a second for every leg, and a last time (`final`) when the plan no longer has it.
    case statistics(CallID, LegStatistics, final: Bool)
    /// No packet for `seconds` whole seconds though the leg receives.
    case silent(CallID, seconds: UInt32)
    /// What this report was about was lost because control did not read in time.
    case lost(count: UInt32)
}

/// One leg's figures since its start, both directions.
public struct LegStatistics: Sendable, Equatable {
    public var packetsSent: UInt32 = 0
    public var octetsSent: UInt32 = 0
    public var packetsReceived: UInt32 = 0
    public var octetsReceived: UInt32 = 0
    /// Lost on the way (RFC 3550 §6.4.1), and thrown away because late.
    public var packetsLost: Int32 = 0
    public var packetsLate: UInt32 = 0
    /// Of the lost ones, those of which a copy came (in-band FEC): they cost no quality.
    public var packetsRecovered: UInt32 = 0
    /// Not RTP, wrong version, foreign SSRC or source: dropped.
    public var packetsInvalid: UInt32 = 0
    /// SRTP: not under the agreed key, or changed on the way; and seen before. Dropped, and no RTP to anybody else.
    public var authenticationFailures: UInt32 = 0
    public var replays: UInt32 = 0
    /// Interarrival jitter (RFC 3550 §6.4.1), in milliseconds.
    public var jitter: Float = 0
    /// Round trip by RTCP (LSR and DLSR), in milliseconds; 0 while unknown.
    public var roundTrip: Float = 0
    /// How long packets wait until they are played, and how long they should by how they come, in milliseconds.
    public var playoutDelay: Float = 0
    public var playoutTarget: Float = 0
    /// Sound that was filled in because its packet did not come in time; put in to wait longer; left out to wait less. In
    /// milliseconds.
    public var concealed: UInt32 = 0
    public var stretched: UInt32 = 0
    public var shortened: UInt32 = 0
    /// What the peer says of our stream: loss as a fraction 0 to 1, jitter in milliseconds.
    public var remoteLoss: Float = 0
    public var remoteJitter: Float = 0
    /// R and MOS of the conversation as it is heard here, by ITU-T G.107: 0 to 100 and 1 to 4.5; 0 while nothing was received.
    public var rFactor: Float = 0
    public var meanOpinionScore: Float = 0
    /// The same without delay and echo: R and MOS of listening.
    public var listeningRFactor: Float = 0
    public var listeningOpinionScore: Float = 0
    /// What RTCP XR tells of the stream that comes, and what the peer told by it of ours; `nil` before there was any.
    public var metrics: VoIPMetrics?
    public var peerMetrics: VoIPMetrics?
    /// As the peer hears it, by what it says in RTCP XR; 0 while it says nothing.
    public var peerRFactor: Float = 0
    public var peerMeanOpinionScore: Float = 0
    /// Echo return loss enhancement of the last second with echo, in dB; 0 when off or unknown.
    public var echoReturnLossEnhancement: Float = 0
    /// The rest of what the canceller knew in that second.
    public var echo = EchoFigures()
    /// Sources of our stream and of the peer's; the latter `nil` before it sent anything.
    public var ssrc: UInt32 = 0
    public var remoteSSRC: UInt32?
    /// Sound in one packet of the peer's, in milliseconds; 0 while unknown.
    public var remotePacketTime: Float = 0
    /// From a mouth to an ear, in milliseconds; 0 until control, which knows the sound card, has filled it in.
    public var mouthToEar: Float = 0

    public init() {}
}
