import Base
import SIP

/// A key in the body of an INFO, as phones have sent it since before RFC 4733.
///
///     application/dtmf-relay          application/dtmf
///     Signal=5                        5
///     Duration=160
struct InfoDigit: Equatable {
    /// One of 0-9 * # A-D.
    var digit: Character
    var duration: Duration

    /// What we take when the peer says nothing of use.
    static let usualDuration = Duration.milliseconds(160)

    init(_ digit: Character, duration: Duration = Self.usualDuration) {
        self.digit = digit
        self.duration = duration
    }

    /// `nil` when the body names no key. Separators `=` and `:`, any case, and RFC 4733's numbers 10 to 15 are understood.
    init?(body: [UInt8]) {
        guard body.count <= 1024 else { return nil }
        let lines = body.split { $0 == 0x0A || $0 == 0x0D }.map { String(decoding: $0, as: UTF8.self).trimmed }
        var digit: Character?
        var duration = Self.usualDuration
        for (index, line) in lines.enumerated() {
            if let separator = line.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                let value = String(line[line.index(after: separator)...]).trimmed
                switch String(line[..<separator]).trimmed.lowercased() {
                case "signal": digit = Self.key(value)
                case "duration": duration = Self.milliseconds(value) ?? duration
                default: break
                }
            } else if index == 0 {
                digit = Self.key(line)
            }
        }
        guard let digit else { return nil }
        self.init(digit, duration: duration)
    }

    private static func key(_ text: String) -> Character? {
        let text = text.uppercased()
        if text.count == 1, let key = text.first, "0123456789*#ABCD".contains(key) { return key }
        return ["10": "*", "11": "#", "12": "A", "13": "B", "14": "C", "15": "D"][text]
    }

    private static func milliseconds(_ text: String) -> Duration? {
        guard let number = Int(text), (1...10_000).contains(number) else { return nil }
        return .milliseconds(number)
    }

    var body: [UInt8] { Array("Signal=\(digit)\r\nDuration=\(duration.milliseconds)\r\n".utf8) }
    static let contentType = "application/dtmf-relay"
}
