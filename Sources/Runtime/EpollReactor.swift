import Base
import CLinux

/// The kernel's time and readiness: epoll, one timerfd for the next deadline, one eventfd for calls from other threads.
public final class EpollReactor: Reactor, @unchecked Sendable {
    private static let timerToken = UInt64.max
    private static let wakeToken = UInt64.max - 1
    private static let capacity = 64

    private let epoll: Int32
    private let timer: Int32
    private let wakeUp: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    /// When the timer goes off. May be earlier than asked for: going off in vain once is cheaper than setting it each time.
    private var armed: Instant?

    public init() throws(SystemError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .last("epoll_create1") }
        timer = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard timer >= 0 else {
            let error = SystemError.last("timerfd_create")
            close(epoll)
            throw error
        }
        wakeUp = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeUp >= 0 else {
            let error = SystemError.last("eventfd")
            close(epoll)
            close(timer)
            throw error
        }
        events = .allocate(capacity: Self.capacity)
        // Edge-triggered, so that neither needs to be read: setting the timer or writing again makes the next edge.
        try control(EPOLL_CTL_ADD, timer, EPOLLIN.rawValue | EPOLLET.rawValue, Self.timerToken)
        try control(EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue | EPOLLET.rawValue, Self.wakeToken)
    }

    deinit {
        close(wakeUp)
        close(timer)
        close(epoll)
        events.deallocate()
    }

    public var now: Instant { MonotonicClock.now }

    public func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, descriptor, interest.events, token)
    }

    public func modify(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, descriptor, interest.events, token)
    }

    public func remove(_ descriptor: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ mask: UInt32, _ token: UInt64) throws(SystemError) {
        var event = epoll_event()
        event.events = mask
        event.data.u64 = token
        guard epoll_ctl(epoll, operation, descriptor, &event) == 0 else { throw .last("epoll_ctl", "descriptor \(descriptor)") }
    }

    public func wait(until deadline: Instant?, _ ready: (UInt64, Readiness) -> Void) {
        var timeout: Int32 = -1
        if let deadline {
            if deadline <= now {
                timeout = 0
            } else if armed.map({ deadline < $0 }) ?? true {
                arm(deadline)
            }
        }
        let count = epoll_wait(epoll, events, Int32(Self.capacity), timeout)
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = events[index]
            switch event.data.u64 {
            case Self.timerToken: armed = nil
            case Self.wakeToken: break
            case let token: ready(token, Readiness(events: event.events))
            }
        }
    }

    private func arm(_ deadline: Instant) {
        var time = itimerspec()
        time.it_value.tv_sec = time_t(deadline.nanoseconds / 1_000_000_000)
        time.it_value.tv_nsec = Int(deadline.nanoseconds % 1_000_000_000)
        timerfd_settime(timer, Int32(TFD_TIMER_ABSTIME), &time, nil)
        armed = deadline
    }

    public func wake() {
        _ = eventfd_write(wakeUp, 1)
    }
}

extension Readiness {
    fileprivate var events: UInt32 {
        (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
    }

    fileprivate init(events: UInt32) {
        let broken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
        self = []
        if broken || events & EPOLLIN.rawValue != 0 { insert(.readable) }
        if broken || events & EPOLLOUT.rawValue != 0 { insert(.writable) }
    }
}
