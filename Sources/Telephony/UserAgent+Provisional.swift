import Base
import SDP
import SIP

/// Provisional responses that must arrive: RFC 3262, as the caller who acknowledges and as the one who repeats.
extension UserAgent {
    // MARK: Caller

    /// PRACKs a response that wants it. False when it is a copy, or overtook another: then it has not happened (§4).
    mutating func acknowledgeProvisional(_ response: Message, in call: inout Call, fork: Int, at now: Instant) -> Bool {
        guard let number = response.reliableNumber else { return true }
        if let last = call.forks[fork].reliableNumber, number != last &+ 1 { return false }
        call.forks[fork].reliableNumber = number
        let acknowledgement = ResponseAcknowledgement(responseNumber: number, sequence: response.cseq)
        transmit(
            .prack, in: &call, fork: fork, fields: [HeaderField(name: "RAck", value: acknowledgement.description)], at: now)
        return true
    }

    // MARK: Called

    /// Numbers a provisional response and repeats it until its PRACK comes (§3). An INVITE without an offer gets ours by it
    /// (§5). False while an earlier one is not acknowledged: nothing may be sent then.
    mutating func makeReliable(_ response: inout Response, in call: inout Call, at now: Instant) -> Bool {
        guard call.provisional == nil, case .ringing(let key) = call.phase, let request = call.request else { return false }
        let number = (call.lastReliable ?? UInt32.random(in: 1...0x7FFF_FFFF, using: &random)) &+ 1
        call.lastReliable = number
        response.headers.append(HeaderField(name: "Require", value: "100rel"))
        response.headers.append(HeaderField(name: "RSeq", value: "\(number)"))
        let awaitsAnswer = call.preparedAnswer == nil && call.negotiation?.agreed == nil
        if awaitsAnswer, let offer = call.negotiation?.offer() {
            response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
            response.body = offer.encoded()
        }
        call.provisional = Call.Provisional(
            key: key, response: response,
            acknowledgement: ResponseAcknowledgement(responseNumber: number, sequence: request.cseq),
            resend: Backoff(from: now), limit: now + TimerValues.timeout, awaitsAnswer: awaitsAnswer)
        return true
    }

    mutating func peerAcknowledges(_ call: inout Call, _ request: Message, fork: Int, from source: Hop, at now: Instant) {
        guard let provisional = call.provisional, request.responseAcknowledgement == provisional.acknowledgement else {
            return answerInDialog(request, from: source, 481, at: now)
        }
        if let refusal = unreadableBody(request, accepting: ["application/sdp"]) {
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        call.provisional = nil
        if provisional.awaitsAnswer {
            takeAnswer(&call, request, from: source, at: now)
            return
        }
        // An offer in a PRACK follows a finished exchange (§5).
        guard !request.sessionBody.isEmpty else { return answerInDialog(request, from: source, 200, at: now) }
        if let refusal = offerRefusal(in: call, fork: fork) {
            return answerInDialog(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        do {
            let answer = try accept(offer: request.sessionBody, in: &call, fork: fork)
            answerInDialog(request, from: source, 200, description: answer, at: now)
        } catch {
            answerInDialog(request, from: source, 488, fields: warning(about: error), at: now)
        }
    }

    /// The PRACK brings the answer to the offer in our 180.
    private mutating func takeAnswer(_ call: inout Call, _ request: Message, from source: Hop, at now: Instant) {
        do {
            guard let answer = description(in: request) else { throw NegotiationError.refused }
            _ = try call.negotiation?.receive(answer: answer)
        } catch {
            call.negotiation?.withdrawOffer()
            answerInDialog(request, from: source, 200, at: now)
            refuse(&call, 488, CallEnd(.incompatible, status: 488, text: "no usable answer: \(error)"), at: now)
            return
        }
        answerInDialog(request, from: source, 200, at: now)
        if call.answersWhenAcknowledged {
            call.answersWhenAcknowledged = false
            self.answer(&call, at: now)
        }
    }

    mutating func repeatProvisional(_ call: inout Call, at now: Instant) {
        guard var provisional = call.provisional, provisional.nextDeadline <= now else { return }
        guard now < provisional.limit else {
            call.provisional = nil
            refuse(&call, 504, CallEnd(.unreachable, status: 504, text: "no PRACK"), at: now)
            return
        }
        provisional.resend.advance(at: now)
        call.provisional = provisional
        counters.retransmissions += 1
        respond(provisional.key, provisional.response, at: now)
    }
}

extension Call {
    /// A provisional response of ours that waits for its PRACK.
    struct Provisional: Sendable {
        var key: ServerKey
        var response: Response
        var acknowledgement: ResponseAcknowledgement
        /// The pauses double without a limit (RFC 3262 §3).
        var resend: Backoff
        var limit: Instant
        /// It carried an offer: the PRACK brings the answer.
        var awaitsAnswer: Bool

        var nextDeadline: Instant { min(resend.next, limit) }
    }
}

extension Message {
    /// Whether this option tag must be understood.
    func requires(_ option: String) -> Bool { require.contains { $0.lowercased() == option } }
}
