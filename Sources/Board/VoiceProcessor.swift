import Base
import Media

/// What the audio thread runs once per period: `VoiceEngine`, or a test's stand-in.
public protocol VoiceProcessor: AnyObject, Sendable {
    /// On the Loop: what is to be done from the next period on.
    func submit(_ plan: VoicePlan)

    /// On the Loop: the oldest report that was not read yet.
    func nextReport() -> VoiceReport?

    var hasReports: Bool { get }

    /// On the audio thread: one bit for each port pair that needs to be looked at.
    var portsInUse: UInt64 { get }

    /// On the audio thread: one period. Neither allocates nor waits.
    ///
    /// `delay` is the card's: samples from the loudspeaker's buffer to the microphone's, 0 where unknown.
    func process(
        captured: UnsafeBufferPointer<Int16>, playback: UnsafeMutableBufferPointer<Int16>, arrivals: PacketBatch,
        departures: PacketBatch, now: Instant, delay: Int)
}

extension VoiceEngine: VoiceProcessor {}

/// What the audio thread tells control.
public enum AudioReport: Sendable, Equatable {
    case voice(VoiceReport)
    case card(SoundCardEvent)
    /// After `opened`: what is wrong though the card can be used, for people.
    case cardProblem(String)
}

/// What became of the sound card; trivial, so that it can lie in a ring.
public enum SoundCardEvent: Sendable, Equatable {
    case opened
    /// It cannot be opened; told once for each reason. It is tried again and again.
    case unavailable(SoundCardError)
    /// It was in use and is gone.
    case lost(SoundCardError)
    /// Samples were lost this many times since the last such event, which is at least ten seconds ago.
    case interrupted(Interruptions)
    /// Nothing but one and the same value comes from the microphone; or it is heard again.
    case microphoneSilent(Bool)
    /// Once a second while it is open.
    case figures(SoundCardFigures)
}
