import Base
import Configuration

/// A button that tells short, double and long presses apart; each press is told as one of them, or taken by a chord.
///
/// All times are those at which a level has stood for its debounce time, so that it makes no difference who debounced it.
struct Button: Sendable, Equatable {
    let settings: HouseConfiguration.Button
    /// For how long a press may become part of a chord; zero for a button of none.
    let forming: Duration
    private var contact: Debouncer
    private var stage = Stage.up

    private enum Stage: Sendable, Equatable {
        case up
        /// Down, and what it is has not been told.
        case down(since: Instant, isSecond: Bool)
        /// Let go in time for a second press.
        case between(until: Instant)
        /// Down, and nothing more comes of it: it was told, is a chord's, or was down from the start.
        case spent
    }

    init(_ settings: HouseConfiguration.Button, debounce: Duration, forming: Duration = .zero) {
        self.settings = settings
        self.forming = forming
        contact = Debouncer(debounce)
    }

    var isDown: Bool { contact.isActive }
    var debounce: Duration { contact.time }

    mutating func edge(isDown: Bool, at time: Instant, isDebounced: Bool) {
        contact.edge(isActive: isDown, at: time, isDebounced: isDebounced)
    }

    /// Takes the level that stands already; no press comes of it.
    mutating func begin(isDown: Bool) {
        contact.begin(isActive: isDown)
        stage = isDown ? .spent : .up
    }

    /// Takes a level that stands by now.
    mutating func settle(at now: Instant) -> PressKind? {
        guard let isDown = contact.settle(at: now) else { return nil }
        switch (stage, isDown) {
        case (.between, true): stage = .down(since: now, isSecond: true)
        case (_, true): stage = .down(since: now, isSecond: false)
        case (.down(_, isSecond: true), false):
            stage = .up
            return .double
        case (.down, false) where settings.double != nil: stage = .between(until: now + settings.doublePress)
        case (.down, false):
            stage = .up
            return .short
        case (_, false): stage = .up
        }
        return nil
    }

    /// Tells a press that is sure by now without being let go, or without a second one.
    mutating func decide(at now: Instant) -> PressKind? {
        guard let decision, decision.time <= now else { return nil }
        if case .between = stage { stage = .up } else { stage = .spent }
        return decision.kind
    }

    /// When the finger came, if its press can still become part of a chord.
    var freeSince: Instant? {
        if case .down(let since, _) = stage { since - debounce } else { nil }
    }

    /// Whether the finger left before that time, as far as one can tell yet.
    func mayBeUp(before time: Instant) -> Bool { contact.wavers(before: time) }

    /// Gives its press to a chord. The one before it, which waited for a second, then was a short one.
    mutating func join() -> PressKind? {
        defer { stage = .spent }
        if case .down(_, isSecond: true) = stage { return .short }
        return nil
    }

    private var decision: (time: Instant, kind: PressKind)? {
        switch stage {
        case .up, .spent: return nil
        case .between(let until): return (until, .short)
        case .down(let since, isSecond: true): return (since + forming, .double)
        case .down(let since, isSecond: false):
            if settings.long != nil { return (since + max(settings.longPress, forming), .long) }
            return settings.double == nil ? (since + forming, .short) : nil
        }
    }

    var nextDeadline: Instant? { earliest(contact.nextDeadline, decision?.time) }
}
