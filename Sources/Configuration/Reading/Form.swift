import Base

/// What a value must look like: how to read it, and how to tell people.
struct Form<Value> {
    var expected: String
    var read: (TOMLNode) -> Value?

    init(_ expected: String, _ read: @escaping (TOMLNode) -> Value?) {
        self.expected = expected
        self.read = read
    }

    /// A form for texts.
    static func text(_ expected: String, _ read: @escaping (String) -> Value?) -> Form {
        Form(expected) { node in
            guard case .text(let text) = node.kind else { return nil }
            return read(text)
        }
    }
}

extension Form where Value == String {
    static var anyText: Form { .text("a text") { $0 } }

    /// A text without control characters, which could break a header or a log line.
    static var text: Form {
        .text("a text that is not empty, of printable characters") { text in
            text.isEmpty || text.unicodeScalars.contains { $0.value < 32 || $0.value == 127 } ? nil : text
        }
    }
}

extension Form where Value == Bool {
    static var boolean: Form {
        Form("true or false") { node in
            guard case .boolean(let value) = node.kind else { return nil }
            return value
        }
    }
}

extension Form where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Form {
        Form("a whole number from \(range.lowerBound) to \(range.upperBound)") { node in
            guard case .integer(let value) = node.kind, let value = Int(exactly: value), range.contains(value) else { return nil }
            return value
        }
    }
}

extension Form where Value == Double {
    static func decibels(_ range: ClosedRange<Double>) -> Form {
        let bounds = "\(Int(range.lowerBound)) to \(Int(range.upperBound))"
        return Form("a number of decibels such as 6 or \"6dB\", from \(bounds)") { node in
            let value: Double
            switch node.kind {
            case .integer(let number): value = Double(number)
            case .number(let number): value = number
            case .text(let text):
                guard text.hasSuffix("dB") else { return nil }
                var digits = text.dropLast(2)
                if digits.last == " " { digits.removeLast() }
                guard let number = Double(digits) else { return nil }
                value = number
            default: return nil
            }
            return value.isFinite && range.contains(value) ? value : nil
        }
    }
}

extension Form where Value == Duration {
    static func duration(_ lowest: String, _ highest: String) -> Form {
        let range = (Duration(text: lowest) ?? .zero)...(Duration(text: highest) ?? .zero)
        return .text("a duration such as \"20ms\", \"3s\", \"10m\" or \"1h\", from \(lowest) to \(highest)") { text in
            guard let duration = Duration(text: text), range.contains(duration) else { return nil }
            return duration
        }
    }
}

extension Form where Value == IPAddress {
    static var address: Form { .text("an IPv4 or IPv6 address") { IPAddress($0) } }
}

extension Form where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static var oneOf: Form {
        .text(alternatives(Value.allCases.map(\.rawValue))) { Value(rawValue: $0) }
    }
}

/// The words in quotes with commas and an `or`.
func alternatives(_ words: [String]) -> String {
    let quoted = words.map { "\"\($0)\"" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
}

extension Duration {
    /// Reads a whole number with its unit: `20ms`, `3s`, `10m`, `1h`.
    init?(text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.utf8.count), let count = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        default: return nil
        }
    }
}
