import Base

extension HouseConfiguration {
    /// A relay or switch: a light, a gate, a gong, or the lock of a door. Inactive when the daemon starts and when it ends.
    public struct Output: Sendable, Equatable {
        /// What it does when it is asked for.
        public enum Mode: String, Sendable, Equatable, CaseIterable {
            /// Active for a time.
            case pulse
            /// Active as long as somebody asks for it; asked by what has no length, such as a key code, it pulses.
            case hold
            /// Active until it is asked for again.
            case latch
        }

        /// Name of an output line.
        public var line: String
        public var mode = Mode.pulse
        public var pulse: Duration = .seconds(3)
        /// The longest that one button, contact or command holds it.
        public var holdLimit: Duration = .seconds(60)
        /// Those of its kind (doors, or outputs) that it is never active beside, nor they beside it.
        public var interlock: [String] = []

        public init(line: String) {
            self.line = line
        }
    }
}
