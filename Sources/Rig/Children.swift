import Foundation

/// The programs that run because of us: whatever ends this process, by itself or by a signal, ends them.
public enum Children {
    private static let capacity = 64
    // A signal handler reads these, so they are plain memory: set before the first child, cells written whole, zero for none.
    private nonisolated(unsafe) static let pids: UnsafeMutablePointer<pid_t> = {
        let cells = UnsafeMutablePointer<pid_t>.allocate(capacity: capacity)
        cells.initialize(repeating: 0, count: capacity)
        return cells
    }()
    private static let lock = NSLock()

    /// Call this first: from then on interrupts end the children before they end us.
    public static func guardAgainstSignals() {
        _ = pids
        atexit { Children.killAll() }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { number in
                Children.killAll()
                _exit(128 + number)
            }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    private static func killAll() {
        for index in 0..<capacity where pids[index] > 0 { kill(-pids[index], SIGKILL) }
    }

    static func add(_ pid: pid_t) {
        lock.lock()
        defer { lock.unlock() }
        for index in 0..<capacity where pids[index] == 0 {
            pids[index] = pid
            return
        }
    }

    static func remove(_ pid: pid_t) {
        lock.lock()
        defer { lock.unlock() }
        for index in 0..<capacity where pids[index] == pid { pids[index] = 0 }
    }
}
