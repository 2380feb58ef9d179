/// Splits `a;b=c;d="e;f"` at the semicolons, or at another character, that stand outside quotes and angle brackets.
struct HeaderParts: Sequence, IteratorProtocol {
    private var rest: Substring.UnicodeScalarView
    private let separator: Unicode.Scalar

    init(_ value: some StringProtocol, at separator: Unicode.Scalar = ";") {
        rest = Substring(value).unicodeScalars
        self.separator = separator
    }

    /// The values of a header that may hold several in one line, divided by commas (RFC 3261 §7.3.1).
    static func list(_ value: String) -> [String] { Array(HeaderParts(value, at: ",")) }

    /// The next part, trimmed; empty parts are passed over.
    mutating func next() -> String? {
        while !rest.isEmpty {
            var quoted = false
            var escaped = false
            var depth = 0
            let end =
                rest.firstIndex { scalar in
                    if escaped {
                        escaped = false
                    } else if quoted, scalar == "\\" {
                        escaped = true
                    } else if scalar == "\"" {
                        quoted.toggle()
                    } else if !quoted, scalar == "<" {
                        depth += 1
                    } else if !quoted, scalar == ">" {
                        depth -= 1
                    } else {
                        return scalar == separator && !quoted && depth <= 0
                    }
                    return false
                } ?? rest.endIndex
            let part = String(rest[..<end]).trimmed
            rest = end == rest.endIndex ? rest[end...] : rest[rest.index(after: end)...]
            if !part.isEmpty { return part }
        }
        return nil
    }

    /// `name=value` with the name in lower case and the value without its quotes.
    static func pair(_ part: String) -> (name: String, value: String)? {
        guard let equals = part.firstIndex(of: "=") else { return nil }
        var value = String(part[part.index(after: equals)...]).trimmed
        if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
        return (String(part[..<equals]).trimmed.lowercased(), value)
    }
}
