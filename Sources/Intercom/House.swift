import Base
import Configuration

/// The house's behaviour as one value: what a press, a call, a key code or a new configuration does.
public struct House: Sendable {
    private var configuration: HouseConfiguration

    public init(configuration: HouseConfiguration, at now: Instant) {
        self.configuration = configuration
    }

    /// Tells what happened; the effects are to be performed in their order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] { [] }

    /// Lets time pass; call it when `nextDeadline` has come.
    public mutating func wake(at now: Instant) -> [Effect] { [] }

    public var nextDeadline: Instant? { nil }

    public func snapshot(at now: Instant) -> HouseSnapshot { HouseSnapshot() }
}
