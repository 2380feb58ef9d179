import Base

/// A server transaction of any method but INVITE and ACK: RFC 3261 §17.2.2 (figure 8), as amended by RFC 4320.
public struct NonInviteServer: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// The user agent has the request and said nothing yet; copies of the request are absorbed.
        case trying
        /// 100 (Trying) was sent, and is sent again for each copy of the request.
        case proceeding
        /// The final response was sent, and is sent again for each copy of the request.
        case completed(timerJ: Instant)
        case terminated
    }

    public enum Output: Sendable, Equatable {
        /// Send the response given last, for the first time or again.
        case sendResponse
    }

    public private(set) var state: State
    private let isReliable: Bool
    /// RFC 4320 §4.1: over UDP a 100 before the client's pause has reached T2 would only cost messages.
    private let earliestTrying: Instant

    public init(isReliable: Bool = false, at now: Instant) {
        self.isReliable = isReliable
        state = .trying
        earliestTrying = isReliable ? now : now + TimerValues.t2
    }

    /// The same request came again.
    public mutating func receiveRetransmission() -> [Output] {
        switch state {
        case .trying, .terminated: []
        case .proceeding, .completed: [.sendResponse]
        }
    }

    /// The user agent answers. A response that RFC 4320 forbids is not sent: any provisional but 100, a 100 that comes
    /// early, and 408, which could only arrive when nobody waits any more.
    public mutating func respond(status: Int, at now: Instant) -> [Output] {
        switch (state, status) {
        case (.trying, 100), (.proceeding, 100):
            guard now >= earliestTrying else { return [] }
            state = .proceeding
            return [.sendResponse]
        case (.trying, 408), (.proceeding, 408):
            state = .terminated
            return []
        case (.trying, 200...699), (.proceeding, 200...699):
            state = isReliable ? .terminated : .completed(timerJ: now + TimerValues.timeout)
            return [.sendResponse]
        default:
            return []
        }
    }

    public mutating func wake(at now: Instant) -> [Output] {
        if case .completed(let timerJ) = state, timerJ <= now { state = .terminated }
        return []
    }

    public var nextDeadline: Instant? {
        if case .completed(let timerJ) = state { timerJ } else { nil }
    }

    public var isTerminated: Bool { state == .terminated }
}
