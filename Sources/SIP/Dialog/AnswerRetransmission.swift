import Base

/// The called side's duty to repeat its 2xx until the ACK comes: RFC 3261 §13.3.1.4 as replaced by RFC 6026 §8.1.
public struct AnswerRetransmission: Sendable, Equatable {
    public enum Output: Sendable, Equatable {
        case sendAgain
        /// 64·T1 without ACK: the session is to be ended by BYE.
        case givenUp
    }

    private var resend: Backoff?
    private let limit: Instant

    /// The 2xx was sent at `now`.
    public init(at now: Instant) {
        resend = Backoff(from: now)
        limit = now + TimerValues.timeout
    }

    public mutating func wake(at now: Instant) -> [Output] {
        guard var backoff = resend else { return [] }
        if limit <= now {
            resend = nil
            return [.givenUp]
        }
        guard backoff.next <= now else { return [] }
        backoff.advance(at: now, limit: TimerValues.t2)
        resend = backoff
        return [.sendAgain]
    }

    public var nextDeadline: Instant? { resend.map { min($0.next, limit) } }
}
