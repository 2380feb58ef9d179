/// Cuts a byte stream into SIP messages by their Content-Length: RFC 3261 §18.3.
///
/// ```
///  ┌──────────────────── head ────────────────────┬── body ──┐
///  start line ⏎ header ⏎ … Content-Length: n ⏎ ⏎  n bytes    start line ⏎ …   or ⏎ between messages: keep-alive
/// ```
/// It reads no more of a message than it must to find its end, and sees lines and folds as the parser does, so that both
/// agree on where a message ends. Once a stream cannot be cut, nobody knows where the next message begins: it stays refused.
public struct StreamFramer: Sendable {
    public struct Limits: Sendable, Equatable {
        /// Start line and headers, in bytes.
        public var head = 16_384
        /// The whole of a message, in bytes.
        public var message = 65_535

        public init() {}
    }

    public enum Piece: Sendable, Equatable {
        case message([UInt8])
        /// CRLF between messages: half a ping, or a pong (RFC 5626 §3.5.1).
        case lineEnd
    }

    private let limits: Limits
    private var buffer: [UInt8] = []
    /// Where the bytes begin that are no part of a piece yet.
    private var start = 0
    /// Where the line at hand begins, and from where its end is still to be looked for.
    private var line = 0
    private var search = 0
    /// Where the message ends, once its head is whole.
    private var end: Int?
    /// How many bytes of the stream went before `buffer`.
    private var passed = 0
    private var failure: FramingError?

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Whether a message has begun that is not whole.
    public var isInMessage: Bool { start < buffer.count && failure == nil }

    /// Takes what came; `next` tells the pieces.
    public mutating func append(_ bytes: some Collection<UInt8>) {
        guard failure == nil else { return }
        buffer.append(contentsOf: bytes)
    }

    /// The next piece, `nil` until more bytes have come; throws for good when the stream cannot be cut.
    public mutating func next() throws(FramingError) -> Piece? {
        if let failure { throw failure }
        do throws(FramingError) {
            if start == line, search == start, let piece = try between() { return piece }
            guard let end = try messageEnd(), end <= buffer.count else {
                compact()
                return nil
            }
            let message = Array(buffer[start..<end])
            begin(at: end)
            return .message(message)
        } catch {
            failure = error
            buffer = []
            start = 0
            throw error
        }
    }

    private mutating func begin(at index: Int) {
        start = index
        line = index
        search = index
        end = nil
    }

    /// Between messages: goes over line ends, and sees whether what follows may be a message at all.
    private mutating func between() throws(FramingError) -> Piece? {
        while start < buffer.count {
            switch buffer[start] {
            case 0x0D where start + 1 == buffer.count:
                return nil
            case 0x0D where buffer[start + 1] == 0x0A:
                begin(at: start + 2)
                return .lineEnd
            case 0x0D, 0x0A:
                begin(at: start + 1)
            case let byte:
                guard ByteSet.token.contains(byte) else { throw fail(.notSIP, upTo: start) }
                return nil
            }
        }
        return nil
    }

    /// Looks for the end of the head in what has come since the last look.
    private mutating func messageEnd() throws(FramingError) -> Int? {
        if let end { return end }
        guard start < buffer.count, buffer[start] != 0x0D else { return nil }
        while let lineFeed = buffer[search...].firstIndex(of: 0x0A) {
            guard lineFeed - start < limits.head else { throw fail(.headTooLong(limit: limits.head), upTo: lineFeed) }
            let isEmpty = lineFeed == line || lineFeed == line + 1 && buffer[line] == 0x0D
            if line == start, !isStartLine(start..<lineFeed) { throw fail(.notSIP, upTo: lineFeed) }
            line = lineFeed + 1
            search = line
            guard isEmpty else { continue }
            let length = try contentLength(head: start..<line)
            end = line + length
            return end
        }
        search = buffer.count
        guard search - start <= limits.head else { throw fail(.headTooLong(limit: limits.head), upTo: search) }
        return nil
    }

    /// Whether SIP of any version is spoken; what that line says else is the parser's.
    private func isStartLine(_ range: Range<Int>) -> Bool {
        let mark = Array("sip/".utf8)
        let text = buffer[range].map { $0 | 0x20 }
        return text.indices.contains { text[$0] == mark[0] && text[$0...].starts(with: mark) }
    }

    private func contentLength(head: Range<Int>) throws(FramingError) -> Int {
        let values = ContentLengths(buffer[head])
        guard let first = values.values.first else { throw fail(.noContentLength, upTo: head.upperBound) }
        guard let length = first else { throw fail(.wrongContentLength, upTo: head.upperBound) }
        guard values.values.allSatisfy({ $0 == length }) else { throw fail(.severalContentLengths, upTo: head.upperBound) }
        guard length <= limits.message - head.count else {
            throw fail(.messageTooLong(limit: limits.message), upTo: head.upperBound)
        }
        return length
    }

    private func fail(_ reason: FramingError.Reason, upTo index: Int) -> FramingError {
        let head = reason.leavesHead ? Array(buffer[start..<index]) : []
        return FramingError(reason, offset: passed + index, head: head)
    }

    /// Lets go of what was told.
    private mutating func compact() {
        guard start > 0 else { return }
        passed += start
        buffer.removeSubrange(0..<start)
        line -= start
        search -= start
        end = end.map { $0 - start }
        start = 0
    }
}
