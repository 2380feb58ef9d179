import Base

extension HouseConfiguration {
    /// A lamp, and how it shows each state of the house.
    public struct Lamp: Sendable, Equatable {
        public var outputs: Outputs
        public var idle = LampPattern.off
        public var calling = LampPattern.fastBlink
        public var ringing = LampPattern.slowBlink
        public var talking = LampPattern.on
        public var busy = LampPattern.flash
        public var refused = LampPattern.doubleFlash
        public var noAnswer = LampPattern.tripleFlash
        public var fault = LampPattern.slowFlash
        public var alarm = LampPattern.flicker

        /// Names of outputs.
        public enum Outputs: Sendable, Equatable {
            case one(String)
            case colours(red: String, green: String, blue: String)
        }

        public init(line: String) {
            outputs = .one(line)
        }

        public init(red: String, green: String, blue: String) {
            outputs = .colours(red: red, green: green, blue: blue)
        }
    }
}

/// How bright a lamp's colours are, each in percent as people see it; all the same on a lamp of one line.
public struct Light: Sendable, Equatable {
    public var red: Int
    public var green: Int
    public var blue: Int

    public init(_ red: Int, _ green: Int, _ blue: Int) {
        (self.red, self.green, self.blue) = (red, green, blue)
    }

    public static let off = Light(0, 0, 0)
    public static let on = Light(100, 100, 100)

    public var isLit: Bool { self != .off }
    public var isColoured: Bool { red != green || green != blue }
    public var levels: [Int] { [red, green, blue] }

    /// The same colour, only so bright.
    func dimmed(to percent: Int) -> Light { Light(red * percent / 100, green * percent / 100, blue * percent / 100) }

    /// The names that a configuration may use, in the order that people are told them.
    static let named: [(name: String, light: Light)] = [
        ("red", Light(100, 0, 0)), ("green", Light(0, 100, 0)), ("blue", Light(0, 0, 100)), ("yellow", Light(100, 100, 0)),
        ("cyan", Light(0, 100, 100)), ("magenta", Light(100, 0, 100)), ("white", Light(100, 100, 100)),
        // Between red and yellow; only where green can be dimmed.
        ("orange", Light(100, 60, 0)),
    ]
}

/// Light and dark in turn: steady, or steps that start over when the last one is through.
public enum LampPattern: Sendable, Equatable {
    case steady(Light)
    /// At least one step; every step longer than zero.
    case steps([Step])

    public struct Step: Sendable, Equatable {
        public var light: Light
        public var duration: Duration

        public init(_ light: Light, duration: Duration) {
            self.light = light
            self.duration = duration
        }

        static func on(_ milliseconds: Int) -> Step { Step(.on, duration: .milliseconds(milliseconds)) }
        static func off(_ milliseconds: Int) -> Step { Step(.off, duration: .milliseconds(milliseconds)) }
    }

    public static let off = LampPattern.steady(.off)
    public static let on = LampPattern.steady(.on)
    public static let slowBlink = LampPattern.steps([.on(500), .off(500)])
    public static let fastBlink = LampPattern.steps([.on(125), .off(125)])
    public static let flash = LampPattern.steps([.on(100), .off(900)])
    public static let doubleFlash = LampPattern.steps([.on(100), .off(150), .on(100), .off(650)])
    public static let tripleFlash = LampPattern.steps([.on(100), .off(150), .on(100), .off(150), .on(100), .off(400)])
    public static let slowFlash = LampPattern.steps([.on(100), .off(2900)])
    public static let flicker = LampPattern.steps([.on(50), .off(50)])

    /// The names that a configuration may use, in the order that people are told them.
    static let named: [(name: String, pattern: LampPattern)] = [
        ("off", .off), ("on", .on), ("slow blink", .slowBlink), ("fast blink", .fastBlink), ("flash", .flash),
        ("double flash", .doubleFlash), ("triple flash", .tripleFlash), ("slow flash", .slowFlash),
        ("flicker", .flicker),
    ]

    /// Every light that is ever shown.
    public var lights: [Light] {
        switch self {
        case .steady(let light): [light]
        case .steps(let steps): steps.map(\.light)
        }
    }

    /// The same with that light where it is lit.
    func lit(by light: Light) -> LampPattern {
        switch self {
        case .steady(let own): .steady(own.isLit ? light : own)
        case .steps(let steps): .steps(steps.map { Step($0.light.isLit ? light : $0.light, duration: $0.duration) })
        }
    }
}
