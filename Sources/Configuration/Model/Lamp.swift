import Base

extension HouseConfiguration {
    /// A lamp, and how it shows each state of the house.
    public struct Lamp: Sendable, Equatable {
        /// Name of an output.
        public var line: String
        public var idle = LampPattern.off
        public var calling = LampPattern.fastBlink
        public var ringing = LampPattern.slowBlink
        public var talking = LampPattern.on
        public var busy = LampPattern.flash
        public var refused = LampPattern.doubleFlash
        public var noAnswer = LampPattern.tripleFlash
        public var fault = LampPattern.slowFlash

        public init(line: String) {
            self.line = line
        }
    }
}

/// Light and dark in turn: steady, or steps that start over when the last one is through.
public enum LampPattern: Sendable, Equatable {
    case steady(Bool)
    /// At least one step; every step longer than zero.
    case steps([Step])

    public struct Step: Sendable, Equatable {
        public var isLit: Bool
        public var duration: Duration

        public init(isLit: Bool, duration: Duration) {
            self.isLit = isLit
            self.duration = duration
        }

        static func on(_ milliseconds: Int) -> Step { Step(isLit: true, duration: .milliseconds(milliseconds)) }
        static func off(_ milliseconds: Int) -> Step { Step(isLit: false, duration: .milliseconds(milliseconds)) }
    }

    public static let off = LampPattern.steady(false)
    public static let on = LampPattern.steady(true)
    public static let slowBlink = LampPattern.steps([.on(500), .off(500)])
    public static let fastBlink = LampPattern.steps([.on(125), .off(125)])
    public static let flash = LampPattern.steps([.on(100), .off(900)])
    public static let doubleFlash = LampPattern.steps([.on(100), .off(150), .on(100), .off(650)])
    public static let tripleFlash = LampPattern.steps([.on(100), .off(150), .on(100), .off(150), .on(100), .off(400)])
    public static let slowFlash = LampPattern.steps([.on(100), .off(2900)])

    /// The names that a configuration may use, in the order that people are told them.
    static let named: [(name: String, pattern: LampPattern)] = [
        ("off", .off), ("on", .on), ("slow blink", .slowBlink), ("fast blink", .fastBlink), ("flash", .flash),
        ("double flash", .doubleFlash), ("triple flash", .tripleFlash), ("slow flash", .slowFlash),
    ]
}
