import CLinux
import Glibc
import Synchronization

/// A thread for sound: scheduled before all ordinary work when the system allows it, stopped and joined by its owner.
///
/// Its body is no place for Swift concurrency: a task made there would hand its priority to the pool's threads.
public final class RealTimeThread: Sendable {
    /// What the kernel granted.
    public enum Scheduling: Sendable, Equatable {
        case realTime(priority: Int32)
        /// Scheduled like everything else, because of the error; sound may stutter under load.
        case ordinary(SystemError)

        /// What an operator can do about it; `nil` when nothing needs doing.
        public var advice: String? {
            switch self {
            case .realTime: nil
            case .ordinary:
                "allow real-time scheduling: LimitRTPRIO=50 in the service unit, or the capability CAP_SYS_NICE, "
                    + "or an rtprio line in /etc/security/limits.d"
            }
        }
    }

    /// Asks the thread's body to return.
    public final class Stop: Sendable {
        private let flag = Atomic(false)

        public init() {}

        public var isRequested: Bool { flag.load(ordering: .relaxed) }

        public func request() { flag.store(true, ordering: .relaxed) }
    }

    public let scheduling: Scheduling
    private let thread: SystemThread
    private let stopFlag: Stop

    private init(scheduling: Scheduling, thread: SystemThread, stopFlag: Stop) {
        self.scheduling = scheduling
        self.thread = thread
        self.stopFlag = stopFlag
    }

    /// Runs `body` on a new thread at `priority` (1 to 99), on one processor only if `processor` names it.
    ///
    /// Returns once the thread is scheduled as it will be. `body` looks at `Stop` at least once a period.
    public static func start(
        name: String, priority: Int32, processor: Int32? = nil, _ body: @escaping @Sendable (Stop) -> Void
    ) throws(SystemError) -> RealTimeThread {
        let stopFlag = Stop()
        let granted = Handover<Scheduling>()
        let thread = try SystemThread.start(name: name, stackBytes: 512 * 1_024) {
            let scheduling = schedule(priority: priority)
            if let processor { clinux_pin_thread(processor) }
            granted.put(scheduling)
            body(stopFlag)
        }
        return RealTimeThread(scheduling: granted.take(), thread: thread, stopFlag: stopFlag)
    }

    /// Asks the body to return, and waits until it has.
    public func stop() {
        stopFlag.request()
        thread.join()
    }

    /// Runs `body` with `priority`, and so what threads it starts, which this thread then has no longer.
    ///
    /// Opening a sound card may start threads of its library's own, which carry the sound: PulseAudio's and PipeWire's plug-ins do. They
    /// would stand back behind all other work.
    public static func lending(priority: Int32, to body: () -> Void) {
        raiseLimit()
        var before = sched_param()
        let policy = sched_getscheduler(0)
        var raised = sched_param()
        raised.sched_priority = priority
        guard policy == SCHED_OTHER, sched_getparam(0, &before) == 0, sched_setscheduler(0, SCHED_FIFO, &raised) == 0 else {
            return body()
        }
        body()
        sched_setscheduler(0, policy, &before)
    }

    /// Keeps what the process has now, its programs' code above all, from being paged out once it was touched; the error says why not.
    public static func lockMemory() -> SystemError? {
        let onFault: Int32 = 4  // MCL_ONFAULT: without it every thread's whole stack becomes resident
        // Not what comes later: beyond the limit the kernel would refuse that altogether.
        return mlockall(MCL_CURRENT | onFault) == 0 ? nil : .last("mlockall")
    }

    private static func schedule(priority: Int32) -> Scheduling {
        raiseLimit()
        var parameters = sched_param()
        parameters.sched_priority = priority
        // Threads and processes made here start ordinary again.
        if sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0 { return .realTime(priority: priority) }
        let refusal = SystemError.last("sched_setscheduler SCHED_FIFO")
        // A lower priority than asked for is better than none.
        var limit = rlimit()
        if getrlimit(Int32(__RLIMIT_RTPRIO.rawValue), &limit) == 0, limit.rlim_cur > 0, limit.rlim_cur < UInt(priority) {
            parameters.sched_priority = Int32(limit.rlim_cur)
            if sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &parameters) == 0 {
                return .realTime(priority: parameters.sched_priority)
            }
        }
        return .ordinary(refusal)
    }

    /// The soft limit may be lower than what the administrator allows.
    private static func raiseLimit() {
        var limit = rlimit()
        let resource = Int32(__RLIMIT_RTPRIO.rawValue)
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
    }
}

/// One value handed from one thread to another that waits for it.
private final class Handover<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let signal = eventfd(0, Int32(EFD_CLOEXEC))

    deinit { close(signal) }

    func put(_ value: Value) {
        self.value.withLock { $0 = value }
        eventfd_write(signal, 1)
    }

    func take() -> Value {
        while true {
            var count: eventfd_t = 0
            eventfd_read(signal, &count)
            if let value = value.withLock({ $0 }) { return value }
        }
    }
}
