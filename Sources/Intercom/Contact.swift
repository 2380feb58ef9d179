import Base
import Configuration

/// An input that watches something; motion is over only once nothing moved for a while.
struct Contact: Sendable, Equatable {
    let settings: HouseConfiguration.Contact
    private(set) var isActive = false
    /// Whether its line was ever read.
    private(set) var isKnown = false
    private var level: Debouncer
    /// When what was active counts as over, unless it is active again before.
    private var quietAt: Instant?

    init(_ settings: HouseConfiguration.Contact, debounce: Duration) {
        self.settings = settings
        level = Debouncer(debounce)
    }

    var debounce: Duration { level.time }

    mutating func edge(isActive: Bool, at time: Instant, isDebounced: Bool) {
        isKnown = true
        level.edge(isActive: isActive, at: time, isDebounced: isDebounced)
    }

    /// What the line is, just read; told if it is otherwise than it was.
    mutating func begin(isActive: Bool, at now: Instant) -> Bool? {
        isKnown = true
        level.begin(isActive: isActive)
        return take(isActive, at: now)
    }

    /// What it is from now on, if it changed; to be asked until it did not.
    mutating func settle(at now: Instant) -> Bool? {
        if let quietAt, quietAt <= now { return become(false) }
        return level.settle(at: now).flatMap { take($0, at: now) }
    }

    private mutating func take(_ isActive: Bool, at now: Instant) -> Bool? {
        guard !isActive, self.isActive, settings.kind == .motion, settings.holdOff > .zero else { return become(isActive) }
        quietAt = now + settings.holdOff
        return nil
    }

    private mutating func become(_ isActive: Bool) -> Bool? {
        quietAt = nil
        guard isActive != self.isActive else { return nil }
        self.isActive = isActive
        return isActive
    }

    var nextDeadline: Instant? { earliest(level.nextDeadline, quietAt) }
}
