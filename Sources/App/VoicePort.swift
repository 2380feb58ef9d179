import Base
import Media

/// The audio thread as control sees it: real on the board, played by the Loop in tests. Used on the Loop's thread only.
public protocol VoicePort: AnyObject, Sendable {
    /// The even RTP ports that are open; their order is what a plan's legs count by.
    var ports: [UInt16] { get }

    /// Hands over what is to be done from the next period on.
    func submit(_ plan: VoicePlan)

    /// Tells each report on the Loop's thread, outside any actor.
    func onReport(_ handler: @escaping @Sendable (VoiceReport) -> Void)

    /// Tells when the sound card is lost (why) or back (`nil`).
    func onCard(_ handler: @escaping @Sendable (String?) -> Void)

    /// Periods since the start: it stands still only when the audio thread hangs.
    var periods: UInt64 { get }

    func stop()
}
