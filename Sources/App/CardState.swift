import Base
import Board
import Media

/// What is known of the sound card: its faults, its delays and clocks.
struct CardState: Sendable, Equatable {
    /// Why there is none; `nil` while it is open.
    private(set) var fault: String?
    /// Nothing but one and the same value comes from the microphone.
    private(set) var isMicrophoneSilent = false
    /// What is wrong though it can be used.
    private(set) var problems: [String] = []
    private(set) var figures = SoundCardFigures()

    mutating func note(_ news: CardNews) {
        switch news {
        case .open: (fault, problems) = (nil, [])
        case .lost(let reason): fault = reason
        case .problem(let text): problems.append(text)
        case .microphoneSilent(let isSilent): isMicrophoneSilent = isSilent
        case .interrupted: break
        case .figures(let figures): self.figures = figures
        }
    }

    /// From a mouth to an ear in this call, in milliseconds: our microphone, our packets, half the round trip, our play-out and
    /// our loudspeaker. What happens inside the other phone is taken to be as here.
    func mouthToEar(_ call: LegStatistics, packetTime: Duration) -> Float {
        figures.captureDelay + Float(packetTime.inSeconds * 1_000) + call.roundTrip / 2 + call.playoutDelay
            + figures.playbackDelay
    }
}
