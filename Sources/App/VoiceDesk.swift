import Base
import Board
import Intercom
import Media
import Runtime
import Telephony

/// The house's sound: follows the calls and the house, and keeps the audio thread's plan up to date.
actor VoiceDesk {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let voice: any VoicePort
    private var switchboard: Switchboard
    private var submitted = VoicePlan()
    private(set) var figures: [CallID: LegStatistics] = [:]
    private(set) var card = CardState()

    init(loop: Loop, voice: any VoicePort, random: RandomSource) {
        self.loop = loop
        self.voice = voice
        switchboard = Switchboard(ports: voice.ports, random: random)
    }

    func start(
        onReport: @escaping @Sendable (VoiceReport) -> Void, onCard: @escaping @Sendable (CardNews) -> Void
    ) {
        voice.onReport { [weak self] report in
            guard let self else { return }
            onReport(assumeIsolated { $0.completed(report) })
        }
        voice.onCard { [weak self] news in
            self?.assumeIsolated { $0.card.note(news) }
            onCard(news)
        }
    }

    func stop() {
        voice.stop()
    }

    nonisolated var periods: UInt64 { voice.periods }
    nonisolated var ports: [UInt16] { voice.ports }

    func setSession(_ call: CallID, _ session: MediaSession?) {
        switchboard.setSession(call, session)
        submit()
    }

    func connect(_ call: CallID, _ isConnected: Bool) {
        switchboard.connect(call, isConnected)
        submit()
    }

    /// Whether the keys go out by RFC 4733; if not, they must go by INFO.
    func sendDigits(_ call: CallID, _ digits: String) -> Bool {
        guard switchboard.sendsTelephoneEvents(call) else { return false }
        switchboard.sendDigits(call, digits)
        submit()
        return true
    }

    func setTone(_ tone: HouseTone?) {
        switchboard.setTone(tone)
        submit()
    }

    func chime(_ tone: HouseTone) {
        switchboard.chime(tone)
        submit()
    }

    func toneToPeer(_ call: CallID, _ tone: HouseTone) {
        switchboard.toneToPeer(call, tone)
        submit()
    }

    private func submit() {
        let plan = switchboard.current
        guard plan != submitted else { return }
        submitted = plan
        voice.submit(plan)
    }

    /// The report with what only control knows: the delay from mouth to ear.
    private func completed(_ report: VoiceReport) -> VoiceReport {
        guard case .statistics(let call, var statistics, let final) = report else { return report }
        if let leg = submitted.legs.first(where: { $0.call == call }) {
            statistics.mouthToEar = card.mouthToEar(statistics, packetTime: leg.packetTime)
        } else {
            statistics.mouthToEar = figures[call]?.mouthToEar ?? 0
        }
        figures[call] = final ? nil : statistics
        return .statistics(call, statistics, final: final)
    }
}
