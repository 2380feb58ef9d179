import Base

/// When a failed service is started again: after a growing, bounded delay that is forgotten once it has been healthy for a while.
public struct RestartPolicy: Sendable, Equatable {
    public var firstDelay: Duration
    public var growth: Int
    public var longestDelay: Duration
    /// Running this long without failing, the next failure counts as the first.
    public var healthyAfter: Duration

    public init(
        firstDelay: Duration = .milliseconds(200), growth: Int = 2, longestDelay: Duration = .seconds(30),
        healthyAfter: Duration = .seconds(60)
    ) {
        self.firstDelay = firstDelay
        self.growth = growth
        self.longestDelay = longestDelay
        self.healthyAfter = healthyAfter
    }

    /// The delay after the `failures`th failure in a row, counted from 1.
    public func delay(after failures: Int) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(1, failures) where delay < longestDelay { delay = delay * growth }
        return min(delay, longestDelay)
    }
}

/// The life of one supervised service.
public struct Supervision: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// Not wanted.
        case stopped
        case running(since: Instant)
        /// It failed; it is started again at `until`.
        case waiting(until: Instant)
    }

    public enum Output: Sendable, Equatable {
        case start
        /// Bring down what the failed or unwanted service left open.
        case stop
    }

    public private(set) var state = State.stopped
    /// Failures in a row.
    public private(set) var failures = 0
    public let policy: RestartPolicy

    public init(policy: RestartPolicy = RestartPolicy()) {
        self.policy = policy
    }

    public var nextDeadline: Instant? { if case .waiting(let until) = state { until } else { nil } }

    public mutating func start(at now: Instant) -> [Output] {
        guard state == .stopped else { return [] }
        state = .running(since: now)
        return [.start]
    }

    /// The service threw, at its start or later.
    public mutating func failed(at now: Instant) -> [Output] {
        guard case .running(let since) = state else { return [] }
        if now - since >= policy.healthyAfter { failures = 0 }
        failures += 1
        state = .waiting(until: now + policy.delay(after: failures))
        return [.stop]
    }

    public mutating func wake(at now: Instant) -> [Output] {
        guard case .waiting(let until) = state, until <= now else { return [] }
        state = .running(since: now)
        return [.start]
    }

    public mutating func stop() -> [Output] {
        defer {
            state = .stopped
            failures = 0
        }
        if case .running = state { return [.stop] }
        return []
    }
}
