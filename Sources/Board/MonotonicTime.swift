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

/// Gives the beat where no card's clock does it: two periods at a time, because waking up costs more than most periods.
struct PeriodClock {
    private let time: any MonotonicTime
    private let period: Int64
    private var next: Int64
    private var isFirstOfBeat = true

    /// How many periods follow each other without a pause.
    private static let periodsPerBeat: Int64 = 2
    /// Later than this, the beats that were missed are given up rather than made up for.
    private static let patience: Int64 = 2

    enum Beat: Equatable {
        /// Slept until the beat, or came a little late for it.
        case waited
        /// No time passed since the last period.
        case followed
        /// The thread came too late for this many periods.
        case missed(Int)
    }

    init(_ format: SoundFormat, time: any MonotonicTime) {
        self.time = time
        period = Int64(format.framesPerPeriod) * 1_000_000_000 / Int64(format.sampleRate)
        next = time.now.nanoseconds
    }

    /// Sleeps until the next beat, or goes on at once with its second period.
    mutating func wait() -> Beat {
        defer { isFirstOfBeat.toggle() }
        guard isFirstOfBeat else { return .followed }
        let beat = period * Self.periodsPerBeat
        next += beat
        let late = time.now.nanoseconds - next
        if late < 0 {
            time.sleep(until: Instant(nanoseconds: next))
            return .waited
        }
        let missed = late / beat
        guard missed > Self.patience else { return .waited }
        next += missed * beat
        return .missed(Int(missed * Self.periodsPerBeat))
    }
}
