import Base
import SIP
import Telephony
import Testing

@Suite("Mailboxes: RFC 6665 §4.1, RFC 3842")
struct MailboxTests {
    /// A house registered at the outsider, and its first SUBSCRIBE.
    private func subscribing(isWanted: Bool = true) throws -> (World, Message?) {
        var world = World()
        world.add { settings in
            settings.trust.everyone = false
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            account.credentials = Credentials(username: "door", password: "hunter2")
            account.expires = .seconds(86_400)
            account.subscribesToMailbox = isWanted
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        world.reply(200, to: register, fields: [("Contact", "<\(register.contacts[0].uri)>;expires=86400")])
        let subscribe = world.inbox().first { $0.method == .subscribe }
        return (world, subscribe)
    }

    private func subscribed() throws -> (World, Message) {
        var (world, subscribe) = try subscribing()
        let request = try #require(subscribe)
        world.reply(200, to: request, fields: [("Expires", "600"), ("Contact", "<sip:mail@192.0.2.1>")])
        return (world, request)
    }

    private func notify(
        _ subscribe: Message, cseq: Int = 1, state: String? = "active;expires=600", event: String = "message-summary",
        tag: String = "peer", waiting: String? = "yes", counts: String = "2/8 (1/0)",
        type: String = "application/simple-message-summary"
    ) -> String {
        World.request(
            "NOTIFY", uri: "sip:door@10.0.0.1", branch: "z9hG4bKn\(cseq)\(tag)", callID: subscribe.callID, fromTag: tag,
            toTag: subscribe.fromTag, cseq: cseq,
            fields: ["Event: \(event)"] + (state.map { ["Subscription-State: \($0)"] } ?? []),
            body: waiting.map { "Messages-Waiting: \($0)\nMessage-Account: sip:mail@pbx.example\nVoice-Message: \(counts)\n" }
                ?? "",
            type: type)
    }

    private func summaries(_ world: World) -> [MessageSummary] {
        world.houses[0].outputs.compactMap { if case .news(.mailbox("pbx", let summary)) = $0 { summary } else { nil } }
    }

    private let two = MessageSummary(isWaiting: true, new: 2, old: 8, newUrgent: 1, mailbox: "sip:mail@pbx.example")

    @Test("A registered account subscribes when it is to, and says what it wants", arguments: [true, false])
    func subscribe(isWanted: Bool) throws {
        let (_, request) = try subscribing(isWanted: isWanted)
        #expect((request != nil) == isWanted)
        guard let request else { return }
        #expect(request.requestURI == uri("sip:door@192.0.2.1") && request.to.uri == request.from.uri)
        #expect(request.header("Event") == "message-summary" && request.expires == 3600)
        #expect(request.header("Accept") == "application/simple-message-summary")
        #expect(request.contacts.map(\.uri) == [uri("sip:door@10.0.0.1:5060")] && request.toTag == nil)
    }

    @Test("What the mailbox holds is told once, and shown")
    func told() throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe), into: 0)
        world.inject(notify(subscribe, cseq: 2), into: 0)
        world.inject(notify(subscribe, cseq: 3, waiting: "no", counts: "0/8"), into: 0)
        #expect(world.inbox().map(\.status) == [200, 200, 200])
        let none = MessageSummary(isWaiting: false, new: 0, old: 8, mailbox: "sip:mail@pbx.example")
        #expect(summaries(world) == [two, none])
        #expect(world.snapshot(0).accounts.first?.mailbox == none)
    }

    @Test("A NOTIFY may overtake the 200 to its SUBSCRIBE")
    func overtaken() throws {
        var (world, subscribe) = try subscribing()
        let request = try #require(subscribe)
        world.inject(notify(request), into: 0)
        #expect(summaries(world) == [two])
        world.reply(200, to: request, fields: [("Expires", "600")])
        _ = world.inbox()
        world.advance(by: .seconds(599))
        #expect(world.inbox().first?.method == .subscribe)
    }

    @Test("It is refreshed in its dialog before it runs out, and ended when the house stops")
    func refreshed() throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe), into: 0)
        _ = world.inbox()
        let start = world.now
        let refresh = try world.awaited(within: .seconds(541))
        #expect(refresh.method == .subscribe && world.now - start >= .seconds(299))
        #expect(refresh.callID == subscribe.callID && refresh.toTag == "peer" && refresh.fromTag == subscribe.fromTag)
        #expect(refresh.cseq.number == subscribe.cseq.number + 1 && refresh.requestURI == uri("sip:peer@192.0.2.1:5060"))
        world.reply(200, to: refresh, fields: [("Expires", "600")])
        world.perform(0, .stop)
        let last = try world.received(.subscribe)
        #expect(last.expires == 0 && last.toTag == "peer")
    }

    @Test(
        "NOTIFYs that are none of this subscription, or not understood, are refused and change nothing",
        arguments: [
            (2, "message-summary", "other", "yes", "application/simple-message-summary", 481),
            (2, "presence", "peer", "yes", "application/simple-message-summary", 489),
            (1, "message-summary", "peer", "yes", "application/simple-message-summary", 500),
            (2, "message-summary", "peer", "yes", "text/plain", 415), (2, "message-summary", "peer", nil, "", 200),
        ] as [(Int, String, String, String?, String, Int)])
    func refused(cseq: Int, event: String, tag: String, waiting: String?, type: String, status: Int) throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe, cseq: 2, waiting: "no", counts: "0/0"), into: 0)
        _ = world.inbox()
        world.inject(
            notify(subscribe, cseq: cseq + (cseq == 2 ? 1 : 0), event: event, tag: tag, waiting: waiting, type: type), into: 0)
        #expect(world.inbox().map(\.status) == [status])
        #expect(summaries(world).count == 1)
    }

    @Test("A challenge is answered once; 423 asks for longer")
    func challenged() throws {
        var (world, first) = try subscribing()
        let challenge = ("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\", algorithm=MD5")
        world.reply(401, to: try #require(first), fields: [challenge])
        let second = try world.received(.subscribe)
        #expect(second.header("Authorization")?.contains("username=\"door\"") == true)
        world.reply(423, to: second, fields: [("Min-Expires", "7200")])
        let third = try world.received(.subscribe)
        #expect(third.expires == 7200)
        world.reply(401, to: third, fields: [challenge])
        #expect(world.inbox().isEmpty)
    }

    @Test(
        "A failure is followed by a new subscription, sooner or later",
        arguments: [(500, 45...60), (489, 2700...3600), (403, 2700...3600), (503, 120...120)])
    func failed(status: Int, seconds: ClosedRange<Int>) throws {
        var (world, first) = try subscribing()
        let request = try #require(first)
        let start = world.now
        world.reply(status, to: request, fields: status == 503 ? [("Retry-After", "120")] : [])
        let next = try world.awaited(within: .seconds(3601))
        #expect(next.method == .subscribe && next.callID != request.callID)
        #expect((Duration.seconds(seconds.lowerBound)...Duration.seconds(seconds.upperBound)).contains(world.now - start))
    }

    @Test("481 to a refresh makes a new subscription at once")
    func forgotten() throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe), into: 0)
        _ = world.inbox()
        let refresh = try world.awaited(within: .seconds(541))
        world.reply(481, to: refresh)
        let anew = try world.received(.subscribe)
        #expect(anew.toTag == nil && anew.callID != subscribe.callID)
    }

    @Test("No NOTIFY within 64·T1 of the 200 is a failure: timer N")
    func silence() throws {
        var (world, subscribe) = try subscribed()
        world.advance(by: .seconds(31))
        #expect(world.inbox().isEmpty)
        let again = try world.awaited(within: .seconds(62))
        #expect(again.method == .subscribe && again.callID != subscribe.callID)
    }

    @Test(
        "Ended by the notifier, its reason says when to ask again: RFC 6665 §4.1.3",
        arguments: [
            ("terminated;reason=deactivated", 1), ("terminated;reason=timeout", 1),
            ("terminated;reason=probation;retry-after=90", 90),
            ("terminated;reason=giveup", 60), ("terminated", 60), ("terminated;reason=noresource", nil),
            ("terminated;reason=rejected", nil), ("terminated;reason=invariant;retry-after=5", nil),
        ] as [(String, Int64?)])
    func terminated(state: String, seconds: Int64?) throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe, state: state), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(summaries(world) == [two])
        world.inject(notify(subscribe, cseq: 2, waiting: "no"), into: 0)
        #expect(world.inbox().map(\.status) == [481])
        let start = world.now
        if let seconds {
            #expect(try world.awaited(within: .seconds(200)).method == .subscribe)
            #expect(world.now - start == .seconds(seconds))
        } else {
            world.advance(by: .seconds(7200))
            #expect(world.inbox().isEmpty)
        }
    }

    @Test("A NOTIFY may shorten the subscription")
    func shortened() throws {
        var (world, subscribe) = try subscribed()
        world.inject(notify(subscribe, state: "active;expires=100"), into: 0)
        _ = world.inbox()
        let start = world.now
        _ = try world.awaited(within: .seconds(91))
        #expect(world.now - start <= .seconds(90))
    }

    // MARK: Unasked

    @Test("A registrar may tell without being asked, with or without Subscription-State", arguments: [nil, "active"])
    func unsolicited(state: String?) throws {
        var (world, _) = try subscribing(isWanted: false)
        let text = World.request(
            "NOTIFY", uri: "sip:door@10.0.0.1",
            fields: ["Event: message-summary"] + (state.map { ["Subscription-State: \($0)"] } ?? []),
            body: "Messages-Waiting: yes\nVoice-Message: 1/0 (0/0)\n", type: "application/simple-message-summary")
        world.inject(text, into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(summaries(world) == [MessageSummary(isWaiting: true, new: 1, old: 0, newUrgent: 0)])
    }

    @Test("Nobody else may, trusted or not", arguments: [(true, 481), (false, 403)])
    func stranger(isTrusted: Bool, status: Int) throws {
        var (world, _) = try subscribing(isWanted: false)
        if isTrusted {
            var settings = UserAgentSettings()
            settings.trust.everyone = true
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            settings.accounts = [account]
            world.perform(0, .reconfigure(settings))
            _ = world.inbox()
        }
        let text = World.request(
            "NOTIFY", uri: "sip:door@10.0.0.1", fields: ["Event: message-summary"], body: "Messages-Waiting: yes\n",
            type: "application/simple-message-summary")
        world.inject(text, into: 0, from: SocketAddress(.v4(0xC000_0209), port: 5060))
        #expect(world.inbox().map(\.status) == [status])
        #expect(summaries(world).isEmpty)
    }
}

@Suite("What a mailbox holds: RFC 3842 §5.2")
struct MessageSummaryTests {
    private func summary(_ body: String) throws -> [MessageSummary] {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            settings.accounts = [account]
        }
        let text = World.request(
            "NOTIFY", uri: "sip:door@10.0.0.1", fields: ["Event: message-summary"], body: body,
            type: "application/simple-message-summary")
        world.inject(text, into: 0)
        return world.houses[0].outputs.compactMap { if case .news(.mailbox(_, let summary)) = $0 { summary } else { nil } }
    }

    @Test(
        "Counts may be there in part, in any case of letters, and too large",
        arguments: [
            ("Messages-Waiting: yes\n", MessageSummary(isWaiting: true)),
            ("messages-waiting : NO\nvoice-message: 0/3\n", MessageSummary(isWaiting: false, new: 0, old: 3)),
            (
                "Messages-Waiting: yes\nFax-Message: 7/7\nVoice-Message: 2/8 (0/2)\n\nTo: x\n",
                MessageSummary(isWaiting: true, new: 2, old: 8, newUrgent: 0)
            ),
            ("Messages-Waiting: yes\nVoice-Message: 99999999999/x\n", MessageSummary(isWaiting: true, new: .max)),
            ("Messages-Waiting: yes\nMessage-Account: sip:m@x\n", MessageSummary(isWaiting: true, mailbox: "sip:m@x")),
        ])
    func counts(body: String, expected: MessageSummary) throws {
        #expect(try summary(body) == [expected])
    }

    @Test("A body without the one line that must be there says nothing", arguments: ["Voice-Message: 1/1\n", "hello\n"])
    func nothing(body: String) throws {
        #expect(try summary(body).isEmpty)
    }
}
