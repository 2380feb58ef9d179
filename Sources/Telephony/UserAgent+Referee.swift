import Base
import SIP

/// A peer sends us on to somebody else: REFER of RFC 3515, with RFC 3892 and RFC 4488, as the one who is transferred.
///
/// The new call is placed beside the old one, and the house knows nothing of it until it is answered; then it takes the old one's
/// place under the old one's name, and the sound goes over to it.
extension UserAgent {
    /// What a call remembers of the REFER that it got.
    struct Referral: Sendable, Equatable {
        var successor: CallID
        /// The dialog that the REFER came in, and its CSeq number, which names the subscription.
        var fork: Int
        var eventID: UInt32
        /// The sender wants to hear how it goes.
        var notifies: Bool
    }

    mutating func peerRefers(_ call: inout Call, _ request: Message, fork: Int, from source: Hop, at now: Instant) {
        func refuse(_ agent: inout UserAgent, _ status: Int, _ reason: String? = nil) {
            agent.counters.refused += 1
            agent.answerInDialog(request, from: source, status, reason: reason, at: now)
        }
        guard call.phase == .established, call.current == fork else { return refuse(&self, 481) }
        guard settings.acceptsTransfers, !isStopping else { return refuse(&self, 603) }
        guard call.referral == nil, call.transfer == nil else { return refuse(&self, 491) }
        let values = request.headers("Refer-To")
        guard values.count == 1, let referTo = try? NameAddress(values[0]) else {
            return refuse(&self, 400, "One Refer-To Expected")
        }
        guard referTo.uri.parameters["method"].map({ $0 == "INVITE" }) ?? true else { return refuse(&self, 603) }
        var uri = referTo.uri
        let wanted = uri.headerFields
        uri.headers = ""
        uri.parameters["method"] = nil
        guard let target = reachable(uri, account: account(named: call.account)), target.isUsableTarget else {
            return refuse(&self, 416)
        }
        // Of the headers that the URI may carry only the one that makes an attended transfer is taken.
        var fields = wanted.filter { $0.name.lowercased() == "replaces" && Replaces($0.value) != nil }.prefix(1).map {
            HeaderField(name: "Replaces", value: $0.value)
        }
        if let by = request.header("Referred-By") { fields.append(HeaderField(name: "Referred-By", value: by)) }

        let suppressed = request.header("Refer-Sub")?.lowercased().hasPrefix("false") == true
        let successor = CallID(rawValue: 1 << 31 | nextSuccessor << 1 | 1)
        nextSuccessor = (nextSuccessor &+ 1) & 0x3FFF_FFFF
        let status = suppressed ? [HeaderField(name: "Refer-Sub", value: "false")] : []
        let route = call.route ?? Route(remote: source, local: .anyIPv4)
        answerInDialog(request, from: source, 202, fields: [contact(account: call.account, over: route)] + status, at: now)
        log(.notice, "call-referred", [("call", "\(call.id)"), ("to", target.description)])
        call.referral = Referral(successor: successor, fork: fork, eventID: request.cseq.number, notifies: !suppressed)
        notifyReferrer(&call, "100 Trying", isOver: false, at: now)
        let refusal = begin(
            successor, name: nil, target: target, account: call.account, ringTime: settings.limits.ringTime, fields: fields,
            predecessor: call.id, at: now)
        if let refusal { referralFailed(&call, refusal, at: now) }
    }

    /// Tells the one who sent the REFER how far the new call is: RFC 3515 §2.4.4.
    private mutating func notifyReferrer(_ call: inout Call, _ statusLine: String, isOver: Bool, at now: Instant) {
        guard let referral = call.referral, referral.notifies, call.phase == .established else { return }
        let state =
            isOver ? "terminated;reason=noresource" : "active;expires=\(max(settings.limits.ringTime.milliseconds / 1000, 60))"
        let fields =
            [
                HeaderField(name: "Event", value: "refer;id=\(referral.eventID)"),
                HeaderField(name: "Subscription-State", value: state),
                HeaderField(name: "Content-Type", value: "message/sipfrag;version=2.0"),
            ] + (call.route.map { [contact(account: call.account, over: $0)] } ?? [])
        transmit(.notify, in: &call, fork: referral.fork, fields: fields, body: Array("SIP/2.0 \(statusLine)\r\n".utf8), at: now)
    }

    // MARK: What becomes of the new call

    mutating func successorRings(_ successor: Call, status: Int, at now: Instant) {
        guard let predecessor = successor.predecessor else { return }
        withCall(predecessor, at: now) { agent, call in
            agent.notifyReferrer(&call, "\(status) Ringing", isOver: false, at: now)
        }
    }

    /// The new call is answered: it gets the name, and the old one is ended without a word to the house.
    ///
    /// Returns whether the house had been told that the old one was answered.
    mutating func takeOver(_ successor: inout Call, at now: Instant) -> Bool {
        guard let predecessor = successor.predecessor else { return false }
        successor.predecessor = nil
        // The old call may be gone already, and have left its name.
        var wasAnswered = successor.inheritsAnswer
        var inherited = Inheritance()
        withCall(predecessor, at: now) { agent, call in
            wasAnswered = call.answeredAt != nil
            inherited = Inheritance(call)
            agent.notifyReferrer(&call, "200 OK", isOver: true, at: now)
            let isReferred = call.referral != nil
            call.referral = nil
            call.name = nil
            if isReferred {
                // The one who sent the REFER hangs up; if not, we do.
                call.callLimit = now + Self.referrerPatience
            } else {
                agent.hangUp(&call, CallEnd(.transferred), at: now)
            }
        }
        if let name = inherited.name { rename(&successor, name) }
        successor.inherit(inherited)
        return wasAnswered
    }

    static let referrerPatience = Duration.seconds(5)

    /// The new call did not come about: the old one goes on, and who sent the REFER is told why.
    mutating func successorFailed(_ successor: inout Call, _ end: CallEnd, at now: Instant) {
        guard let predecessor = successor.predecessor else { return }
        successor.predecessor = nil
        withCall(predecessor, at: now) { agent, call in agent.referralFailed(&call, end, at: now) }
    }

    private mutating func referralFailed(_ call: inout Call, _ end: CallEnd, at now: Instant) {
        guard call.referral != nil else { return }
        let line = end.status.map { "\($0) \(end.text ?? "Failed")" } ?? "503 Service Unavailable"
        notifyReferrer(&call, line, isOver: true, at: now)
        call.referral = nil
        tell(call, .transferFailed(status: end.status, text: end.text ?? end.cause.rawValue))
    }

    /// The old call ends while the new one is on its way: by the peer's BYE it leaves its name, else the new one ends, too.
    mutating func leave(_ call: inout Call, byPeer: Bool, at now: Instant) {
        guard let referral = call.referral else { return }
        call.referral = nil
        withCall(referral.successor, at: now) { agent, successor in
            successor.predecessor = nil
            guard byPeer, let name = call.name else {
                agent.hangUp(&successor, CallEnd(.localHangUp), at: now)
                return
            }
            if call.session != nil { agent.outbox.append(.media(name, nil)) }
            let inherited = Inheritance(call)
            call.name = nil
            agent.rename(&successor, name)
            successor.inherit(inherited)
            successor.inheritsAnswer = call.answeredAt != nil
        }
    }

    /// The house knows this call by `name` from now on.
    private mutating func rename(_ call: inout Call, _ name: CallID) {
        call.name = name
        wireNames[name] = call.id == name ? nil : call.id
        // What was heard before the answer was told to nobody, and may be all that there is to tell.
        if let session = call.session { outbox.append(.media(name, session)) }
    }
}

/// What a call that takes another's place has from it.
struct Inheritance {
    var name: CallID?
    var callLimit: Instant?
    var isHeldByPeer = false
    var isHeld = false
    var wantsHold = false

    init() {}

    init(_ call: Call) {
        name = call.name
        callLimit = call.callLimit
        isHeldByPeer = call.isHeldByPeer
        isHeld = call.isHeld
        wantsHold = call.wantsHold
    }
}

extension Call {
    mutating func inherit(_ inheritance: Inheritance) {
        callLimit = inheritance.callLimit ?? callLimit
        isHeldByPeer = inheritance.isHeldByPeer
        isHeld = inheritance.isHeld
        wantsHold = inheritance.wantsHold
    }
}
