/// What the echo canceller knows of itself and of the room, over about a second. Trivial, so that it can lie in a ring.
public struct EchoFigures: Sendable, Equatable {
    /// Echo return loss enhancement where the loudspeaker sounded, in dB; 0 when there was nothing to cancel.
    public var enhancement: Float = 0
    /// From what was handed to the loudspeaker to its echo in the microphone, in milliseconds; 0 while unknown.
    public var delay: Float = 0
    /// By how much the microphone's clock is faster than the loudspeaker's, in parts per million.
    public var drift: Float = 0
    /// Share of the microphone's samples at full scale, 0 to 1.
    public var clipping: Float = 0
    /// Share of the time with sound from the loudspeaker in which somebody spoke here too, 0 to 1.
    public var doubleTalk: Float = 0

    /// Length of the filter in use, in milliseconds; 0 without a canceller.
    public var tail: Float = 0

    /// Whether a tone that fed back by way of the far side is being taken out.
    public var isHowling = false

    public init() {}
}
