import Base

/// The lines of a board: buttons and contacts to read, lamps and relays to drive. Used on the Loop's thread only.
///
/// Behind this port stand the kernel's GPIO lines and PWM channels (`GPIOLines`), and a board of variables (`SimulatedLines`).
public protocol Lines: AnyObject, Sendable {
    /// Tells the edges of inputs from now on.
    func onEdge(_ handler: @escaping @Sendable (LineEdge) -> Void)

    /// Requests one line more; an output comes up inactive.
    func add(_ line: LineSettings) throws(LineError)

    /// Brings an output back to inactive, and gives the line back. One that is not there is none.
    func remove(_ line: String)

    /// Makes an output inactive (0) or active; a PWM channel is active by that many percent, others are by any above 0.
    func set(_ line: String, level: Int) throws(LineError)

    /// Tells the edges that have come and were not told yet, in the order of their times.
    func readEdges()

    /// What the line is right now, active-low taken into account.
    func isActive(_ line: String) throws(LineError) -> Bool

    /// Removes all lines, and tells nothing more.
    func close()
}

extension Lines {
    public func set(_ line: String, active: Bool) throws(LineError) { try set(line, level: active ? 100 : 0) }
}

/// A change of an input, with the kernel's time of it.
public struct LineEdge: Sendable, Equatable {
    public var line: String
    public var active: Bool
    public var time: Instant
    /// The kernel has debounced the line, and `time` is when the level had stood for long enough.
    public var isDebounced: Bool

    public init(line: String, active: Bool, time: Instant, isDebounced: Bool = false) {
        self.line = line
        self.active = active
        self.time = time
        self.isDebounced = isDebounced
    }
}

/// One line of the board: where it is and how it is wired.
public struct LineSettings: Sendable, Equatable {
    /// Its name in the house.
    public var name: String
    /// Path, name or label of the GPIO chip; `nil` searches all chips for the line's name. Of a PWM channel the name of the chip
    /// (`pwmchip0`) or of its device (`fe20c000.pwm`).
    public var chip: String?
    public var place: Place
    public var direction: Direction
    public var bias: Bias
    /// Active means the low voltage: a button to ground, a relay board with inverted inputs.
    public var isActiveLow: Bool
    public var drive: Drive
    /// Wanted of the kernel; where it cannot, edges come raw.
    public var kernelDebounce: Duration?
    /// Of a PWM channel, in Hz.
    public var frequency: Int

    public enum Place: Sendable, Equatable {
        /// The kernel's name of the line, such as `GPIO17`.
        case name(String)
        /// The line's number on its chip.
        case offset(UInt32)
        /// A channel of a PWM chip.
        case pwm(UInt32)
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
        drive: Drive = .pushPull, kernelDebounce: Duration? = nil, frequency: Int = 1000
    ) {
        self.name = name
        self.chip = chip
        self.place = place
        self.direction = direction
        self.bias = bias
        self.isActiveLow = isActiveLow
        self.drive = drive
        self.kernelDebounce = kernelDebounce
        self.frequency = frequency
    }
}
