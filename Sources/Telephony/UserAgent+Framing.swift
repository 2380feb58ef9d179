import Base
import SIP

/// What a stream brought that is no message.
extension UserAgent {
    /// The stream from `source` cannot be cut; its sender is told once, as of any malformed request, and the stream then ends.
    public mutating func unframed(_ error: FramingError, from source: Hop, at now: Instant) -> [Output] {
        counters.messagesIn += 1
        counters.parseErrors += 1
        log(.debug, "stream-malformed", [("source", "\(source)"), ("why", "\(error)")])
        if !error.head.isEmpty {
            answerMalformed(error.head, why: ParseError(error.head.count, expected: error.expected), from: source, at: now)
        }
        return drain(at: now)
    }
}
