import Base

/// Something to do at a point in time: set it, set it anew or set it to `nil` as often as you like; it goes off once.
///
/// Belongs to the Loop's thread. The Loop holds it while it is set. Alarms of one deadline go off in the order of setting.
public final class Alarm: @unchecked Sendable {
    private let loop: Loop
    /// What to do; runs on the Loop's thread, outside any actor: enter one by `assumeIsolated`.
    public var handler: (@Sendable () -> Void)?

    public internal(set) var deadline: Instant?
    /// Place in the heap, -1 when not set; and the order of setting.
    var place = -1
    var sequence: UInt64 = 0

    public init(on loop: Loop, handler: (@Sendable () -> Void)? = nil) {
        self.loop = loop
        self.handler = handler
    }

    /// Goes off at `deadline` instead of whenever it was set for; a deadline in the past means as soon as possible.
    public func set(at deadline: Instant?) {
        guard deadline != self.deadline else { return }
        loop.set(self, at: deadline)
    }

    /// Goes off after `delay` from now.
    public func set(after delay: Duration) {
        set(at: loop.now + delay)
    }
}
