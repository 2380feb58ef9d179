import Base
import SIP

/// What the house asks for.
extension UserAgent {
    mutating func carryOut(_ command: Command, at now: Instant) {
        switch command {
        case .call(let id, let target, let account, let ringTime):
            place(id, target: target, account: account, ringTime: ringTime ?? settings.limits.ringTime, at: now)
        case .ring(let id):
            withNamed(id, at: now) { agent, call in agent.ring(&call, at: now) }
        case .answer(let id):
            withNamed(id, at: now) { agent, call in agent.answer(&call, at: now) }
        case .reject(let id, let refusal):
            withNamed(id, at: now) { agent, call in
                guard case .ringing = call.phase else { return }
                agent.refuse(&call, refusal.status, CallEnd(refusal.cause, status: refusal.status), at: now)
            }
        case .hangUp(let id, let cause):
            withNamed(id, at: now) { agent, call in agent.hangUp(&call, CallEnd(cause), at: now) }
        case .hold(let id):
            withNamed(id, at: now) { agent, call in agent.setHold(&call, true, at: now) }
        case .resume(let id):
            withNamed(id, at: now) { agent, call in agent.setHold(&call, false, at: now) }
        case .sendInfoDigit(let id, let digit):
            withNamed(id, at: now) { agent, call in agent.sendInfo(&call, digit, at: now) }
        case .mediaSilent(let id):
            withNamed(id, at: now) { agent, call in
                guard call.phase == .established, !call.isHeld, !call.isHeldByPeer else { return }
                agent.hangUp(&call, CallEnd(.mediaLost), at: now)
            }
        case .message(let id, let target, let account, let text):
            send(id, text, to: target, account: account, at: now)
        case .reportQuality(let report):
            self.report(report, at: now)
        case .reconfigure(let settings):
            reconfigure(settings, at: now)
        case .transfer(let id, let target):
            withNamed(id, at: now) { agent, call in agent.transfer(&call, to: target, at: now) }
        case .transferTo(let id, let other):
            transfer(id, to: other, at: now)
        case .stop:
            stop(at: now)
        }
    }

    /// The call that the house knows by `name`.
    private mutating func withNamed(_ name: CallID, at now: Instant, _ body: (inout UserAgent, inout Call) -> Void) {
        withCall(wireNames[name] ?? name, at: now, body)
    }

    /// Ends a call in whatever state it is; the house hears of it now, the wire is tidied up afterwards.
    mutating func hangUp(_ call: inout Call, _ end: CallEnd, at now: Instant) {
        call.farewell = Reason(end.cause)
        switch call.phase {
        case .over:
            return
        case .resolving:
            break
        case .inviting:
            call.cancellation = .wanted
            cancelIfDue(&call, at: now)
        case .ringing:
            let refusal = Refusal(end.cause)
            refuse(&call, refusal.status, end, at: now)
            return
        case .established:
            sayGoodbye(&call, at: now)
        }
        self.end(&call, end, at: now)
    }

    /// BYE now, or when the ACK to our 2xx has come: before that it would be out of order (RFC 3261 §15).
    mutating func sayGoodbye(_ call: inout Call, at now: Instant) {
        guard let current = call.current else { return }
        if call.answering != nil {
            call.owesBye = true
        } else {
            transmit(.bye, in: &call, fork: current, at: now)
        }
    }

    /// The one place where a call ends for the house.
    mutating func end(_ call: inout Call, _ end: CallEnd, at now: Instant) {
        guard !call.isOver else { return }
        if case .ringing(let key) = call.phase { ringing[key] = nil }
        leave(&call, byPeer: false, at: now)
        successorFailed(&call, end, at: now)
        call.phase = .over
        liveCalls -= 1
        call.ringLimit = nil
        call.callLimit = nil
        call.ringAgain = nil
        call.reinviteRetry = nil
        call.preparedAnswer = nil
        call.provisional = nil
        call.sessionTimer = nil
        call.update = nil
        if call.session != nil {
            call.session = nil
            if let name = call.name { outbox.append(.media(name, nil)) }
        }
        if let port = call.port {
            ports.give(port)
            call.port = nil
        }
        var values = [("call", "\(call.id)"), ("cause", end.cause.rawValue), ("peer", call.peer)]
        if let status = end.status { values.append(("status", "\(status)")) }
        log(.debug, "call-ended", values)
        guard let name = call.name else { return }
        wireNames[name] = nil
        outbox.append(.call(name, .ended(end)))
    }

    /// Tells the house, if it knows the call and was not told of its end.
    mutating func tell(_ call: Call, _ event: CallEvent) {
        if let name = call.name, !call.isOver { outbox.append(.call(name, event)) }
    }

    mutating func wake(_ call: inout Call, at now: Instant) {
        if let limit = call.ringLimit, limit <= now {
            call.ringLimit = nil
            ringTimeOver(&call, at: now)
        }
        if let limit = call.callLimit, limit <= now {
            call.callLimit = nil
            hangUp(&call, CallEnd(.timeLimit), at: now)
        }
        if let transfer = call.transfer, transfer.limit <= now { transferTimedOut(&call, at: now) }
        if let again = call.ringAgain, again <= now {
            call.ringAgain = nil
            ring(&call, at: now)
        }
        if let limit = call.inviteLimit, limit <= now {
            call.inviteLimit = nil
            giveInviteUp(&call, at: now)
        }
        if let retry = call.reinviteRetry, retry <= now {
            call.reinviteRetry = nil
            startReinvite(&call, at: now)
        }
        repeatProvisional(&call, at: now)
        repeatAnswer(&call, at: now)
        sessionTimerDue(&call, at: now)
    }

    private mutating func ringTimeOver(_ call: inout Call, at now: Instant) {
        switch call.phase {
        case .resolving: end(&call, CallEnd(.unreachable, text: "address not found in time"), at: now)
        case .inviting: hangUp(&call, CallEnd(.noAnswer), at: now)
        case .ringing: refuse(&call, 480, CallEnd(.noAnswer, status: 480), at: now)
        case .established, .over: break
        }
    }
}
