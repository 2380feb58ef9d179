import Base
import SDP
import SIP

/// Requests of the peer inside a call: RFC 3261 §12.2.2.
extension UserAgent {
    mutating func takeInDialog(
        _ request: Message, call id: CallID, from source: Hop, to local: IPAddress, at now: Instant
    ) {
        guard let fork = calls[id]?.forks.firstIndex(where: { $0.dialog.id.remoteTag == (request.fromTag ?? "") }) else { return }
        if request.method == .cancel {
            // What it cancels was answered, or the layer has forgotten it.
            answerInDialog(request, from: source, 481, at: now)
            return
        }
        var isInOrder = true
        withCall(id, at: now) { _, call in isInOrder = call.forks[fork].dialog.admit(request) }
        guard isInOrder else {
            counters.refused += 1
            answerInDialog(request, from: source, 500, reason: "CSeq Out Of Order", at: now)
            return
        }
        if let missing = missingExtensions(request) {
            counters.refused += 1
            answerInDialog(request, from: source, 420, fields: [missing], at: now)
            return
        }
        switch request.method {
        case .bye:
            answerInDialog(request, from: source, 200, at: now)
            withCall(id, at: now) { agent, call in agent.peerHangsUp(&call, request, fork: fork, at: now) }
        case .invite:
            withCall(id, at: now) { agent, call in
                agent.peerReinvites(&call, request, fork: fork, from: source, to: local, at: now)
            }
        case .info:
            withCall(id, at: now) { agent, call in agent.peerInforms(&call, request, from: source, at: now) }
        case .prack:
            withCall(id, at: now) { agent, call in agent.peerAcknowledges(&call, request, fork: fork, from: source, at: now) }
        case .update:
            withCall(id, at: now) { agent, call in
                agent.peerUpdates(&call, request, fork: fork, from: source, to: local, at: now)
            }
        case .refer:
            withCall(id, at: now) { agent, call in agent.peerRefers(&call, request, fork: fork, from: source, at: now) }
        case .notify:
            withCall(id, at: now) { agent, call in agent.peerNotifies(&call, request, from: source, at: now) }
        case .message: takeMessage(request, from: source, at: now)
        case .subscribe: answerInDialog(request, from: source, 489, fields: [Self.allowEvents], at: now)
        case .options:
            let fields = [
                HeaderField(name: "Allow", value: Self.allowedMethods), HeaderField(name: "Accept", value: Self.acceptedBodies),
                Self.supported,
            ]
            answerInDialog(request, from: source, 200, fields: fields, at: now)
        default:
            counters.refused += 1
            let refusal = unsupported(request.method)
            answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
    }

    mutating func answerInDialog(
        _ request: Message, from source: Hop, _ status: Int, reason: String? = nil, fields: [HeaderField] = [],
        description: SessionDescription? = nil, at now: Instant
    ) {
        answerOnce(
            request, from: source, status, reason: reason, fields: fields, body: description?.encoded() ?? [], at: now)
    }

    private mutating func peerHangsUp(_ call: inout Call, _ request: Message, fork: Int, at now: Instant) {
        switch call.phase {
        case .ringing:
            // A caller may end an early dialog by BYE (RFC 3261 §15); its INVITE still wants an answer.
            refuse(&call, 487, CallEnd(.cancelled, saidBy: request), at: now)
        case .established where call.current == fork:
            call.answering = nil
            leave(&call, byPeer: true, at: now)
            end(&call, CallEnd(.remoteHangUp, saidBy: request), at: now)
        case .inviting:
            call.forks[fork].hasHungUp = true
        default:
            if call.current == fork { call.answering = nil }
            call.owesBye = false
        }
    }

    // MARK: NOTIFY

    private mutating func peerNotifies(_ call: inout Call, _ request: Message, from source: Hop, at now: Instant) {
        let event = request.event?.name
        switch event {
        case "talk"? where settings.obeysNotify, "hold"? where settings.obeysNotify:
            answerInDialog(request, from: source, 200, at: now)
            obey(&call, event ?? "")
        case "refer"?: takeReferNotify(&call, request, from: source, at: now)
        default: answerInDialog(request, from: source, 489, fields: [Self.allowEvents], at: now)
        }
    }

    // MARK: INFO

    private mutating func peerInforms(_ call: inout Call, _ request: Message, from source: Hop, at now: Instant) {
        guard !request.body.isEmpty else { return answerInDialog(request, from: source, 200, at: now) }
        if let refusal = unreadableBody(request, accepting: ["application/dtmf-relay", "application/dtmf"]) {
            counters.refused += 1
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        guard let digit = InfoDigit(body: request.body) else {
            counters.refused += 1
            return answerInDialog(request, from: source, 400, reason: "No Key In Body", at: now)
        }
        answerInDialog(request, from: source, 200, at: now)
        guard call.phase == .established else { return }
        log(.debug, "digit", [("call", "\(call.id)"), ("method", "info")])
        tell(call, .digit(digit.digit, duration: digit.duration))
    }

    mutating func sendInfo(_ call: inout Call, _ digit: Character, at now: Instant) {
        guard call.phase == .established, let current = call.current, let digit = InfoDigit(body: Array("\(digit)".utf8)) else {
            return
        }
        let type = HeaderField(name: "Content-Type", value: InfoDigit.contentType)
        transmit(.info, in: &call, fork: current, fields: [type], body: digit.body, at: now)
    }

    // MARK: re-INVITE

    /// A new session from the peer, or the question for ours: RFC 3261 §14.2.
    private mutating func peerReinvites(
        _ call: inout Call, _ request: Message, fork: Int, from source: Hop, to local: IPAddress, at now: Instant
    ) {
        guard call.phase == .established, call.current == fork else {
            if case .ringing = call.phase {
                let wait = HeaderField(name: "Retry-After", value: "\(Int.random(in: 0...10, using: &random))")
                return answerInDialog(request, from: source, 500, fields: [wait], at: now)
            }
            return answerInDialog(request, from: source, 481, at: now)
        }
        guard call.invite == nil, call.answering?.awaitsAnswer != true else {
            return answerInDialog(request, from: source, 491, at: now)
        }
        if let refusal = unreadableBody(request, accepting: ["application/sdp"]) {
            counters.refused += 1
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        if let refusal = shortSession(request) {
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        guard var negotiation = call.negotiation else { return }
        negotiation.isHolding = call.wantsHold
        let isLateOffer = request.sessionBody.isEmpty
        let body: SessionDescription
        do {
            body =
                isLateOffer ? negotiation.offer() : try negotiation.answer(try SessionDescription(parsing: request.sessionBody))
        } catch {
            log(.notice, "offer-unacceptable", [("call", "\(call.id)"), ("why", "\(error)")])
            let status = error is SessionDescription.ParseError ? 400 : 488
            return answerInDialog(request, from: source, status, fields: warning(about: error), at: now)
        }
        guard let key = transactions.open(request, from: source, at: now) else {
            return answerStatelessly(request, from: source, 503, fields: [HeaderField(name: "Retry-After", value: "5")])
        }
        call.negotiation = negotiation
        call.forks[fork].dialog.refreshTarget(by: request)
        let route = Route(remote: source, local: call.route?.local ?? local)
        call.route = route
        call.reinviteRetry = nil
        var response = Response(to: request, from: source.address, status: 200, toTag: call.localTag)
        response.headers += dialogFields(in: call, over: route) + keepSession(&call, by: request, at: now)
        response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
        response.body = body.encoded()
        call.answering = Call.Answering(
            key: key, response: response, sequence: request.cseq.number, retransmission: AnswerRetransmission(at: now),
            awaitsAnswer: isLateOffer)
        respond(key, response, at: now)
        if !isLateOffer { publish(&call) }
    }
}
