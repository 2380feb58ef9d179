import Base

/// A client INVITE transaction: RFC 3261 §17.1.1 (figure 5), with the accepted state of RFC 6026 §7.2.
public struct InviteClient: Sendable, Equatable {
    public enum State: Sendable, Equatable {
        /// The INVITE was sent and nothing came back; it is sent again by timer A until timer B.
        case calling(timerA: Backoff?, timerB: Instant)
        /// The other side has it; nothing is sent again, and it may take as long as it takes.
        case proceeding
        /// Refused; the ACK is sent again for each copy of the refusal.
        case completed(timerD: Instant)
        /// Answered; further 2xx, copies or from other branches, go to the user agent, which acknowledges them.
        case accepted(timerM: Instant)
        case terminated
    }

    public enum Output: Sendable, Equatable {
        /// Send the INVITE, for the first time or again.
        case sendRequest
        /// The user agent learns this response.
        case deliver(status: Int)
        /// Send the ACK that belongs to this transaction: the one for a 300 to 699.
        case sendAck
        /// Timer B: no response at all.
        case timedOut
    }

    public private(set) var state: State
    private let isReliable: Bool

    /// Sends the INVITE. Over a reliable transport nothing is sent twice.
    public static func start(isReliable: Bool = false, at now: Instant) -> (InviteClient, [Output]) {
        (InviteClient(isReliable: isReliable, at: now), [.sendRequest])
    }

    private init(isReliable: Bool, at now: Instant) {
        self.isReliable = isReliable
        state = .calling(timerA: isReliable ? nil : Backoff(from: now), timerB: now + TimerValues.timeout)
    }

    public mutating func receive(status: Int, at now: Instant) -> [Output] {
        switch (state, status) {
        case (.calling, 100...199), (.proceeding, 100...199):
            state = .proceeding
            return [.deliver(status: status)]
        case (.calling, 200...299), (.proceeding, 200...299):
            state = .accepted(timerM: now + TimerValues.timeout)
            return [.deliver(status: status)]
        case (.accepted, 200...299):
            return [.deliver(status: status)]
        case (.calling, 300...699), (.proceeding, 300...699):
            state = isReliable ? .terminated : .completed(timerD: now + TimerValues.timeout)
            return [.sendAck, .deliver(status: status)]
        case (.completed, 300...699):
            return [.sendAck]  // the first ACK was lost
        default:
            return []
        }
    }

    public mutating func wake(at now: Instant) -> [Output] {
        switch state {
        case .calling(_, let timerB) where timerB <= now:
            state = .terminated
            return [.timedOut]
        case .calling(var timerA?, let timerB) where timerA.next <= now:
            timerA.advance(at: now)
            state = .calling(timerA: timerA, timerB: timerB)
            return [.sendRequest]
        case .completed(let until) where until <= now, .accepted(let until) where until <= now:
            state = .terminated
            return []
        default:
            return []
        }
    }

    public var nextDeadline: Instant? {
        switch state {
        case .calling(let timerA, let timerB): earliest(timerA?.next, timerB)
        case .completed(let until), .accepted(let until): until
        case .proceeding, .terminated: nil
        }
    }

    public var isTerminated: Bool { state == .terminated }
}
