import Base
import CLinux
import Synchronization

/// The executor of all actors: one thread that runs jobs, alarms and readiness handlers, always in the same order.
///
/// A Loop belongs to the thread that made it, until `run` is called on another: the first must leave it alone until then. Code on that
/// thread counts as isolated to every actor of the Loop, so that handlers enter actors by `assumeIsolated`, without a queue.
public final class Loop: SerialExecutor, @unchecked Sendable {
    let reactor: any Reactor
    /// The thread that the Loop belongs to (`pthread_self`).
    private let owner: Atomic<UInt>
    private let isStopping = Atomic(false)

    private var work = Ring<Work>()
    private var alarms = AlarmQueue()
    private var watches: ContiguousArray<(watch: Watch?, generation: UInt32)> = []
    private var freeSlots: ContiguousArray<Int> = []

    /// Work from other threads; `hasArrivals` spares the Loop the lock when there is none.
    private let arrivals = Mutex(ContiguousArray<Work>())
    private let hasArrivals = Atomic(false)
    private var arrived: ContiguousArray<Work> = []

    private enum Work: Sendable {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    /// How many jobs run between two looks at the descriptors, so that busy actors cannot starve the sockets.
    private static let jobsPerTurn = 1_024

    public init(reactor: any Reactor) {
        self.reactor = reactor
        owner = Atomic(UInt(pthread_self()))
    }

    /// A Loop on the kernel's clock and descriptors.
    public convenience init() throws(SystemError) {
        try self.init(reactor: EpollReactor())
    }

    public var now: Instant { reactor.now }

    public var isOnLoop: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }
}

// MARK: - Work

extension Loop {
    public func enqueue(_ job: consuming ExecutorJob) {
        add(.job(UnownedJob(job)))
    }

    /// Runs `closure` on the Loop after what is already waiting; from any thread.
    public func post(_ closure: @escaping @Sendable () -> Void) {
        add(.closure(closure))
    }

    private func add(_ item: Work) {
        if isOnLoop {
            work.append(item)
            return
        }
        let wasEmpty = arrivals.withLock { arrivals in
            arrivals.append(item)
            return arrivals.count == 1
        }
        guard wasEmpty else { return }
        hasArrivals.store(true, ordering: .releasing)
        reactor.wake()
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    public func checkIsolated() {
        precondition(isOnLoop, "this is not the Loop's thread")
    }

    #if compiler(>=6.2)
        public func isIsolatingCurrentContext() -> Bool? {
            isOnLoop
        }
    #endif

    private func takeArrivals() {
        guard hasArrivals.load(ordering: .acquiring) else { return }
        hasArrivals.store(false, ordering: .relaxed)
        arrivals.withLock { swap(&$0, &arrived) }
        for item in arrived { work.append(item) }
        arrived.removeAll(keepingCapacity: true)
    }

    private func runWork() {
        takeArrivals()
        for _ in 0..<Self.jobsPerTurn {
            guard let item = work.popFirst() else { return }
            switch item {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let closure): closure()
            }
        }
    }
}

// MARK: - Running

extension Loop {
    /// Runs on the calling thread until `stop`.
    public func run() {
        adopt()
        while !isStopping.exchange(false, ordering: .relaxed) {
            turn(limit: nil)
        }
    }

    /// Ends `run` after the present turn; from any thread.
    public func stop() {
        isStopping.store(true, ordering: .relaxed)
        reactor.wake()
    }

    /// Runs on the calling thread until `limit` has come and everything due by then is done.
    public func run(until limit: Instant) {
        adopt()
        var hadCome: Bool
        repeat { hadCome = now >= limit } while turn(limit: limit) || !hadCome
    }

    /// Runs on the calling thread for `duration`.
    public func advance(by duration: Duration) {
        run(until: now + duration)
    }

    /// When there is something to do next: now while work waits, else the first alarm's deadline; `nil` for never. Descriptors
    /// are not asked. For whoever drives virtual time.
    public var nextDeadline: Instant? {
        work.isEmpty && !hasArrivals.load(ordering: .relaxed) ? alarms.first?.deadline : now
    }

    /// Does everything that is due already.
    public func settle() {
        run(until: now)
    }

    private func adopt() {
        owner.store(UInt(pthread_self()), ordering: .relaxed)
    }

    /// Runs what is due, then waits for more, not longer than to `limit`; false when there was nothing to do.
    @discardableResult
    private func turn(limit: Instant?) -> Bool {
        var didSomething = !work.isEmpty || hasArrivals.load(ordering: .relaxed)
        runWork()
        didSomething = ringAlarms() || didSomething
        let hasMore = !work.isEmpty || hasArrivals.load(ordering: .relaxed) || isStopping.load(ordering: .relaxed)
        reactor.wait(until: hasMore ? now : earliest(alarms.first?.deadline, limit)) { token, readiness in
            didSomething = true
            tell(token, readiness)
            runWork()
        }
        return didSomething
    }

    /// What is set while they ring waits for the next turn, so that an alarm that is always due cannot starve the rest.
    private func ringAlarms() -> Bool {
        guard let first = alarms.first?.deadline, first <= now else { return false }
        let present = now
        let end = alarms.nextSequence
        while let alarm = alarms.first, let deadline = alarm.deadline, deadline <= present, alarm.sequence < end {
            alarms.remove(alarm)
            alarm.handler?()
            runWork()
        }
        return true
    }
}

// MARK: - Alarms and watches

extension Loop {
    func set(_ alarm: Alarm, at deadline: Instant?) {
        checkIsolated()
        if let deadline { alarms.set(alarm, at: deadline) } else { alarms.remove(alarm) }
    }

    /// Tells `handler` for as long as `descriptor` is ready; on the Loop's thread, outside any actor.
    public func watch(
        _ descriptor: Int32, for interest: Readiness, _ handler: @escaping @Sendable (Readiness) -> Void
    ) throws(SystemError) -> Watch {
        checkIsolated()
        let watch = Watch(descriptor: descriptor, interest: interest, loop: self, handler: handler)
        let slot = freeSlots.popLast() ?? watches.count
        if slot == watches.count { watches.append((nil, 0)) }
        // The generation tells a descriptor closed and opened again in one turn from the one whose readiness was meant.
        let token = UInt64(watches[slot].generation) << 32 | UInt64(slot)
        do throws(SystemError) {
            try reactor.add(descriptor, interest, token: token)
        } catch {
            freeSlots.append(slot)
            throw error
        }
        watch.token = token
        watches[slot].watch = watch
        return watch
    }

    func cancel(_ watch: Watch) {
        checkIsolated()
        guard let token = watch.token else { return }
        watch.token = nil
        reactor.remove(watch.descriptor)
        let slot = Int(token & 0xFFFF_FFFF)
        watches[slot].watch = nil
        watches[slot].generation &+= 1
        freeSlots.append(slot)
    }

    private func tell(_ token: UInt64, _ readiness: Readiness) {
        let slot = Int(token & 0xFFFF_FFFF)
        guard watches.indices.contains(slot), let watch = watches[slot].watch, watch.token == token else { return }
        watch.handler(readiness)
    }
}
