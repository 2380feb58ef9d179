import Base
import Board
import Media
import Runtime

/// The board's sound behind the voice port: open RTP sockets, a card, an engine and the thread that drives them.
final class AudioThreadVoice: VoicePort, @unchecked Sendable {
    let ports: [UInt16]
    private let engine: VoiceEngine
    private let thread: AudioThread
    private let log: Log
    private var onReport: (@Sendable (VoiceReport) -> Void)?
    private var onCard: (@Sendable (String?) -> Void)?

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
        case .card(.opened): onCard?(nil)
        case .card(.unavailable(let error)), .card(.lost(let error)): onCard?(error.description)
        case .card(.interrupted(let count)): log.warning("sound-interrupted", ["times": count])
        }
    }

    func submit(_ plan: VoicePlan) { engine.submit(plan) }
    func onReport(_ handler: @escaping @Sendable (VoiceReport) -> Void) { onReport = handler }
    func onCard(_ handler: @escaping @Sendable (String?) -> Void) { onCard = handler }
    var periods: UInt64 { thread.periodCount }
    func stop() { thread.stop() }
}
