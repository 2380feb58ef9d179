import Base

/// Lets a burst through and then so many in a time, and counts what it held back: for log lines that a flood would write.
public struct RateLimiter: Sendable, Equatable {
    public enum Decision: Sendable, Equatable {
        /// Go on; since the last time this many were held back.
        case pass(heldBack: Int)
        case holdBack
    }

    private let burst: Int
    private let interval: Duration
    /// When the bucket will be full again: each passing moves it by one interval.
    private var full = Instant(nanoseconds: .min)
    private var heldBack = 0

    /// `count` at once, and `count` in each `period` in the long run.
    public init(_ count: Int, per period: Duration) {
        burst = max(1, count)
        interval = .nanoseconds(period.nanoseconds / Int64(burst))
    }

    public mutating func admit(at now: Instant) -> Decision {
        let start = max(full, now)
        guard start - now <= .nanoseconds(interval.nanoseconds * Int64(burst - 1)) else {
            heldBack += 1
            return .holdBack
        }
        full = start + interval
        defer { heldBack = 0 }
        return .pass(heldBack: heldBack)
    }
}
