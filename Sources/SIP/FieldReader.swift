/// Reads a message's header lines one after the other, and keeps those that no message may lack: RFC 3261 §7.3.
struct FieldReader {
    private var cursor: Cursor
    private var seen: UInt32 = 0
    private var contentLength: UInt32?

    private(set) var topVia: ViaSpans?
    private(set) var from: AddressSpans?
    private(set) var to: AddressSpans?
    private(set) var callID: Span?
    private(set) var cseq: CSeq?
    /// Where CSeq's method stands.
    private(set) var cseqMethod = 0

    /// The cursor stands behind the start line.
    @inline(__always)
    init(_ cursor: Cursor) {
        self.cursor = cursor
    }

    /// Reads the next line; `false` when it was the empty one that ends the headers.
    @inline(__always)
    mutating func line(into fields: inout [Field]) throws(ParseError) -> Bool {
        if isEmptyLine() { return false }
        let start = cursor.offset
        let name = cursor.span(of: .token)
        while cursor.next == 0x20 || cursor.next == 0x09 { cursor.offset &+= 1 }
        guard cursor.next == UInt8(ascii: ":") else {
            cursor.offset = start
            throw cursor.fail(
                cursor.index(of: 0x0A, from: start) == nil
                    ? "an empty line behind the headers" : "a header's name and a colon")
        }
        guard !name.isEmpty else { throw cursor.fail("a header's name") }
        let kind = HeaderName(cursor, start, Int(name.end))
        if kind.isSingle {
            let bit: UInt32 = 1 &<< UInt32(kind.rawValue)
            guard seen & bit == 0 else {
                throw ParseError(start, expected: "one \(kind.text) header only")
            }
            seen |= bit
        }
        cursor.offset &+= 1
        var value = try self.value()
        let line = Span(value.offset, value.end)
        var isFirst = true
        repeat {
            guard fields.count < MessageIndex.maximumFields else {
                throw ParseError(start, expected: "at most \(MessageIndex.maximumFields) headers")
            }
            let content = try content(kind, &value)
            fields.append(Field(kind: kind, isFirst: isFirst, name: name, line: line, content: content))
            isFirst = false
        } while value.offset < value.end
        return true
    }

    /// Whether the empty line is next; goes over it.
    @inline(__always)
    private mutating func isEmptyLine() -> Bool {
        var offset = cursor.offset
        if cursor.next == 0x0D { offset &+= 1 }
        guard offset < cursor.end, cursor[offset] == 0x0A else { return false }
        cursor.offset = offset &+ 1
        return true
    }

    /// What stands behind the colon, without white space at its ends, lines that begin with white space included.
    @inline(__always)
    private mutating func value() throws(ParseError) -> Cursor {
        var start = cursor.offset
        var end: Int
        repeat {
            (end, cursor.offset) = try cursor.lineEnd("an empty line behind the headers", from: cursor.offset)
        } while cursor.next == 0x20 || cursor.next == 0x09
        while start < end, ByteSet.space.contains(cursor[start]) { start &+= 1 }
        while end > start, ByteSet.space.contains(cursor[end &- 1]) { end &-= 1 }
        return cursor.part(start, end)
    }

    /// Reads the next of the line's values. Without some there is no message; others are text where they cannot be read.
    @inline(__always)
    private mutating func content(_ kind: HeaderName, _ value: inout Cursor) throws(ParseError) -> Field.Content {
        switch kind {
        case .other, .accept, .userAgent, .alertInfo, .callInfo, .reason:
            value.offset = value.end
            return .text
        case .via:
            let via = try value.via()
            guard value.isAtEnd || value.take(UInt8(ascii: ",")) && !value.isAtEnd else {
                throw value.fail("a comma or the end of the Via")
            }
            if topVia == nil { topVia = via }
            return .via(via)
        case .from:
            let address = try value.address()
            guard value.isAtEnd else { throw value.fail("the end of the address") }
            from = address
            return .address(address)
        case .to:
            let address = try value.address()
            guard value.isAtEnd else { throw value.fail("the end of the address") }
            to = address
            return .address(address)
        case .callID:
            callID = value.span(of: .visible)
            guard value.isAtEnd, callID?.isEmpty == false else { throw value.fail("a Call-ID of one word") }
            return .text
        case .cseq:
            let number = try value.number()
            guard ByteSet.space.contains(value.next) else { throw value.fail("white space behind the CSeq number") }
            value.skipSpace()
            let method = try value.token("the CSeq method")
            cseqMethod = Int(method.start)
            guard value.isAtEnd else { throw value.fail("the end of the CSeq") }
            cseq = CSeq(number: number, method: Method(value, Int(method.start), Int(method.end)))
            return .text
        case .contentLength:
            guard let length = try? value.number(), value.isAtEnd else { throw value.fail("a Content-Length in digits") }
            contentLength = length
            return .number(length)
        case .require, .recordRoute:
            // Left out, they would make us do what the sender forbids, and send to where it cannot be reached.
            return try value.optionalContent(kind)
        default:
            if let content = try? value.optionalContent(kind) { return content }
            value.offset = value.end
            return .text
        }
    }

    /// An error for what should have stood before the empty line.
    func lacks(_ header: String) -> ParseError { ParseError(cursor.offset, expected: header) }

    /// Where the body lies, once all lines are read: RFC 3261 §18.3 cuts a longer one, a shorter one is an error.
    func body() throws(ParseError) -> Range<Int> {
        let available = cursor.end - cursor.offset
        guard let contentLength else { return cursor.offset..<cursor.end }
        guard contentLength <= available else {
            throw ParseError(cursor.end, expected: "\(contentLength) bytes of body, as Content-Length says")
        }
        return cursor.offset..<cursor.offset + Int(contentLength)
    }
}

extension Cursor {
    /// Reads the next value of a header that a message may lack.
    @inline(__always)
    fileprivate mutating func optionalContent(_ kind: HeaderName) throws(ParseError) -> Field.Content {
        switch kind {
        case .contact, .route, .recordRoute:
            let address = try address()
            guard isAtEnd || take(UInt8(ascii: ",")) else { throw fail("a comma or the end of the addresses") }
            return .address(address)
        case .maxForwards, .expires, .minExpires, .retryAfter:
            let number = try number()
            // A comment or parameters may follow; nothing here reads them.
            offset = end
            return .number(number)
        case .contentType:
            let type = try mediaType()
            offset = end
            return .mediaType(type)
        case .wwwAuthenticate, .proxyAuthenticate, .authorization, .proxyAuthorization:
            let credentials = try credentials()
            offset = end
            return .credentials(credentials)
        case .require, .supported, .allow, .unsupported, .proxyRequire:
            return .tokens(try tokens())
        default:
            offset = end
            return .text
        }
    }

    /// How many tokens stand there, parted by commas.
    @inline(__always)
    private mutating func tokens() throws(ParseError) -> UInt16 {
        var count: UInt16 = 0
        repeat {
            if !span(of: .token).isEmpty { count &+= 1 }
        } while take(UInt8(ascii: ","))
        guard isAtEnd else { throw fail("a comma or the end of the tokens") }
        return count
    }
}
