/// Every Content-Length of a head, in both its forms and over folds; `nil` for one that is no number of bytes.
struct ContentLengths {
    private(set) var values: [Int?] = []

    /// `head` begins with the start line and ends with the empty line.
    init(_ head: ArraySlice<UInt8>) {
        var rest = head
        var value: [UInt8]?
        var isStartLine = true
        while let lineFeed = rest.firstIndex(of: 0x0A) {
            let line = rest[rest.startIndex..<lineFeed]
            rest = rest[(lineFeed + 1)...]
            if isStartLine {
                isStartLine = false
            } else if line.first == 0x20 || line.first == 0x09 {
                value?.append(0x20)
                value?.append(contentsOf: line)
            } else {
                finish(value)
                value = Self.value(of: line)
            }
        }
        finish(value)
    }

    /// What stands behind the colon, when the line is a Content-Length.
    private static func value(of line: ArraySlice<UInt8>) -> [UInt8]? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var name = line[line.startIndex..<colon]
        while name.last == 0x20 || name.last == 0x09 { name.removeLast() }
        guard name.count == 1 || name.count == 14 else { return nil }
        let lower = name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        guard lower == [UInt8(ascii: "l")] || lower == Array("content-length".utf8) else { return nil }
        return Array(line[(colon + 1)...])
    }

    private mutating func finish(_ value: [UInt8]?) {
        guard let value else { return }
        let isSpace = { (byte: UInt8) in ByteSet.space.contains(byte) }
        guard let first = value.firstIndex(where: { !isSpace($0) }), let last = value.lastIndex(where: { !isSpace($0) }) else {
            values.append(nil)
            return
        }
        let digits = value[first...last]
        guard digits.count <= 10, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            values.append(nil)
            return
        }
        values.append(digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }
}
