import Base
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
    private(set) var cardFault: String?

    init(loop: Loop, voice: any VoicePort, random: RandomSource) {
        self.loop = loop
        self.voice = voice
        switchboard = Switchboard(ports: voice.ports, random: random)
    }

    func start(
        onReport: @escaping @Sendable (VoiceReport) -> Void, onCard: @escaping @Sendable (_ fault: String?) -> Void
    ) {
        voice.onReport { [weak self] report in
            self?.assumeIsolated { $0.note(report) }
            onReport(report)
        }
        voice.onCard { [weak self] fault in
            self?.assumeIsolated { $0.cardFault = fault }
            onCard(fault)
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

    private func note(_ report: VoiceReport) {
        guard case .statistics(let call, let statistics, let final) = report else { return }
        figures[call] = final ? nil : statistics
    }
}
