import Base
import Configuration

/// A relay or switch: at rest unless a pulse runs, somebody holds it, or it is latched.
struct Output: Sendable, Equatable {
    /// Who asks for it for as long as they like.
    enum Holder: Sendable, Hashable {
        case button(String)
        case contact(String)
        case tool
    }

    enum Change: Sendable, Equatable {
        case active
        /// With the time at which it came to rest.
        case atRest(since: Instant)
    }

    var settings: HouseConfiguration.Output
    private(set) var isLatched = false
    private var pulseEnd: Instant?
    /// Each with the time that it may hold at most: one stuck button does not spoil the others.
    private var holders: [Holder: Instant] = [:]
    /// The end of all that was asked so far, but for a latch.
    private var end: Instant?
    private var wasActive = false

    init(_ settings: HouseConfiguration.Output) {
        self.settings = settings
    }

    func isActive(at now: Instant) -> Bool { isLatched || ends.contains { now < $0 } }

    private var ends: [Instant] { holders.values + (pulseEnd.map { [$0] } ?? []) }

    /// A pulse that runs is not made longer.
    mutating func pulse(at now: Instant) {
        guard !(pulseEnd.map { now < $0 } ?? false) else { return }
        pulseEnd = now + settings.pulse
        end = ends.max()
    }

    mutating func hold(by holder: Holder, at now: Instant) {
        guard holders[holder] == nil else { return }
        holders[holder] = now + settings.holdLimit
        end = ends.max()
    }

    mutating func latch() { isLatched = true }

    /// Ends the holding of those who do not ask any more. The tool asks anew after its time.
    mutating func letGo(at now: Instant, unless stillAsks: (Holder) -> Bool) {
        let staying = holders.filter { $0.key == .tool ? now < $0.value : stillAsks($0.key) }
        guard staying.count < holders.count else { return }
        let wasActive = isActive(at: now)
        holders = staying
        if wasActive { end = max(ends.max() ?? now, now) }
    }

    mutating func rest(at now: Instant) {
        if isActive(at: now) { end = now }
        (isLatched, pulseEnd, holders) = (false, nil, [:])
    }

    /// What changed since it was asked last.
    mutating func settle(at now: Instant) -> Change? {
        let isActive = isActive(at: now)
        guard isActive != wasActive else { return nil }
        wasActive = isActive
        return isActive ? .active : .atRest(since: min(end ?? now, now))
    }

    func nextDeadline(after now: Instant) -> Instant? { ends.filter { now < $0 }.min() }
}
