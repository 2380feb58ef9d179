import Base

/// A server INVITE transaction: RFC 3261 §17.2.1 (figure 7), with the accepted state of RFC 6026 §7.1.
public struct InviteServer: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// The user agent has the INVITE. Until it says anything, 100 (Trying) is due 200 ms after the INVITE.
        case proceeding(trying: Instant?)
        /// Refused with 300 to 699; the refusal is sent again by timer G until the ACK comes or timer H.
        case completed(timerG: Backoff?, timerH: Instant)
        /// The refusal was acknowledged; copies of the ACK are absorbed.
        case confirmed(timerI: Instant)
        /// Answered; the user agent core sends the 2xx again, here copies of the INVITE are absorbed.
        case accepted(timerL: Instant)
        case terminated
    }

    public enum Output: Sendable, Equatable {
        /// Send the response given last, for the first time or again.
        case sendResponse
        /// Make a 100 (Trying), send it and remember it as the response given last.
        case sendTrying
        /// This ACK is for a 2xx: the user agent core waits for it.
        case deliverAck
        /// Timer H: the refusal was never acknowledged.
        case timedOut
    }

    /// How long the user agent may think before the caller is told to stop sending.
    public static let patience: Duration = .milliseconds(200)

    public private(set) var state: State
    private let isReliable: Bool
    private var hasResponse = false

    public init(isReliable: Bool = false, at now: Instant) {
        self.isReliable = isReliable
        state = .proceeding(trying: now + Self.patience)
    }

    /// The same INVITE came again.
    public mutating func receiveRetransmission() -> [Output] {
        switch state {
        case .proceeding: hasResponse ? [.sendResponse] : []
        case .completed: [.sendResponse]
        case .confirmed, .accepted, .terminated: []
        }
    }

    public mutating func receiveAck(at now: Instant) -> [Output] {
        switch state {
        case .completed:
            state = isReliable ? .terminated : .confirmed(timerI: now + TimerValues.t4)
            return []
        case .accepted:
            return [.deliverAck]
        case .proceeding, .confirmed, .terminated:
            return []
        }
    }

    /// The user agent answers. In the accepted state this is its retransmission of the 2xx.
    public mutating func respond(status: Int, at now: Instant) -> [Output] {
        switch (state, status) {
        case (.proceeding, 100...199):
            state = .proceeding(trying: nil)
        case (.proceeding, 200...299):
            state = .accepted(timerL: now + TimerValues.timeout)
        case (.accepted, 200...299):
            break
        case (.proceeding, 300...699):
            state = .completed(timerG: isReliable ? nil : Backoff(from: now), timerH: now + TimerValues.timeout)
        default:
            return []
        }
        hasResponse = true
        return [.sendResponse]
    }

    public mutating func wake(at now: Instant) -> [Output] {
        switch state {
        case .proceeding(let trying?) where trying <= now:
            state = .proceeding(trying: nil)
            hasResponse = true
            return [.sendTrying]
        case .completed(_, let timerH) where timerH <= now:
            state = .terminated
            return [.timedOut]
        case .completed(var timerG?, let timerH) where timerG.next <= now:
            timerG.advance(at: now, limit: TimerValues.t2)
            state = .completed(timerG: timerG, timerH: timerH)
            return [.sendResponse]
        case .confirmed(let until) where until <= now, .accepted(let until) where until <= now:
            state = .terminated
            return []
        default:
            return []
        }
    }

    public var nextDeadline: Instant? {
        switch state {
        case .proceeding(let trying): trying
        case .completed(let timerG, let timerH): earliest(timerG?.next, timerH)
        case .confirmed(let until), .accepted(let until): until
        case .terminated: nil
        }
    }

    public var isTerminated: Bool { state == .terminated }
}
