/// A descriptor that the Loop looks after; `cancel` before the descriptor is closed. Belongs to the Loop's thread.
public final class Watch: @unchecked Sendable {
    public let descriptor: Int32
    public private(set) var interest: Readiness
    private let loop: Loop
    let handler: @Sendable (Readiness) -> Void
    /// Slot and generation in the Loop's table; `nil` once cancelled.
    var token: UInt64?

    init(descriptor: Int32, interest: Readiness, loop: Loop, handler: @escaping @Sendable (Readiness) -> Void) {
        self.descriptor = descriptor
        self.interest = interest
        self.loop = loop
        self.handler = handler
    }

    /// Waits for something else from now on.
    public func setInterest(_ interest: Readiness) {
        guard let token, interest != self.interest else { return }
        self.interest = interest
        // The reactor knows the descriptor, so that only a lack of memory can refuse.
        try? loop.reactor.modify(descriptor, interest, token: token)
    }

    public func cancel() {
        loop.cancel(self)
    }
}
