import Base

extension HouseConfiguration {
    /// What the lines are on: the kernel's GPIO chips, or variables that the tool presses.
    public struct Board: Sendable, Equatable {
        public enum Kind: String, Sendable, Equatable, CaseIterable { case gpio, simulated }

        public var kind = Kind.gpio
        /// Label, name or path of the chip for lines that name none; `nil` finds lines by their names on all chips.
        public var chip: String?

        public init() {}
    }

    /// One line of the board: where it is and how it is wired.
    public struct Line: Sendable, Equatable {
        public enum Direction: String, Sendable, Equatable, CaseIterable { case input, output }

        public enum Place: Sendable, Equatable {
            /// The kernel's name of the line, such as `GPIO17`.
            case name(String)
            /// The line's number on its chip.
            case offset(UInt32)
            /// A channel of a PWM chip, for outputs that can be dimmed.
            case pwm(UInt32)
        }

        public enum Pull: String, Sendable, Equatable, CaseIterable { case up, down, none }

        public var direction: Direction
        public var place: Place
        /// The board's chip unless it names its own; of a PWM channel its PWM chip.
        public var chip: String?
        /// `nil` leaves the pull as the kernel has it.
        public var pull: Pull?
        /// Active means the low voltage: a button to ground, a relay board with inverted inputs.
        public var isActiveLow = false
        /// How long an input keeps its level before it counts; both edges.
        public var debounce: Duration = .milliseconds(20)
        /// The kernel debounces, where it can.
        public var isDebouncedByKernel = false
        /// Of a PWM channel, in Hz. Too fast for eyes even when they move, and slow enough for every LED driver.
        public var frequency = 1000

        public init(direction: Direction, place: Place) {
            self.direction = direction
            self.place = place
        }

        public var isPWM: Bool { if case .pwm = place { true } else { false } }
    }

    /// Names of the lines that only one of the two has, or that are elsewhere or wired in another way.
    public func otherLines(than other: HouseConfiguration) -> Set<String> {
        let names = Set(lines.keys).union(other.lines.keys)
        return board == other.board ? names.filter { lines[$0] != other.lines[$0] } : names
    }
}
