import Base

/// Invented time and readiness: waiting moves the clock to the deadline at once, so hours pass in milliseconds.
///
/// Descriptors are numbers from `makeDescriptor`, ready when a test says so.
public final class VirtualReactor: Reactor, @unchecked Sendable {
    public private(set) var now: Instant
    private var sources: [Int32: Source] = [:]
    private var lastDescriptor: Int32 = -1
    private var idleWaits = 0

    private struct Source {
        var interest: Readiness
        var ready: Readiness = []
        var token: UInt64?
    }

    public init(now: Instant = Instant()) {
        self.now = now
    }

    /// A descriptor that no kernel knows.
    public func makeDescriptor() -> Int32 {
        lastDescriptor -= 1
        sources[lastDescriptor] = Source(interest: [])
        return lastDescriptor
    }

    /// What the descriptor is ready for, until told otherwise.
    public func setReadiness(_ descriptor: Int32, _ readiness: Readiness) {
        sources[descriptor]?.ready = readiness
    }

    public func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try modify(descriptor, interest, token: token)
    }

    public func modify(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        guard sources[descriptor] != nil else {
            throw SystemError("watch in virtual time", "descriptor \(descriptor)", code: SystemError.badDescriptor)
        }
        sources[descriptor]?.interest = interest
        sources[descriptor]?.token = token
    }

    public func remove(_ descriptor: Int32) {
        sources[descriptor]?.token = nil
    }

    public func wait(until deadline: Instant?, _ ready: (UInt64, Readiness) -> Void) {
        var told = false
        // Older descriptors first: the order is the same on every run.
        for descriptor in sources.keys.sorted(by: >) {
            guard let source = sources[descriptor], let token = source.token else { continue }
            let readiness = source.ready.intersection(source.interest)
            guard !readiness.isEmpty else { continue }
            told = true
            ready(token, readiness)
        }
        guard !told, let deadline, deadline > now else {
            idleWaits += 1
            precondition(idleWaits < 10_000_000, "virtual time stands still at \(now): an alarm is set for now again and again")
            return
        }
        idleWaits = 0
        now = deadline
    }

    public func wake() {}
}
