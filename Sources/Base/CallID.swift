/// Names one call inside the daemon, whatever protocol carries it; the same number names its voice leg.
///
/// Calls the house places and calls that come in are numbered apart, so that both sides may number without asking.
public struct CallID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Odd for calls that the house placed, even for calls that came in.
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static func outgoing(_ number: UInt32) -> CallID { CallID(rawValue: number << 1 | 1) }
    public static func incoming(_ number: UInt32) -> CallID { CallID(rawValue: number << 1) }

    public var isOutgoing: Bool { rawValue & 1 == 1 }

    public static func < (left: CallID, right: CallID) -> Bool { left.rawValue < right.rawValue }

    public var description: String { (isOutgoing ? "out-" : "in-") + String(rawValue >> 1) }
}
