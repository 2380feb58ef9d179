import Base

/// The lines of a board: buttons and contacts to read, lamps and relays to drive. Used on the Loop's thread only.
///
/// Behind this port stand the kernel's GPIO lines (`GPIOLines`) and a board of variables (`SimulatedLines`).
public protocol Lines: AnyObject, Sendable {
    /// Requests all lines or none; outputs come up inactive. Edges of inputs are told from then on, raw.
    func open(_ lines: [LineSettings], onEdge: @escaping @Sendable (LineEdge) -> Void) throws(LineError)

    /// Makes an output active or inactive.
    func set(_ line: String, active: Bool) throws(LineError)

    /// What the line is right now, active-low taken into account.
    func isActive(_ line: String) throws(LineError) -> Bool

    /// Brings every output back to inactive and gives all lines back; `open` may follow.
    func close()
}

/// A change of an input, with the kernel's time of it.
public struct LineEdge: Sendable, Equatable {
    public var line: String
    public var active: Bool
    public var time: Instant

    public init(line: String, active: Bool, time: Instant) {
        self.line = line
        self.active = active
        self.time = time
    }
}

/// One line of the board: where it is and how it is wired.
public struct LineSettings: Sendable, Equatable {
    /// Its name in the house.
    public var name: String
    /// Path, name or label of the GPIO chip; `nil` searches all chips for the line's name.
    public var chip: String?
    public var place: Place
    public var direction: Direction
    public var bias: Bias
    /// Active means the low voltage: a button to ground, a relay board with inverted inputs.
    public var isActiveLow: Bool
    public var drive: Drive

    public enum Place: Sendable, Equatable {
        /// The kernel's name of the line, such as `GPIO17`.
        case name(String)
        /// The line's number on its chip.
        case offset(UInt32)
    }

    public enum Direction: Sendable, Equatable { case input, output }

    public enum Bias: String, Sendable, Equatable, CaseIterable {
        case asIs = "as-is"
        case disabled
        case pullUp = "pull-up"
        case pullDown = "pull-down"
    }

    public enum Drive: String, Sendable, Equatable, CaseIterable {
        case pushPull = "push-pull"
        case openDrain = "open-drain"
        case openSource = "open-source"
    }

    public init(
        name: String, chip: String? = nil, place: Place, direction: Direction, bias: Bias = .asIs, isActiveLow: Bool = false,
        drive: Drive = .pushPull
    ) {
        self.name = name
        self.chip = chip
        self.place = place
        self.direction = direction
        self.bias = bias
        self.isActiveLow = isActiveLow
        self.drive = drive
    }
}
