import Base
import Board
import Media
import Runtime

/// The board's sound behind the voice port: open RTP sockets, a card, an engine and the thread that drives them.
///
/// `@unchecked`, for its closures change: only the Loop's thread sets and calls them, and the audio thread knows only `thread`.
final class AudioThreadVoice: VoicePort, @unchecked Sendable {
    let ports: [UInt16]
    private let engine: VoiceEngine
    private let thread: AudioThread
    private let log: Log
    private var onReport: (@Sendable (VoiceReport) -> Void)?
    private var onCard: (@Sendable (CardNews) -> Void)?

    /// Opens the RTP ports and makes the engine; the thread starts with `start`.
    init(loop: Loop, card: any SoundCard, sockets: VoiceSockets, settings: VoiceSettings, log: Log) throws(SystemError) {
        ports = sockets.ports
        self.log = log
        engine = VoiceEngine(settings)
        thread = try AudioThread(
            loop: loop, card: card, format: SoundFormat(sampleRate: settings.sampleRate), sockets: sockets, engine: engine)
    }

    func start() throws(SystemError) {
        let scheduling = try thread.start { [weak self] report in self?.tell(report) }
        if case .ordinary(let error) = scheduling {
            log.warning("audio-thread-not-real-time", ["error": error, "advice": scheduling.advice ?? ""])
        }
    }

    private func tell(_ report: AudioReport) {
        switch report {
        case .voice(let report): onReport?(report)
        case .cardProblem(let text): onCard?(.problem(text))
        case .card(let event): onCard?(CardNews(event))
        }
    }

    func submit(_ plan: VoicePlan) { engine.submit(plan) }
    func onReport(_ handler: @escaping @Sendable (VoiceReport) -> Void) { onReport = handler }
    func onCard(_ handler: @escaping @Sendable (CardNews) -> Void) { onCard = handler }
    var periods: UInt64 { thread.periodCount }
    func stop() { thread.stop() }
}

extension CardNews {
    init(_ event: SoundCardEvent) {
        switch event {
        case .opened: self = .open
        case .unavailable(let error), .lost(let error): self = .lost(error.description)
        case .interrupted(let count): self = .interrupted(count)
        case .microphoneSilent(let isSilent): self = .microphoneSilent(isSilent)
        case .figures(let figures): self = .figures(figures)
        }
    }
}
