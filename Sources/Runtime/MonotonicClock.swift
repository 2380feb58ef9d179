import Base
import CLinux

/// The kernel's monotonic clock, the only one that drives behaviour.
public enum MonotonicClock {
    public static var now: Instant { read(CLOCK_MONOTONIC) }

    /// Wall time since 1970, for what people and certificates read; wrong until the network sets it.
    public static var wallTime: Duration { .nanoseconds(read(CLOCK_REALTIME).nanoseconds) }

    private static func read(_ clock: clockid_t) -> Instant {
        var time = timespec()
        clock_gettime(clock, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }
}
