/// Reads the texts of RFC 3261 §25 off borrowed bytes and makes spans of them: no copy, no String.
///
/// It holds a pointer, so it lives only as long as the bytes are borrowed.
struct Cursor {
    let base: UnsafeRawPointer
    /// How many bytes there are, whatever part of them is being read.
    let limit: Int
    var offset: Int
    var end: Int

    /// All of `bytes`, which must not be more than a span can say.
    @inline(__always)
    init(_ base: UnsafeRawPointer, count: Int) {
        self.base = base
        limit = count
        offset = 0
        end = count
    }

    /// The same bytes, from `offset` to `end`.
    @inline(__always)
    func part(_ offset: Int, _ end: Int) -> Cursor {
        var part = self
        part.offset = offset
        part.end = end
        return part
    }

    @inline(__always)
    func part(_ span: Span) -> Cursor { part(Int(span.start), Int(span.end)) }

    @inline(__always) var isAtEnd: Bool { offset >= end }

    /// The byte at hand; 0 at the end, which no grammar here looks for.
    @inline(__always) var next: UInt8 { offset < end ? self[offset] : 0 }

    @inline(__always)
    subscript(index: Int) -> UInt8 { base.load(fromByteOffset: index, as: UInt8.self) }

    @inline(never)
    func fail(_ expected: StaticString) -> ParseError { ParseError(offset, expected: "\(expected)") }

    @inline(__always)
    mutating func span(of set: ByteSet) -> Span {
        let start = offset
        while offset < end, set.contains(self[offset]) { offset &+= 1 }
        return Span(start, offset)
    }

    @inline(__always)
    mutating func skipSpace() {
        while offset < end, ByteSet.space.contains(self[offset]) { offset &+= 1 }
    }

    /// White space, `byte`, white space; or nothing, and then it stands where it stood.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        if next == byte {
            offset &+= 1
        } else {
            let start = offset
            skipSpace()
            guard next == byte else {
                offset = start
                return false
            }
            offset &+= 1
        }
        skipSpace()
        return true
    }

    @inline(__always)
    mutating func token(_ expected: StaticString) throws(ParseError) -> Span {
        let span = span(of: .token)
        guard !span.isEmpty else { throw fail(expected) }
        return span
    }

    /// What stands in a quoted string, escapes and all; the cursor stands on the opening quote.
    @inline(__always)
    mutating func quotedString() throws(ParseError) -> Span {
        let start = offset &+ 1
        offset = start
        while offset < end {
            let byte = self[offset]
            offset &+= 1
            if byte == UInt8(ascii: "\"") { return Span(start, offset &- 1) }
            // A line end cannot be escaped (RFC 3261 §25, quoted-pair).
            if byte == UInt8(ascii: "\\"), offset < end, self[offset] != 0x0D, self[offset] != 0x0A { offset &+= 1 }
        }
        offset = start &- 1
        throw fail("a closing quote")
    }

    @inline(__always)
    mutating func number() throws(ParseError) -> UInt32 {
        let start = offset
        var value: UInt64 = 0
        while offset < end, ByteSet.digit.contains(self[offset]) {
            value = min(value &* 10 &+ UInt64(self[offset] &- 0x30), 1 << 32)
            offset &+= 1
        }
        guard offset > start, let number = UInt32(exactly: value) else {
            offset = start
            throw fail("a number below 2^32")
        }
        return number
    }

    @inline(__always)
    mutating func port() throws(ParseError) -> UInt16 {
        let start = offset
        guard let number = try? number(), let port = UInt16(exactly: number) else {
            offset = start
            throw fail("a port")
        }
        return port
    }

    /// Where `byte` stands next, eight bytes at a time; `nil` where it does not.
    @inline(__always)
    func index(of byte: UInt8, from start: Int) -> Int? {
        var index = start
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        while index &+ 8 <= end {
            let difference = base.loadUnaligned(fromByteOffset: index, as: UInt64.self) ^ pattern
            let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
            if zeros != 0 { return index &+ UInt64(littleEndian: zeros).trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < end {
            if self[index] == byte { return index }
            index &+= 1
        }
        return nil
    }

    /// Where a byte below 0x20 stands next, eight bytes at a time; `nil` where none does.
    @inline(__always)
    func indexOfControl(from start: Int) -> Int? {
        var index = start
        while index &+ 8 <= end {
            let bytes = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            // The lowest mark is right; a borrow may set wrong ones above it only.
            let marks = (bytes &- 0x2020_2020_2020_2020) & ~bytes & 0x8080_8080_8080_8080
            if marks != 0 { return index &+ marks.trailingZeroBitCount &>> 3 }
            index &+= 8
        }
        while index < end {
            if self[index] < 0x20 { return index }
            index &+= 1
        }
        return nil
    }

    /// Where the line that the cursor stands in ends, by LF or CRLF. What another reader could take for the end of a line
    /// or of the text must not stand in it: CR alone, and control bytes that no backslash escapes.
    @inline(__always)
    func lineEnd(_ expected: StaticString, from start: Int) throws(ParseError) -> (end: Int, next: Int) {
        var index = start
        while let control = indexOfControl(from: index) {
            let byte = self[control]
            if byte == 0x0A { return (control, control &+ 1) }
            if byte == 0x0D, control &+ 1 < end, self[control &+ 1] == 0x0A { return (control, control &+ 2) }
            guard byte == 0x09 || byte != 0x0D && control > offset && self[control &- 1] == UInt8(ascii: "\\") else {
                throw part(control, end).fail(byte == 0x0D ? "a line feed behind CR" : "no control byte in a line")
            }
            index = control &+ 1
        }
        throw fail(expected)
    }
}

// MARK: - Comparing with names

extension Cursor {
    /// The first bytes of a span as a number, at most eight of them, the first one lowest.
    @inline(__always)
    func word(_ start: Int, count: Int) -> UInt64 {
        let mask = count < 8 ? (1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1 : UInt64.max
        if start &+ 8 <= limit {
            return UInt64(littleEndian: base.loadUnaligned(fromByteOffset: start, as: UInt64.self)) & mask
        }
        var word: UInt64 = 0
        for index in 0..<min(count, 8) { word |= UInt64(self[start &+ index]) &<< UInt64(index &* 8) }
        return word
    }

    /// The same, letters in lower case. Other bytes change too, but none into a letter, a digit or a hyphen of a token.
    @inline(__always)
    func lowercasedWord(_ start: Int, count: Int) -> UInt64 {
        let mask = count < 8 ? (1 &<< (UInt64(truncatingIfNeeded: count) &* 8)) &- 1 : UInt64.max
        return word(start, count: count) | 0x2020_2020_2020_2020 & mask
    }

    /// Whether the span, a token, is this name of letters, digits, dots and hyphens, in any case of letters.
    @inline(__always)
    func matches(_ span: Span, _ name: StaticString) -> Bool {
        guard span.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<span.count
        where self[Int(span.start) &+ index] | 0x20 != name.utf8Start[index] | 0x20 { return false }
        return true
    }
}

extension StaticString {
    /// The first bytes as a number, at most eight of them, the first one lowest.
    @inline(__always) var word: UInt64 {
        var word: UInt64 = 0
        for index in 0..<min(utf8CodeUnitCount, 8) { word |= UInt64(utf8Start[index]) &<< UInt64(index &* 8) }
        return word
    }
}

// MARK: - Making texts

extension Cursor {
    func text(_ span: Span) -> String { text(Int(span.start), Int(span.end)) }

    func text(_ start: Int, _ end: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base + start, count: end - start), as: UTF8.self)
    }

    func lowercasedText(_ span: Span) -> String {
        let bytes = UnsafeRawBufferPointer(start: base + Int(span.start), count: span.count)
        return String(decoding: bytes.lazy.map(lowercased), as: UTF8.self)
    }

    /// What a quoted string says: its escapes undone, and each fold of the line one space.
    func unquotedText(_ span: Span) -> String {
        let bytes = UnsafeRawBufferPointer(start: base + Int(span.start), count: span.count)
        guard bytes.contains(where: { $0 == UInt8(ascii: "\\") || $0 == 0x0D || $0 == 0x0A }) else { return text(span) }
        var content: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                content.append(byte)
                isEscaped = false
            }
        }
        return unfolded(content)
    }

    /// A header's value as one line.
    func unfoldedText(_ span: Span) -> String {
        unfolded(UnsafeRawBufferPointer(start: base + Int(span.start), count: span.count))
    }
}

/// Each line end with the white space behind it as one space: RFC 3261 §7.3.1.
private func unfolded(_ bytes: some Collection<UInt8>) -> String {
    guard bytes.contains(where: { $0 == 0x0D || $0 == 0x0A }) else { return String(decoding: bytes, as: UTF8.self) }
    var result: [UInt8] = []
    var isFold = false
    for byte in bytes {
        if byte == 0x0D || byte == 0x0A {
            isFold = true
        } else if !isFold || !ByteSet.space.contains(byte) {
            if isFold { result.append(0x20) }
            isFold = false
            result.append(byte)
        }
    }
    return String(decoding: result, as: UTF8.self)
}

extension String {
    /// Has the text's bytes read by a cursor; fails where they are more than a message can hold.
    func read<Value>(_ body: (inout Cursor) throws(ParseError) -> Value) throws(ParseError) -> Value {
        let bytes = Array(utf8)
        guard bytes.count <= Message.maximumSize else {
            throw ParseError(Message.maximumSize, expected: "the end of the text")
        }
        return try bytes.read(body)
    }
}

extension [UInt8] {
    /// Has the bytes read by a cursor; they must be no more than a message can hold.
    @inline(__always)
    func read<Value>(_ body: (inout Cursor) throws(ParseError) -> Value) throws(ParseError) -> Value {
        // As a Result, because the library of Swift 6.0 does not let a typed error through.
        let result = withUnsafeBufferPointer { buffer -> Result<Value, ParseError> in
            // An empty array may lend no address; any does, because nothing is read.
            guard let base = buffer.baseAddress else { return .failure(ParseError(0, expected: "a text")) }
            var cursor = Cursor(base, count: buffer.count)
            do throws(ParseError) { return .success(try body(&cursor)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
