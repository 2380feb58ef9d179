/// Why a line cannot be used: which line, where it was looked for, and what stood in the way.
public struct LineError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Reason: Equatable, Sendable {
        /// No GPIO chip is there, or none may be opened; the errno that the last one gave.
        case noChips(code: Int32)
        case chipNotFound
        case chipNotOpened(code: Int32)
        case lineNotFound
        /// Another program, or the kernel itself, holds the line.
        case busy(consumer: String)
        case refused(code: Int32)
        /// The PWM chip has so many channels, and not this one.
        case channelNotFound(count: Int)
        /// The kernel's files of a PWM channel are there, and not ours to write.
        case notPermitted(path: String)
        /// The house has no line of this name.
        case unknown
        case notAnOutput
        case notAnInput
        /// Two lines of the house have the same name.
        case duplicate
    }

    public var line: String
    public var chip: String?
    public var place: LineSettings.Place?
    public var reason: Reason

    public init(line: String, chip: String? = nil, place: LineSettings.Place? = nil, reason: Reason) {
        self.line = line
        self.chip = chip
        self.place = place
        self.reason = reason
    }

    public var description: String {
        var kind = "GPIO"
        let place =
            switch self.place {
            case .name(let name)?: "line '\(name)'"
            case .offset(let offset)?: "line \(offset)"
            case .pwm(let channel)?: "channel \(channel)"
            case nil: "line"
            }
        if case .pwm? = self.place { kind = "PWM" }
        let chip = chip.map { " on \(kind) chip '\($0)'" } ?? ""
        let why =
            switch reason {
            case .noChips(let code): "no \(kind) chip can be opened: \(errorText(code))"
            case .chipNotFound: "there is no \(kind) chip of this name or \(kind == "PWM" ? "device" : "label")"
            case .chipNotOpened(let code): "the GPIO chip cannot be opened: \(errorText(code))"
            case .lineNotFound: self.chip == nil ? "no GPIO chip has a line of this name" : "the GPIO chip has no such line"
            case .busy(let consumer): "held by \(consumer.isEmpty ? "another program" : "'\(consumer)'")"
            case .refused(let code): "the kernel refused: \(errorText(code))"
            case .channelNotFound(let count): "the PWM chip has \(count) \(count == 1 ? "channel" : "channels"), counted from 0"
            case .notPermitted(let path): "no permission to write \(path); a udev rule gives it to the group gpio"
            case .unknown: "no such line is configured"
            case .notAnOutput: "not an output"
            case .notAnInput: "not an input"
            case .duplicate: "configured twice"
            }
        return "line \(line) (\(place)\(chip)): \(why)"
    }
}
