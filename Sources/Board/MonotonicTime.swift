import Base
import CLinux

/// The monotonic clock as the audio thread uses it: to read and to sleep by. A test gives one that jumps instead.
public protocol MonotonicTime: AnyObject, Sendable {
    var now: Instant { get }
    func sleep(until deadline: Instant)
}

/// The kernel's CLOCK_MONOTONIC.
public final class KernelTime: MonotonicTime {
    public init() {}

    public var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    public func sleep(until deadline: Instant) {
        var time = timespec()
        time.tv_sec = .init(deadline.nanoseconds / 1_000_000_000)
        time.tv_nsec = .init(deadline.nanoseconds % 1_000_000_000)
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }
}

/// Beats once per audio period where no card's clock does it.
struct PeriodClock {
    private let time: any MonotonicTime
    private let period: Int64
    private var next: Int64
    /// Later than this, the beats that were missed are given up rather than made up for.
    private let patience: Int64

    init(_ format: SoundFormat, time: any MonotonicTime) {
        self.time = time
        period = Int64(format.framesPerPeriod) * 1_000_000_000 / Int64(format.sampleRate)
        patience = period * 5
        next = time.now.nanoseconds
    }

    /// Sleeps until the next beat; how many beats were given up because the thread came too late for them.
    mutating func wait() -> Int {
        next += period
        let late = time.now.nanoseconds - next
        if late < 0 {
            time.sleep(until: Instant(nanoseconds: next))
            return 0
        }
        guard late > patience else { return 0 }
        next += late / period * period
        return Int(late / period)
    }
}
