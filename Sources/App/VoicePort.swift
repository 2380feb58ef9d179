import Base
import Board
import Media

/// The audio thread as control sees it: real on the board, played by the Loop in tests. Used on the Loop's thread only.
public protocol VoicePort: AnyObject, Sendable {
    /// The even RTP ports that are open; their order is what a plan's legs count by.
    var ports: [UInt16] { get }

    /// Hands over what is to be done from the next period on.
    func submit(_ plan: VoicePlan)

    /// Tells each report on the Loop's thread, outside any actor.
    func onReport(_ handler: @escaping @Sendable (VoiceReport) -> Void)

    /// Tells what becomes of the sound card.
    func onCard(_ handler: @escaping @Sendable (CardNews) -> Void)

    /// Periods since the start: it stands still only when the audio thread hangs.
    var periods: UInt64 { get }

    func stop()
}

/// What becomes of the sound card.
public enum CardNews: Sendable, Equatable {
    case open
    /// It cannot be opened or is gone, and is tried again.
    case lost(String)
    /// What is wrong though it can be used, such as a mixer's control that it does not have.
    case problem(String)
    /// Nothing but one and the same value comes from the microphone; or it is heard again.
    case microphoneSilent(Bool)
    /// Samples were lost so often since this was told last.
    case interrupted(Interruptions)
    case figures(SoundCardFigures)
}
