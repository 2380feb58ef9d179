import Base

/// What a descriptor is waited for, or is ready for. Errors and hang-ups are told as both, so that the next call meets them.
public struct Readiness: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let readable = Readiness(rawValue: 1)
    public static let writable = Readiness(rawValue: 2)
}

/// Time and readiness: the kernel's on the board, invented ones in tests. All but `wake` is for the Loop's thread.
public protocol Reactor: AnyObject {
    var now: Instant { get }

    /// Tells of `descriptor` by `token` from now on, for as long as it is ready (level-triggered).
    func add(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError)
    func modify(_ descriptor: Int32, _ interest: Readiness, token: UInt64) throws(SystemError)
    func remove(_ descriptor: Int32)

    /// Returns when something was ready and told, when `deadline` passed, or after `wake`; `nil` waits for ever.
    func wait(until deadline: Instant?, _ ready: (_ token: UInt64, Readiness) -> Void)

    /// Ends the present or the next `wait`; from any thread.
    func wake()
}
