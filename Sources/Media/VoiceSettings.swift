/// How the voice engine is built; for another set of these it is built anew.
public struct VoiceSettings: Sendable, Equatable {
    /// In Hz: 16 000 for wideband speech, or 8000.
    public var sampleRate = 16_000
    /// Samples in one period: 10 ms.
    public var framesPerPeriod = 160
    /// Open RTP port pairs; as many calls can have sound.
    public var ports = 8
    /// Length of the echo canceller's filter in milliseconds; 0 is off.
    public var echoTail = 192
    /// Where the room reverberates the filter becomes so long, in milliseconds; the same or less: it stays as it is.
    public var longestEchoTail = 256
    /// How far steady noise is brought down, in dB; 0 is off.
    public var noiseSuppression = 15.0
    public var automaticGain = false
    /// Below this the microphone is not heard, in Hz; 0 is off.
    public var highPass = 100.0
    /// In dB.
    public var microphoneGain = 0.0
    public var loudspeakerGain = 0.0
    /// Bounds of the play-out delay in milliseconds.
    public var minimumDelay = 20
    public var maximumDelay = 200
    /// NTP time (seconds since 1900, 32.32 fixed point) of `Instant()`, for sender reports.
    public var timeBase: UInt64 = 0
    /// Seeds sequence numbers and the spacing of RTCP.
    public var seed: UInt64 = 1

    public init() {}
}
