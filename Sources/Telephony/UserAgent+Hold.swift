import Base
import SDP
import SIP

/// Hold and resume from our side: a re-INVITE (RFC 3261 §14.1, RFC 3264 §8.4) as soon as none is under way.
///
/// The wish is kept apart from what is in force, so that a glare, a failure or a second command in between ends in the
/// state that was wished for last.
extension UserAgent {
    mutating func setHold(_ call: inout Call, _ wish: Bool, at now: Instant) {
        guard !call.isOver else { return }
        call.wantsHold = wish
        followHoldWish(&call, at: now)
    }

    /// Starts a re-INVITE when the wish is not in force and nothing stands in the way.
    mutating func followHoldWish(_ call: inout Call, at now: Instant) {
        guard call.phase == .established, call.reinviteRetry == nil, call.negotiation != nil, call.wantsOffer else {
            return
        }
        startReinvite(&call, at: now)
    }

    mutating func startReinvite(_ call: inout Call, at now: Instant) {
        guard call.phase == .established, call.invite == nil, call.answering == nil, call.wantsOffer,
            let current = call.current, var negotiation = call.negotiation, !negotiation.isOfferPending, let route = call.route
        else { return }
        negotiation.isHolding = call.wantsHold
        let offer = negotiation.offer()
        call.negotiation = negotiation
        call.owesOffer = false
        let fields =
            [
                contact(account: call.account, over: route),
                HeaderField(name: "Allow", value: Self.allowedMethods),
                Self.supported,
                HeaderField(name: "Content-Type", value: "application/sdp"),
            ] + sessionFields(of: call)
        call.inviteCredentials = []
        call.inviteLimit = now + TimerValues.timeout
        transmit(.invite, in: &call, fork: current, fields: fields, body: offer.encoded(), at: now)
    }

    /// The call goes on from another address of ours: the peer is told by a re-INVITE with a new Contact and session.
    mutating func move(_ call: inout Call, to routes: [Route], at now: Instant) {
        guard call.phase == .established, let route = routes.first, var negotiation = call.negotiation else { return }
        let address = settings.advertisedAddress ?? route.local
        guard route.local != call.route?.local || negotiation.local.address != address else { return }
        call.route = Route(remote: call.route?.remote ?? route.remote, local: route.local)
        negotiation.local.address = address
        // RFC 4568 §7.1.4: another address is another stream, and needs another key.
        negotiation.local.protection.renewKeys(from: secrets)
        call.negotiation = negotiation
        call.owesOffer = true
        log(.notice, "call-moved", [("call", "\(call.id)"), ("address", "\(address)")])
        followHoldWish(&call, at: now)
    }

    mutating func reinviteAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, let current = call.current else { return }
        if (200...299).contains(status) {
            reinviteAccepted(&call, key, response, fork: current, at: now)
            return
        }
        guard key == call.invite else { return }
        if status == 401 || status == 407, call.phase == .established,
            retry(key, answering: response, in: &call, owner: .reinvite(call.id), at: now) != nil
        {
            return
        }
        reinviteOver(&call)
        guard call.phase == .established else { return }
        switch status {
        case 491:
            // Both sides asked at once; who began the call waits longer (RFC 3261 §14.1).
            let pause = call.isOutgoing ? Int64.random(in: 210...400, using: &random) : .random(in: 0...200, using: &random)
            call.reinviteRetry = now + .milliseconds(pause * 10)
        case 422 where lengthenSession(&call, by: response):
            call.owesOffer = true
            startReinvite(&call, at: now)
        case 408, 481:
            sayGoodbye(&call, at: now)
            end(&call, CallEnd(.failed, status: status, text: response.reason), at: now)
        default:
            refuseHold(&call, why: "\(status) \(response.reason)")
        }
    }

    private mutating func reinviteAccepted(
        _ call: inout Call, _ key: ClientKey, _ response: Message, fork: Int, at now: Instant
    ) {
        let isFirst = key == call.invite
        if isFirst { call.forks[fork].dialog.refreshTarget(by: response) }
        acknowledge(&call, fork: fork, sequence: response.cseq.number)
        guard isFirst else { return }
        call.invite = nil
        call.inviteLimit = nil
        credentialsAccepted(&call, by: response)
        guard call.phase == .established else { return }
        let answer = description(in: response)
        do {
            guard let answer else { throw NegotiationError.refused }
            _ = try call.negotiation?.receive(answer: answer)
            publish(&call)
            agreeOnSession(&call, by: response, at: now)
            followHoldWish(&call, at: now)
        } catch {
            call.negotiation?.withdrawOffer()
            sayGoodbye(&call, at: now)
            end(&call, CallEnd(.incompatible, text: "no usable answer: \(error)"), at: now)
        }
    }

    mutating func reinviteTimedOut(_ call: inout Call, _ key: ClientKey, at now: Instant) {
        guard key == call.invite else { return }
        reinviteOver(&call)
        guard call.phase == .established else { return }
        sayGoodbye(&call, at: now)
        end(&call, CallEnd(.unreachable, text: "no answer to re-INVITE"), at: now)
    }

    private func reinviteOver(_ call: inout Call) {
        call.invite = nil
        call.inviteLimit = nil
        call.negotiation?.withdrawOffer()
    }

    /// The peer keeps the session as it is; so do we, and the house is told what is in force.
    private mutating func refuseHold(_ call: inout Call, why: String) {
        log(.warning, "hold-refused", [("call", "\(call.id)"), ("why", why)])
        call.wantsHold = call.isHeld
        call.negotiation?.isHolding = call.isHeld
        tell(call, .held(call.isHeld))
    }
}
