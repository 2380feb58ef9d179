/// Why a byte stream cannot be cut into messages, and where.
public struct FramingError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// What begins there is no start line of any SIP.
        case notSIP
        case headTooLong(limit: Int)
        case messageTooLong(limit: Int)
        /// A stream has no other end of a message (RFC 3261 §20.14).
        case noContentLength
        /// Negative, no number, or too large for one.
        case wrongContentLength
        /// Two that differ: what one reader takes for a body, another would take for a request.
        case severalContentLengths

        /// Whether the head is whole, so that its sender can be told.
        var leavesHead: Bool {
            switch self {
            case .notSIP, .headTooLong: false
            case .messageTooLong, .noContentLength, .wrongContentLength, .severalContentLengths: true
            }
        }
    }

    public var reason: Reason
    /// In bytes from the beginning of the stream.
    public var offset: Int
    /// Start line and headers, when they are whole.
    public var head: [UInt8]

    public init(_ reason: Reason, offset: Int, head: [UInt8] = []) {
        self.reason = reason
        self.offset = offset
        self.head = head
    }

    /// What was expected, as the parser would say it.
    public var expected: String {
        switch reason {
        case .notSIP: "the start line of a SIP message"
        case .headTooLong(let limit): "at most \(limit) bytes of headers"
        case .messageTooLong(let limit): "at most \(limit) bytes of message"
        case .noContentLength: "a Content-Length, for this is a stream"
        case .wrongContentLength: "a Content-Length in digits"
        case .severalContentLengths: "one Content-Length only"
        }
    }

    public var description: String { "at byte \(offset) of the stream: expected \(expected)" }
}
