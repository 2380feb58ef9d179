/// Hosts as URIs and Via name them: RFC 3261 §25 `host`, with the address forms of RFC 5954.
extension Cursor {
    /// A name or an IPv4 address, or an IPv6 address in brackets.
    @inline(__always)
    mutating func host(_ expected: StaticString) throws(ParseError) -> Span {
        guard next == UInt8(ascii: "[") else {
            let host = span(of: .host)
            guard !host.isEmpty else { throw fail(expected) }
            if ByteSet.digit.contains(self[offset &- 1]), !isNameOrIPv4(host) {
                throw part(host).fail("four numbers up to 255, or a name")
            }
            return host
        }
        let start = offset
        offset &+= 1
        let address = span(of: .reference)
        guard next == UInt8(ascii: "]") else { throw fail("] behind an IPv6 address") }
        guard isIPv6(address) else { throw part(address).fail("an IPv6 address") }
        offset &+= 1
        return Span(start, offset)
    }

    /// A host whose last label is a number is an IPv4 address, or none: some readers take `2130706433` or `127.1` for one.
    private func isNameOrIPv4(_ host: Span) -> Bool {
        var index = Int(host.end)
        while index > Int(host.start), ByteSet.digit.contains(self[index &- 1]) { index &-= 1 }
        guard index == Int(host.start) || self[index &- 1] == UInt8(ascii: ".") else { return true }
        return isIPv4(Int(host.start), Int(host.end))
    }

    private func isIPv4(_ start: Int, _ end: Int) -> Bool {
        var parts = 0
        var index = start
        while index < end {
            var digits = 0
            var value = 0
            while index < end, ByteSet.digit.contains(self[index]), digits < 4 {
                value = value &* 10 &+ Int(self[index] &- 0x30)
                digits &+= 1
                index &+= 1
            }
            parts &+= 1
            guard (1...3).contains(digits), value < 256, parts <= 4 else { return false }
            guard index < end else { break }
            guard self[index] == UInt8(ascii: "."), index &+ 1 < end else { return false }
            index &+= 1
        }
        return parts == 4
    }

    /// Eight groups of up to four digits, of which `::` stands for one or more; the last two may be written as IPv4.
    ///
    /// Three colons before the IPv4 part are those of RFC 3261's own grammar (RFC 5118 §4.10).
    private func isIPv6(_ span: Span) -> Bool {
        let end = Int(span.end)
        var index = Int(span.start)
        var groups = 0
        var isCompressed = false
        guard end &- index >= 2 else { return false }
        if self[index] == UInt8(ascii: ":") {
            guard self[index &+ 1] == UInt8(ascii: ":") else { return false }
        }
        while index < end {
            let start = index
            while index < end, ByteSet.hexadecimal.contains(self[index]) { index &+= 1 }
            if index < end, self[index] == UInt8(ascii: ".") {
                return isIPv4(start, end) && (isCompressed ? groups <= 5 : groups == 6)
            }
            if index > start {
                groups &+= 1
                guard index &- start <= 4, groups <= 8 else { return false }
                guard index < end else { break }
            }
            // A colon is next, or two.
            index &+= 1
            if index < end, self[index] == UInt8(ascii: ":") {
                guard !isCompressed else { return false }
                isCompressed = true
                index &+= 1
                if index < end, self[index] == UInt8(ascii: ":") {
                    return groups <= 5 && isIPv4(index &+ 1, end)
                }
                if index == end { break }
            } else if index == end || index &- start == 1 {
                return false
            }
        }
        return isCompressed ? groups <= 7 : groups == 8
    }

    /// The host's text; the third colon of an address, which means nothing, left out.
    func hostText(_ span: Span) -> String {
        guard !span.isEmpty, self[Int(span.start)] == UInt8(ascii: "[") else { return text(span) }
        var bytes: [UInt8] = []
        for index in Int(span.start)..<Int(span.end) {
            let byte = self[index]
            if byte == UInt8(ascii: ":"), bytes.suffix(2) == [byte, byte] { continue }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
