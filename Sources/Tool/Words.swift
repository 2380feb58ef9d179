import JSON

/// JSON values as people read them.
enum Words {
    /// One value on one line. Names and display names come from strangers: what could steer a terminal is shown, not sent.
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "-"
        case .bool(let value): value ? "yes" : "no"
        case .integer(let value): String(value)
        case .number(let value): number(value)
        case .string(let value): value.isEmpty ? "-" : harmless(value)
        case .array(let values): values.isEmpty ? "none" : values.map(text).joined(separator: ", ")
        case .object(let object): object.map { "\(harmless($0.name))=\(text($0.value))" }.joined(separator: " ")
        }
    }

    /// At most three digits after the point.
    static func number(_ value: Double) -> String {
        guard abs(value) < 1e12 else { return value.description }
        let thousandths = Int64((value * 1_000).rounded())
        let (whole, rest) = (abs(thousandths) / 1_000, abs(thousandths) % 1_000)
        var fraction = String(String(1_000 + rest).dropFirst())
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return (thousandths < 0 ? "-" : "") + String(whole) + (fraction.isEmpty ? "" : "." + fraction)
    }

    static func harmless(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
