import Base
import Board
import Synchronization

/// Time that passes only while somebody sleeps, and then at once.
final class JumpingTime: MonotonicTime {
    private let nanoseconds: Mutex<Int64>

    init(start: Instant = Instant(nanoseconds: 1_000_000_000)) {
        nanoseconds = Mutex(start.nanoseconds)
    }

    var now: Instant { Instant(nanoseconds: nanoseconds.withLock { $0 }) }

    func sleep(until deadline: Instant) {
        nanoseconds.withLock { $0 = max($0, deadline.nanoseconds) }
    }

    func advance(by duration: Duration) {
        nanoseconds.withLock { $0 += duration.nanoseconds }
    }
}
