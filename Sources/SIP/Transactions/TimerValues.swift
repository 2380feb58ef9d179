import Base

/// The base values that all transaction timers are made of: RFC 3261 §17.1.1.1 and its table 4.
public enum TimerValues {
    /// An estimate of the round trip.
    public static let t1: Duration = .milliseconds(500)
    /// The longest pause between retransmissions of a non-INVITE request or an INVITE response.
    public static let t2: Duration = .seconds(4)
    /// How long a message may remain in the network.
    public static let t4: Duration = .seconds(5)
    /// How long anything is waited for: timers B, D, F, H, J, L and M.
    public static let timeout: Duration = t1 * 64
}

/// When to send again, and how long to wait after that; the pause doubles up to a limit.
public struct Backoff: Sendable, Equatable {
    public private(set) var next: Instant
    public private(set) var interval: Duration

    /// The first retransmission is T1 from `now`.
    public init(from now: Instant, interval: Duration = TimerValues.t1) {
        self.interval = interval
        next = now + interval
    }

    /// Doubles the pause, but never beyond `limit`, and counts it from `now`.
    public mutating func advance(at now: Instant, limit: Duration? = nil) {
        interval = min(interval * 2, limit ?? interval * 2)
        next = now + interval
    }
}
