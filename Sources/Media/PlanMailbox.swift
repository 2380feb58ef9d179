import Synchronization

/// Hands plans from control to the audio thread: one atomic exchange a period, and control frees what is no longer read.
///
/// `@unchecked`: the audio thread touches the two atomics only, everything else is control's thread's.
final class PlanMailbox: @unchecked Sendable {
    /// The newest plan that the audio thread has not taken, as an unmanaged pointer; 0 for none.
    private let pending = Atomic<UInt>(0)
    /// Number of the plan that the audio thread reads now.
    private let adopted = Atomic<UInt>(0)

    /// Control's side: plans that may still be read.
    private var kept: [PreparedPlan] = []
    private var count: UInt = 0
    private var sides = SRTPSides()
    private let ports: Int

    init(ports: Int) {
        self.ports = ports
    }

    /// From control's thread.
    func submit(_ plan: VoicePlan) {
        let present = adopted.load(ordering: .acquiring)
        kept.removeAll { $0.number < present }
        count += 1
        let prepared = PreparedPlan(plan, number: count, ports: ports, sides: &sides)
        sides.keepOnly(plan)
        kept.append(prepared)
        pending.store(UInt(bitPattern: Unmanaged.passUnretained(prepared).toOpaque()), ordering: .releasing)
    }

    /// From the audio thread: the newest plan, if there is a new one. It may be read until the next one is taken.
    func take() -> Unmanaged<PreparedPlan>? {
        guard pending.load(ordering: .relaxed) != 0 else { return nil }
        let bits = pending.exchange(0, ordering: .acquiring)
        guard let pointer = UnsafeRawPointer(bitPattern: bits) else { return nil }
        return Unmanaged.fromOpaque(pointer)
    }

    /// From the audio thread, when it reads `plan` and no older one any more.
    func adopt(_ plan: Unmanaged<PreparedPlan>) {
        adopted.store(plan._withUnsafeGuaranteedRef { $0.number }, ordering: .releasing)
    }
}
