import Base
import SDP
import SIP

/// UPDATE: another session, or the same one for longer, before or after the answer. RFC 3311, and RFC 6337 §2.2, §3.
extension UserAgent {
    mutating func peerUpdates(
        _ call: inout Call, _ request: Message, fork: Int, from source: Hop, to local: IPAddress, at now: Instant
    ) {
        if call.isOver { return answerInDialog(request, from: source, 481, at: now) }
        if let refusal = unreadableBody(request, accepting: ["application/sdp"]) ?? shortSession(request) {
            counters.refused += 1
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        var body: SessionDescription?
        if !request.sessionBody.isEmpty {
            if let refusal = offerRefusal(in: call, fork: fork) {
                return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
            }
            do {
                body = try accept(offer: request.sessionBody, in: &call, fork: fork)
            } catch {
                log(.notice, "offer-unacceptable", [("call", "\(call.id)"), ("why", "\(error)")])
                let status = error is SessionDescription.ParseError ? 400 : 488
                return answerInDialog(request, from: source, status, fields: warning(about: error), at: now)
            }
        }
        call.forks[fork].dialog.refreshTarget(by: request)
        let route = Route(remote: source, local: call.route?.local ?? local)
        if call.phase == .established { call.route = route }
        var fields = dialogFields(in: call, over: route)
        if call.phase == .established { fields += keepSession(&call, by: request, at: now) }
        answerInDialog(request, from: source, 200, fields: fields, description: body, at: now)
        if body != nil { publishFork(&call, fork) }
    }

    /// Why an offer cannot be taken now: ours is not answered (491), or the peer's last one is not (500); RFC 3311 §5.2.
    func offerRefusal(in call: Call, fork: Int) -> (status: Int, fields: [HeaderField])? {
        if call.preparedAnswer != nil {
            return (500, [HeaderField(name: "Retry-After", value: "5")])
        }
        if negotiation(of: call, fork: fork)?.isOfferPending ?? true { return (491, []) }
        return nil
    }

    /// Our answer to an offer that came in UPDATE or PRACK.
    mutating func accept(offer body: [UInt8], in call: inout Call, fork: Int) throws -> SessionDescription {
        guard var negotiation = negotiation(of: call, fork: fork) else { throw NegotiationError.refused }
        negotiation.isHolding = call.wantsHold
        let answer = try negotiation.answer(try SessionDescription(parsing: body))
        call.forks[fork].negotiation = negotiation
        if call.current == fork { call.negotiation = negotiation }
        return answer
    }

    /// The established call's negotiation is the call's; each early dialog has its own.
    private func negotiation(of call: Call, fork: Int) -> MediaNegotiation? {
        call.current == fork ? call.negotiation : call.forks[fork].negotiation
    }

    /// What this dialog agreed on is heard, if the call is with it or with nobody yet.
    mutating func publishFork(_ call: inout Call, _ fork: Int) {
        if call.current == nil { call.negotiation = call.forks[fork].negotiation }
        if call.current == nil || call.current == fork { publish(&call) }
    }

    // MARK: Ours: session refreshes

    mutating func updateAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, key == call.update else { return }
        call.update = nil
        guard call.phase == .established, let current = call.current else { return }
        switch status {
        case 200...299:
            credentialsAccepted(&call, by: response)
            call.forks[current].dialog.refreshTarget(by: response)
            agreeOnSession(&call, by: response, at: now)
        case 401, 407:
            call.update = retry(key, answering: response, in: &call, owner: .update(call.id), at: now)
            if call.update == nil { call.sessionTimer?.postpone(by: .seconds(60), at: now) }
        case 405, 501:
            call.peerAllowsUpdate = false
            call.sessionTimer?.postpone(by: .zero, at: now)
        case 408, 481:
            sayGoodbye(&call, at: now)
            end(&call, CallEnd(.sessionExpired, status: status, text: response.reason), at: now)
        case 422 where lengthenSession(&call, by: response):
            call.sessionTimer?.postpone(by: .zero, at: now)
        default:
            call.sessionTimer?.postpone(by: .seconds(response.retryAfter.map { min($0, 60) } ?? 10), at: now)
        }
    }

    mutating func updateTimedOut(_ call: inout Call, at now: Instant) {
        call.update = nil
        guard call.phase == .established else { return }
        sayGoodbye(&call, at: now)
        end(&call, CallEnd(.sessionExpired, text: "no answer to a session refresh"), at: now)
    }
}
