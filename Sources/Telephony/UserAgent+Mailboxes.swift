import Base
import SIP

/// The accounts' mailboxes: subscriptions that live with their registrations.
extension UserAgent {
    /// The account is registered: subscribes to its mailbox, if that is wanted and was not done.
    mutating func openMailbox(_ id: RegistrationID, at now: Instant) {
        guard let registration = registrations[id], let route = registration.route, !isStopping else { return }
        let account = registration.account
        guard account.subscribesToMailbox else { return }
        if mailboxes[id] == nil { mailboxes[id] = Subscription(account) }
        let contact = contact(account: account.name, over: route).value
        let preloaded = preloadedRoute(account: account.name)
        withMailbox(id, at: now) { mailbox, random in
            mailbox.start(route: preloaded, contact: contact, at: now, random: &random)
        }
    }

    /// Ends the subscription at its notifier, and forgets it.
    mutating func closeMailbox(_ id: RegistrationID, at now: Instant) {
        withMailbox(id, at: now) { mailbox, random in mailbox.stop(random: &random) }
        forgetMailbox(id)
    }

    mutating func forgetMailbox(_ id: RegistrationID) {
        guard mailboxes.removeValue(forKey: id) != nil else { return }
        deadlines.set(.mailbox(id), nil)
    }

    mutating func mailboxAnswered(_ id: RegistrationID, _ response: Message, at now: Instant) {
        withMailbox(id, at: now) { mailbox, random in mailbox.receive(response, at: now, random: &random) }
    }

    mutating func mailboxSilent(_ id: RegistrationID, at now: Instant) {
        withMailbox(id, at: now) { mailbox, random in mailbox.timedOut(at: now, random: &random) }
    }

    mutating func wakeMailbox(_ id: RegistrationID, at now: Instant) {
        withMailbox(id, at: now) { mailbox, random in mailbox.wake(at: now, random: &random) }
    }

    /// A NOTIFY of one of these subscriptions; false when it is of none.
    mutating func takeMailboxNotify(_ request: Message, from source: Hop, at now: Instant) -> Bool {
        guard let id = mailboxes.first(where: { $0.value.isAbout(request) })?.key else { return false }
        var status = 481
        withMailbox(id, at: now) { mailbox, random in
            let (answer, outputs) = mailbox.notified(request, at: now, random: &random)
            status = answer
            return outputs
        }
        if status >= 300 { counters.refused += 1 }
        answerOnce(request, from: source, status, fields: Self.help(for: status), at: now)
        return true
    }

    /// What a mailbox server says without being asked, as many do to whoever is registered.
    mutating func takeUnsolicitedSummary(_ request: Message, from source: Hop, at now: Instant) -> Int {
        guard !request.body.isEmpty else { return 200 }
        guard request.contentType.map({ "\($0.type)/\($0.subtype)" }) == MessageSummary.contentType else { return 415 }
        guard let summary = MessageSummary(body: request.body) else { return 400 }
        guard let account = arrivalAccount(request, from: source), let id = registrationIDs[account.name] else { return 481 }
        if mailboxes[id] == nil { mailboxes[id] = Subscription(account) }
        withMailbox(id, at: now) { mailbox, _ in mailbox.take(summary) }
        return 200
    }

    /// What goes with a refusal of a NOTIFY or a SUBSCRIBE, so that the other side can do better.
    static func help(for status: Int) -> [HeaderField] {
        switch status {
        case 489: [allowEvents]
        case 415: [HeaderField(name: "Accept", value: MessageSummary.contentType)]
        default: []
        }
    }

    private mutating func withMailbox(
        _ id: RegistrationID, at now: Instant, _ body: (inout Subscription, inout RandomSource) -> [Subscription.Output]
    ) {
        guard var mailbox = mailboxes.removeValue(forKey: id) else { return }
        let outputs = body(&mailbox, &random)
        deadlines.set(.mailbox(id), mailbox.nextDeadline)
        mailboxes[id] = mailbox
        for output in outputs {
            switch output {
            case .send(let request): send(request, of: mailbox, id, at: now)
            case .report(let summary): outbox.append(.news(.mailbox(account: mailbox.account.name, summary)))
            case .log(let severity, let line): outbox.append(.log(severity, line))
            }
        }
    }

    private mutating func send(_ request: Request, of mailbox: Subscription, _ id: RegistrationID, at now: Instant) {
        guard let route = registrations[id]?.route else { return }
        let hop = mailbox.dialog?.nextHop ?? firstHop(account: mailbox.account.name, to: mailbox.account.address)
        let way = self.route(to: hop, by: route)
        var request = request
        request.headers.append(contact(account: mailbox.account.name, over: way))
        transmit(request, over: way, owner: .mailbox(id), at: now)
    }
}
