/// Where the start line, the headers and the body of a message lie: RFC 3261 §7.3.1.
struct MessageLines {
    var startLine: Range<Int>
    var fields: [Message.Field] = []
    var bodyStart: Int

    init(_ bytes: [UInt8]) throws(ParseError) {
        guard bytes.count <= Message.maximumSize else {
            throw ParseError(Message.maximumSize, expected: "the end of the message")
        }
        var offset = 0
        // Keep-alive line ends before a message are skipped (RFC 3261 §7.5).
        while offset < bytes.count, bytes[offset] == 0x0D || bytes[offset] == 0x0A { offset += 1 }
        guard let first = Self.line(bytes, &offset), !first.isEmpty else { throw ParseError(offset, expected: "a start line") }
        startLine = first
        var seen: UInt64 = 0
        while true {
            let lineStart = offset
            guard var line = Self.line(bytes, &offset) else {
                throw ParseError(lineStart, expected: "an empty line behind the headers")
            }
            if line.isEmpty { break }
            // A line that begins with white space goes on with the one before.
            while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 {
                guard let more = Self.line(bytes, &offset) else {
                    throw ParseError(offset, expected: "an empty line behind the headers")
                }
                line = line.lowerBound..<more.upperBound
            }
            let field = try Self.field(bytes, line)
            if field.kind.isSingle {
                guard seen & (1 << UInt64(field.kind.rawValue)) == 0 else {
                    throw ParseError(line.lowerBound, expected: "one \(field.kind.text) header only")
                }
                seen |= 1 << UInt64(field.kind.rawValue)
            }
            guard fields.count < Message.maximumFields else {
                throw ParseError(line.lowerBound, expected: "at most \(Message.maximumFields) headers")
            }
            fields.append(field)
        }
        bodyStart = offset
    }

    /// The next line without its end; LF alone ends a line too. `nil` where no line end comes.
    private static func line(_ bytes: [UInt8], _ offset: inout Int) -> Range<Int>? {
        let start = offset
        guard let end = bytes[start...].firstIndex(of: 0x0A) else { return nil }
        offset = end + 1
        return start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
    }

    private static func field(_ bytes: [UInt8], _ line: Range<Int>) throws(ParseError) -> Message.Field {
        guard let colon = bytes[line].firstIndex(of: 0x3A) else {
            throw ParseError(line.lowerBound, expected: "a header's name and a colon")
        }
        var nameEnd = colon
        while nameEnd > line.lowerBound, bytes[nameEnd - 1] == 0x20 || bytes[nameEnd - 1] == 0x09 { nameEnd -= 1 }
        let name = line.lowerBound..<nameEnd
        guard !name.isEmpty, bytes[name].allSatisfy(Scanner.isToken) else {
            throw ParseError(line.lowerBound, expected: "a header's name")
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, Scanner.isSpace(bytes[start]) { start += 1 }
        while end > start, Scanner.isSpace(bytes[end - 1]) { end -= 1 }
        let kind = bytes[name].withUnsafeBufferPointer { HeaderName($0) }
        return Message.Field(kind: kind, name: name, value: start..<end)
    }
}
