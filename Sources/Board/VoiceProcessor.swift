import Base
import Media

/// What the audio thread runs once per period: `VoiceEngine`, or a test's stand-in.
///
/// All but `nextReport` is called on the audio thread and must neither allocate nor wait in steady state.
public protocol VoiceProcessor: AnyObject, Sendable {
    func apply(_ plan: VoicePlan)

    /// `delay` is the card's: samples from the loudspeaker's buffer to the microphone's, 0 where unknown.
    func process(
        captured: UnsafeBufferPointer<Int16>, playback: UnsafeMutableBufferPointer<Int16>, arrivals: PacketBatch,
        departures: PacketBatch, delay: Int, now: Instant)

    var hasReports: Bool { get }

    /// On the Loop: the oldest report that was not read yet.
    func nextReport() -> VoiceReport?
}

/// What the audio thread tells control.
public enum AudioReport: Sendable, Equatable {
    case voice(VoiceReport)
    case card(SoundCardEvent)
}

/// What became of the sound card; trivial, so that it can lie in a ring.
public enum SoundCardEvent: Sendable, Equatable {
    case opened
    /// It cannot be opened; told once for each reason. It is tried again and again.
    case unavailable(SoundCardError)
    /// It was in use and is gone.
    case lost(SoundCardError)
    /// Samples were lost this many times since the last such event, which is at least ten seconds ago.
    case interrupted(Int)
}
