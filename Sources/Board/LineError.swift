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
        let place =
            switch self.place {
            case .name(let name)?: " '\(name)'"
            case .offset(let offset)?: " \(offset)"
            case nil: ""
            }
        let chip = chip.map { " on GPIO chip '\($0)'" } ?? ""
        let why =
            switch reason {
            case .noChips(let code): "no GPIO chip can be opened: \(errorText(code))"
            case .chipNotFound: "there is no GPIO chip of this name or label"
            case .chipNotOpened(let code): "the GPIO chip cannot be opened: \(errorText(code))"
            case .lineNotFound: self.chip == nil ? "no GPIO chip has a line of this name" : "the GPIO chip has no such line"
            case .busy(let consumer): "held by \(consumer.isEmpty ? "another program" : "'\(consumer)'")"
            case .refused(let code): "the kernel refused: \(errorText(code))"
            case .unknown: "no such line is configured"
            case .notAnOutput: "not an output"
            case .notAnInput: "not an input"
            case .duplicate: "configured twice"
            }
        return "line \(line) (line\(place)\(chip)): \(why)"
    }
}
