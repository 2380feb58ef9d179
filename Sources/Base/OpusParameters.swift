/// What a receiver of Opus wants of the sender: the parameters of RFC 7587 §6.1 that matter to a phone.
public struct OpusParameters: Sendable, Equatable {
    /// In bit/s; `nil` where the receiver does not care.
    public var maximumAverageBitRate: Int?
    /// Highest rate in Hz that the receiver plays at: what would be sent above it is wasted.
    public var maximumPlaybackRate = 48_000
    /// Shorter packets are not liked.
    public var minimumPacketTime = Duration.milliseconds(3)
    /// The receiver makes use of in-band FEC.
    public var usesFEC = false
    /// The receiver likes silence not to be sent.
    public var usesDTX = false
    /// The receiver wants packets of one size.
    public var isConstantBitRate = false

    public init() {}
}
