import Base
import SIP

/// NOTIFY that belongs to no call: RFC 6665, and what servers and phones send without being asked.
extension UserAgent {
    static let allowEvents = HeaderField(name: "Allow-Events", value: "refer, dialog, message-summary, talk, hold, check-sync")

    /// From a trusted source, outside of any dialog.
    mutating func takeNotify(_ request: Message, from source: Hop, at now: Instant) {
        let status = unsolicited(request, from: source, at: now)
        if status >= 300 { counters.refused += 1 }
        answerOnce(request, from: source, status, fields: Self.help(for: status), at: now)
    }

    private mutating func unsolicited(_ request: Message, from source: Hop, at now: Instant) -> Int {
        guard let event = request.event else { return 489 }
        switch event.name {
        // What a registrar tells, nobody else may.
        case Subscription.package: return isServer(source) ? takeUnsolicitedSummary(request, from: source, at: now) : 481
        case "check-sync": return isServer(source) ? takeCheckSync(request, event, from: source, at: now) : 481
        case "talk", "hold":
            guard settings.obeysNotify else { return 489 }
            guard isServer(source), let id = theOnlyCall(forTalk: event.name == "talk") else { return 481 }
            withCall(id, at: now) { agent, call in agent.obey(&call, event.name) }
            return 200
        case "dialog", "refer": return 481
        default: return 489
        }
    }

    /// The call that a NOTIFY outside of any dialog can only mean.
    private func theOnlyCall(forTalk isTalk: Bool) -> CallID? {
        let meant = calls.values.filter { call in
            switch call.phase {
            case .ringing: isTalk
            case .established: isTalk ? call.wantsHold : !call.wantsHold
            default: false
            }
        }
        return meant.count == 1 ? meant.first?.id : nil
    }

    /// `talk` answers a call that rings, or takes a held one back; `hold` puts it on hold. The house decides.
    mutating func obey(_ call: inout Call, _ event: String) {
        log(.notice, "remote-control", [("call", "\(call.id)"), ("event", event)])
        tell(call, event == "talk" ? .talkAsked : .holdAsked)
    }

    /// The registrar says that there may be a new configuration: the house is told, and registers anew.
    private mutating func takeCheckSync(_ request: Message, _ event: EventPackage, from source: Hop, at now: Instant) -> Int {
        guard settings.acceptsCheckSync else { return 489 }
        let account = arrivalAccount(request, from: source)
        let reboot = event.parameters["reboot"]?.lowercased() == "true"
        // One at a time: whoever says it again and again gets no more done.
        guard now - (lastCheckSync ?? now - Self.checkSyncPause) >= Self.checkSyncPause else { return 200 }
        lastCheckSync = now
        outbox.append(.news(.checkSync(account: account?.name, reboot: reboot)))
        if let id = account.flatMap({ registrationIDs[$0.name] }) { renew(id, at: now) }
        return 200
    }

    private static let checkSyncPause = Duration.seconds(30)
}
