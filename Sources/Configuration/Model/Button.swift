import Base

extension HouseConfiguration {
    /// A button, and what its presses do.
    public struct Button: Sendable, Equatable {
        /// Name of an input.
        public var line: String
        public var short: Action?
        /// With an action for a long press, the short one acts when the button is let go.
        public var long: Action?
        public var longPress: Duration = .seconds(1)
        /// The lamp that shows this button's calls.
        public var lamp: String?

        public init(line: String) {
            self.line = line
        }
    }

    public enum Action: Sendable, Equatable {
        case call(Target)
        case hangUp
    }

    /// Whom a call goes to.
    public enum Target: Sendable, Equatable {
        case entry(String)
        case uri(String, account: String?)
    }
}
