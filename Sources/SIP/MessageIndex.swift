/// One header value of a message, read: a whole line, or one of the values that a line parts by commas.
struct Field: Sendable {
    enum Content: Sendable {
        /// Not of a kind that is read, or one that cannot be: its text stands in the message.
        case text
        case via(ViaSpans)
        case address(AddressSpans)
        case number(UInt32)
        case mediaType(MediaTypeSpans)
        case credentials(CredentialSpans)
        /// A list of so many tokens.
        case tokens(UInt16)
    }

    var kind: HeaderName
    /// Whether it is the first value of its line; the others have the same name and line.
    var isFirst: Bool
    var name: Span
    /// All that stands behind the colon, without white space at its ends; may hold folds.
    var line: Span
    var content: Content
}

/// What a message holds and where: made in one pass over its bytes, RFC 3261 §7.
///
/// Start line, Via, From, To, Call-ID and CSeq must be there and well-formed, or nobody could answer; another header
/// that cannot be read counts as absent.
struct MessageIndex: Sendable {
    enum StartLine: Sendable {
        case request(Method, URISpans)
        case response(status: UInt16, reason: Span)
    }

    private(set) var startLine: StartLine
    /// In their order.
    private(set) var fields: [Field] = []
    private(set) var topVia: ViaSpans
    private(set) var from: AddressSpans
    private(set) var to: AddressSpans
    private(set) var callID: Span
    private(set) var cseq: CSeq
    private(set) var body: Range<Int>

    static let maximumFields = 256

    init(_ cursor: inout Cursor) throws(ParseError) {
        // Keep-alive line ends before a message are skipped (RFC 3261 §7.5).
        while cursor.next == 0x0D || cursor.next == 0x0A { cursor.offset &+= 1 }
        startLine = try Self.startLine(&cursor)
        var reader = FieldReader(cursor)
        // A header takes about fifty bytes.
        fields.reserveCapacity(min(max(cursor.limit / 48, 8), 64))
        while try reader.line(into: &fields) {}
        guard let topVia = reader.topVia else { throw reader.lacks("a Via header") }
        guard let from = reader.from else { throw reader.lacks("a From header") }
        guard let to = reader.to else { throw reader.lacks("a To header") }
        guard let callID = reader.callID else { throw reader.lacks("a Call-ID header") }
        guard let cseq = reader.cseq else { throw reader.lacks("a CSeq header") }
        if case .request(let method, _) = startLine, method != cseq.method {
            throw ParseError(reader.cseqMethod, expected: "\(method) in CSeq, as in the start line")
        }
        self.topVia = topVia
        self.from = from
        self.to = to
        self.callID = callID
        self.cseq = cseq
        body = try reader.body()
    }

    @inline(__always)
    private static func startLine(_ cursor: inout Cursor) throws(ParseError) -> StartLine {
        guard !cursor.isAtEnd else { throw cursor.fail("a start line") }
        let (end, next) = try cursor.lineEnd("the end of the start line", from: cursor.offset)
        var line = cursor.part(cursor.offset, end)
        cursor.offset = next
        return line.isVersion(at: line.offset) && line.end &- line.offset > 7 && line[line.offset &+ 7] == 0x20
            ? try response(&line) : try request(&line)
    }

    @inline(__always)
    private static func response(_ line: inout Cursor) throws(ParseError) -> StartLine {
        line.offset &+= 7
        line.skipSpace()
        let start = line.offset
        let digits = line.span(of: .digit)
        var number = line.part(digits)
        guard digits.count == 3, let status = try? number.number(), (100...699).contains(status) else {
            throw line.part(start, line.end).fail("a status of 100 to 699")
        }
        guard line.isAtEnd || line.next == 0x20 else { throw line.fail("a space behind the status") }
        line.skipSpace()
        return .response(status: UInt16(status), reason: Span(line.offset, line.end))
    }

    @inline(__always)
    private static func request(_ line: inout Cursor) throws(ParseError) -> StartLine {
        let start = line.offset
        let name = line.span(of: .token)
        guard !name.isEmpty, line.next == 0x20 else {
            throw line.part(start, line.end).fail("a method or SIP/2.0")
        }
        line.offset &+= 1
        let uri = try line.uri()
        // RFC 3261 §19.1.1: what a request URI's headers would say, the request says itself.
        guard uri.headers.isEmpty, line.next == 0x20 else { throw line.fail("a space behind the request URI") }
        line.offset &+= 1
        guard line.end &- line.offset == 7, line.isVersion(at: line.offset) else { throw line.fail("SIP/2.0") }
        return .request(Method(line, start, start &+ name.count), uri)
    }
}

extension Cursor {
    @inline(__always)
    fileprivate func isVersion(at start: Int) -> Bool {
        end &- start >= 7 && lowercasedWord(start, count: 7) == ("sip/2.0" as StaticString).word
    }
}
