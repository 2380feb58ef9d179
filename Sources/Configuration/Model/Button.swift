import Base

extension HouseConfiguration {
    /// A button, and what its presses do.
    public struct Button: Sendable, Equatable {
        /// Name of an input.
        public var line: String
        public var short: Action?
        /// With an action for two presses in a row, the short one acts when no second one has come.
        public var double: Action?
        /// With an action for a long press, the short one acts when the button is let go.
        public var long: Action?
        /// From when it was let go to when it is pressed again, at most. GTK's default, between Android's 300 ms and the 500 ms of
        /// Windows.
        public var doublePress: Duration = .milliseconds(400)
        public var longPress: Duration = .seconds(1)
        /// The lamp that shows this button's calls.
        public var lamp: String?

        public init(line: String) {
            self.line = line
        }
    }

    /// Buttons that are held down together, and what that does.
    public struct Chord: Sendable, Equatable {
        /// Names of two or more buttons.
        public var buttons: [String]
        public var action: Action
        /// All must go down within this time. The same as for both hands at a machine's two-hand control (ISO 13851).
        public var within: Duration = .milliseconds(500)
        /// How long all must be held.
        public var hold: Duration = .seconds(2)

        public init(buttons: [String], action: Action) {
            self.buttons = buttons
            self.action = action
        }
    }

    public enum Action: Sendable, Equatable {
        case call(Target)
        case hangUp
        /// Operates a door's lock, for whoever presses.
        case open(door: String)
        /// Operates an output.
        case output(String)
    }

    /// Whom a call goes to.
    public enum Target: Sendable, Equatable {
        case entry(String)
        case uri(String, account: String?)
    }
}
