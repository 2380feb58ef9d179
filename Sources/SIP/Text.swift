/// `text` between quotes, with what must be escaped in them escaped.
func quoted(_ text: String) -> String {
    var result = "\""
    for character in text.unicodeScalars where character != "\r" && character != "\n" {
        if character == "\"" || character == "\\" { result += "\\" }
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
