import Base

/// A client transaction of any method but INVITE and ACK: RFC 3261 §17.1.2 (figure 6).
public struct NonInviteClient: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// The request was sent and nothing came back; it is sent again by timer E until timer F.
        case trying(timerE: Backoff?, timerF: Instant)
        /// A provisional response came; the request is sent again every T2, for the final one may get lost.
        case proceeding(timerE: Backoff?, timerF: Instant)
        /// The final response was delivered; its copies are absorbed.
        case completed(timerK: Instant)
        case terminated
    }

    public enum Output: Sendable, Equatable {
        case sendRequest
        case deliver(status: Int)
        /// Timer F: no final response.
        case timedOut
    }

    public private(set) var state: State
    private let isReliable: Bool

    /// Sends the request. Over a reliable transport nothing is sent twice.
    public static func start(isReliable: Bool = false, at now: Instant) -> (NonInviteClient, [Output]) {
        (NonInviteClient(isReliable: isReliable, at: now), [.sendRequest])
    }

    private init(isReliable: Bool, at now: Instant) {
        self.isReliable = isReliable
        state = .trying(timerE: isReliable ? nil : Backoff(from: now), timerF: now + TimerValues.timeout)
    }

    public mutating func receive(status: Int, at now: Instant) -> [Output] {
        switch (state, status) {
        case (.trying(let timerE, let timerF), 100...199), (.proceeding(let timerE, let timerF), 100...199):
            state = .proceeding(timerE: timerE, timerF: timerF)
            return [.deliver(status: status)]
        case (.trying, 200...699), (.proceeding, 200...699):
            state = isReliable ? .terminated : .completed(timerK: now + TimerValues.t4)
            return [.deliver(status: status)]
        default:
            return []
        }
    }

    public mutating func wake(at now: Instant) -> [Output] {
        switch state {
        case .trying(_, let timerF) where timerF <= now, .proceeding(_, let timerF) where timerF <= now:
            state = .terminated
            return [.timedOut]
        case .trying(var timerE?, let timerF) where timerE.next <= now:
            timerE.advance(at: now, limit: TimerValues.t2)
            state = .trying(timerE: timerE, timerF: timerF)
            return [.sendRequest]
        case .proceeding(var timerE?, let timerF) where timerE.next <= now:
            timerE = Backoff(from: now, interval: TimerValues.t2)
            state = .proceeding(timerE: timerE, timerF: timerF)
            return [.sendRequest]
        case .completed(let timerK) where timerK <= now:
            state = .terminated
            return []
        default:
            return []
        }
    }

    public var nextDeadline: Instant? {
        switch state {
        case .trying(let timerE, let timerF), .proceeding(let timerE, let timerF): earliest(timerE?.next, timerF)
        case .completed(let timerK): timerK
        case .terminated: nil
        }
    }

    public var isTerminated: Bool { state == .terminated }
}
