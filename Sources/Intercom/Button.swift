import Base
import Configuration

/// A button that is debounced by level, and tells short presses from long ones.
///
/// A level counts once it has stood for the debounce time, on both edges: bounce neither swallows a press nor makes a second
/// one, and the release is never lost. Time is told by `wake`, so edges that are handled late are still taken in their order.
struct Button: Sendable, Equatable {
    let settings: HouseConfiguration.Button
    let debounce: Duration

    /// The level that stands.
    private(set) var isDown = false
    /// A level that does not stand yet, and since when it is there.
    private var candidate: Candidate?
    /// A press that may still become a long one.
    private var pendingSince: Instant?

    private struct Candidate: Sendable, Equatable {
        var isDown: Bool
        var since: Instant
    }

    init(_ settings: HouseConfiguration.Button, debounce: Duration) {
        self.settings = settings
        self.debounce = debounce
    }

    mutating func edge(isDown: Bool, at time: Instant) -> [PressKind] {
        var presses = wake(at: time)
        candidate = isDown == self.isDown ? nil : Candidate(isDown: isDown, since: time)
        if debounce == .zero { presses += wake(at: time) }
        return presses
    }

    /// Takes the level that stands already; no press comes of it.
    mutating func begin(isDown: Bool) {
        self.isDown = isDown
        candidate = nil
        pendingSince = nil
    }

    mutating func wake(at now: Instant) -> [PressKind] {
        var presses = turnLong(at: now)
        if let candidate, let settled, settled <= now {
            self.candidate = nil
            isDown = candidate.isDown
            presses += isDown ? wentDown(since: candidate.since) : wentUp()
            presses += turnLong(at: now)
        }
        return presses
    }

    private mutating func turnLong(at now: Instant) -> [PressKind] {
        guard let longDeadline, longDeadline <= now else { return [] }
        pendingSince = nil
        return [.long]
    }

    private mutating func wentDown(since: Instant) -> [PressKind] {
        guard settings.long != nil else { return [.short] }
        pendingSince = since
        return []
    }

    private mutating func wentUp() -> [PressKind] {
        guard pendingSince != nil else { return [] }
        pendingSince = nil
        return [.short]
    }

    private var settled: Instant? { candidate.map { $0.since + debounce } }
    /// Not while a release stands out that began in time: it decides.
    private var longDeadline: Instant? {
        guard let deadline = pendingSince.map({ $0 + settings.longPress }) else { return nil }
        if let candidate, candidate.since < deadline { return nil }
        return deadline
    }

    var nextDeadline: Instant? { earliest(settled, longDeadline) }
}
