import App
import Base
import Media
import Runtime

/// A sound card and an audio thread that are only played: they keep the plans they get and say what a story lets them hear.
///
/// With a `player` the voice engine itself follows the plans, and what is heard comes over the virtual network.
public final class SimulatedVoice: VoicePort, @unchecked Sendable {
    public let ports: [UInt16]
    public private(set) var plan = VoicePlan()
    /// Every plan, with its time.
    public private(set) var plans: [(time: Instant, plan: VoicePlan)] = []
    /// The figures that each leg ends with.
    public var figures = LegStatistics()

    public internal(set) var player: EnginePlayer?

    private let loop: Loop
    private var report: (@Sendable (VoiceReport) -> Void)?
    private var card: (@Sendable (CardNews) -> Void)?

    init(loop: Loop, ports: [UInt16]) {
        self.loop = loop
        self.ports = ports
    }

    public func leg(of call: CallID) -> VoicePlan.Leg? { plan.legs.first { $0.call == call } }

    /// The keys that were to be sent by RFC 4733 so far.
    public func sentKeys(to call: CallID) -> [UInt8] { leg(of: call)?.digits.map(\.event) ?? [] }

    /// When set, the audio thread hangs since that period.
    public var hangs: UInt64?
    public var periods: UInt64 { hangs ?? UInt64(max(loop.now.nanoseconds, 0) / 10_000_000) }

    public func submit(_ plan: VoicePlan) {
        let gone = self.plan.legs.map(\.call).filter { call in !plan.legs.contains { $0.call == call } }
        self.plan = plan
        plans.append((loop.now, plan))
        if let player { return player.submit(plan) }
        // The audio thread notices at its next period.
        for call in gone {
            Alarm(on: loop) { [weak self] in
                guard let self else { return }
                report?(.statistics(call, figures, final: true))
            }.set(after: .milliseconds(10))
        }
    }

    public func onReport(_ handler: @escaping @Sendable (VoiceReport) -> Void) { report = handler }
    public func onCard(_ handler: @escaping @Sendable (CardNews) -> Void) { card = handler }
    public func stop() {}

    func tell(_ report: VoiceReport) { self.report?(report) }
    func tellCard(_ news: CardNews) { card?(news) }
}
