/// Reads the texts of RFC 3261 §25 off bytes: tokens, quoted strings, white space.
struct Scanner {
    let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
        self.bytes = bytes
        offset = range?.lowerBound ?? 0
        end = range?.upperBound ?? bytes.count
    }

    init(_ text: String) {
        self.init(Array(text.utf8))
    }

    var isAtEnd: Bool { offset >= end }
    var next: UInt8? { offset < end ? bytes[offset] : nil }

    func fail(_ expected: String) -> ParseError { ParseError(offset, expected: expected) }

    mutating func advance() { offset += 1 }

    mutating func skipSpace() {
        while offset < end, Self.isSpace(bytes[offset]) { offset += 1 }
    }

    /// White space, `byte`, white space.
    mutating func take(_ byte: UInt8) -> Bool {
        let start = offset
        skipSpace()
        guard next == byte else {
            offset = start
            return false
        }
        offset += 1
        skipSpace()
        return true
    }

    mutating func span(while matches: (UInt8) -> Bool) -> Range<Int> {
        let start = offset
        while offset < end, matches(bytes[offset]) { offset += 1 }
        return start..<offset
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    mutating func token(_ expected: String) throws(ParseError) -> String {
        let range = span(while: Self.isToken)
        guard !range.isEmpty else { throw fail(expected) }
        return text(range)
    }

    /// A quoted string, its escapes undone; the cursor stands on the opening quote.
    mutating func quotedString() throws(ParseError) -> String {
        let start = offset
        offset += 1
        var content: [UInt8] = []
        while offset < end {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: content, as: UTF8.self) }
            if byte == UInt8(ascii: "\\"), offset < end {
                content.append(bytes[offset])
                offset += 1
            } else {
                content.append(byte)
            }
        }
        throw ParseError(start, expected: "a closing quote")
    }

    mutating func number() throws(ParseError) -> UInt32 {
        let range = span(while: Self.isDigit)
        guard !range.isEmpty, let value = UInt32(text(range)) else {
            throw ParseError(range.lowerBound, expected: "a number below 2^32")
        }
        return value
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A
    }

    /// token = 1*(alphanum / "-" / "." / "!" / "%" / "*" / "_" / "+" / "`" / "'" / "~")
    static func isToken(_ byte: UInt8) -> Bool {
        if isAlphanumeric(byte) { return true }
        switch byte {
        case 0x2D, 0x2E, 0x21, 0x25, 0x2A, 0x5F, 0x2B, 0x60, 0x27, 0x7E: return true
        default: return false
        }
    }

    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy(isToken) }
}

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
