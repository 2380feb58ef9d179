/// `text` with what is not in `plain` as `%` and two hexadecimal digits: RFC 3261 §19.1.2.
func escaped(_ text: String, except plain: ByteSet) -> String {
    guard !text.utf8.allSatisfy(plain.contains) else { return text }
    let digits = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
        if plain.contains(byte) {
            result.append(byte)
        } else {
            result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}

/// `text` with its escapes undone, once; what is no escape stays.
func unescaped(_ text: String) -> String {
    text.utf8.contains(UInt8(ascii: "%")) ? String(decoding: unescapedBytes(text), as: UTF8.self) : text
}

func unescapedBytes(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexadecimal(bytes[index + 1]),
            let low = hexadecimal(bytes[index + 2])
        {
            result.append(high << 4 | low)
            index += 3
        } else {
            result.append(bytes[index])
            index += 1
        }
    }
    return result
}

private func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
}

/// `text` between quotes, with what must be escaped in them escaped: quotes, backslashes, and control bytes.
func quoted(_ text: String) -> String {
    var result = "\""
    for character in text.unicodeScalars where character != "\r" && character != "\n" {
        let isControl = character.value < 0x20 && character != "\t" || character.value == 0x7F
        if character == "\"" || character == "\\" || isControl { result += "\\" }
        result.unicodeScalars.append(character)
    }
    return result + "\""
}

/// Whether two texts are the same but for the case of ASCII letters.
func isSame(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    left.utf8.count == right.utf8.count
        && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
}

func lowercased(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

extension StringProtocol {
    /// Without spaces, tabs and line ends around it.
    package var trimmed: String {
        let blank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
        let bytes = Array(utf8)
        guard let first = bytes.firstIndex(where: { !blank($0) }), let last = bytes.lastIndex(where: { !blank($0) }) else {
            return ""
        }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

extension String {
    /// Seconds in digits, a number beyond 2^32 counting as the largest (RFC 4475 §3.1.2.4); `nil` for what is no number.
    public var deltaSeconds: UInt32? {
        guard !isEmpty, utf8.allSatisfy(ByteSet.digit.contains) else { return nil }
        return UInt32(self) ?? .max
    }
}
