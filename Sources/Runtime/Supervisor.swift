import Base

/// Starts services and starts them again when they throw. Belongs to the Loop's thread.
///
/// Errors only: a trap or a hang ends the process, and systemd starts it again.
public final class Supervisor: @unchecked Sendable {
    private let loop: Loop
    private let log: Log
    private let policy: RestartPolicy
    private var services: [SupervisedService] = []

    public init(on loop: Loop, log: Log, policy: RestartPolicy = RestartPolicy()) {
        self.loop = loop
        self.log = log
        self.policy = policy
    }

    /// Starts a service. `start` throws when it cannot run; `stop` closes what it opened, also when `start` threw half-way.
    @discardableResult
    public func supervise(
        _ name: String, start: @escaping @Sendable () throws -> Void, stop: @escaping @Sendable () -> Void
    ) -> SupervisedService {
        let service = SupervisedService(name: name, loop: loop, log: log, policy: policy, start: start, stop: stop)
        services.append(service)
        service.start()
        return service
    }

    /// Whether every service runs; the watchdog asks.
    public var allRun: Bool { services.allSatisfy(\.isRunning) }

    /// Stops all, the last started first.
    public func stop() {
        for service in services.reversed() { service.stop() }
        services = []
    }
}

/// One service under supervision; whoever notices that it failed says so by `fail`. Belongs to the Loop's thread.
public final class SupervisedService: @unchecked Sendable {
    public let name: String
    private let loop: Loop
    private let log: Log
    private let alarm: Alarm
    private var supervision: Supervision
    private let startBody: @Sendable () throws -> Void
    private let stopBody: @Sendable () -> Void

    init(
        name: String, loop: Loop, log: Log, policy: RestartPolicy, start: @escaping @Sendable () throws -> Void,
        stop: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.loop = loop
        self.log = log
        startBody = start
        stopBody = stop
        supervision = Supervision(policy: policy)
        alarm = Alarm(on: loop)
        alarm.handler = { [weak self] in
            guard let self else { return }
            perform(supervision.wake(at: self.loop.now))
        }
    }

    public var state: Supervision.State { supervision.state }

    public var isRunning: Bool { if case .running = supervision.state { true } else { false } }

    /// Failures in a row.
    public var failures: Int { supervision.failures }

    func start() { perform(supervision.start(at: loop.now)) }

    func stop() { perform(supervision.stop()) }

    /// The running service cannot go on: it is stopped, and started again after the delay.
    public func fail(_ error: any Error) {
        let outputs = supervision.failed(at: loop.now)
        guard !outputs.isEmpty else { return }
        let delay = supervision.nextDeadline.map { $0 - loop.now } ?? .zero
        log.error("service-failed", ["service": name, "error": "\(error)", "failures": failures, "retry": "\(delay)"])
        perform(outputs)
    }

    private func perform(_ outputs: [Supervision.Output]) {
        alarm.set(at: supervision.nextDeadline)
        for output in outputs {
            switch output {
            case .start:
                do {
                    try startBody()
                    if failures > 0 { log.notice("service-restarted", ["service": name, "failures": failures]) }
                } catch {
                    fail(error)
                }
            case .stop: stopBody()
            }
        }
    }
}
