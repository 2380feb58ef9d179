import Base
import SIP
import Telephony
import Testing

@Suite("Registration: RFC 3261 §10")
struct RegistrationTests {
    /// A house with one account at the outsider, and its first REGISTER.
    private func registering(
        seed: UInt64 = 1, _ change: (inout Account) -> Void = { _ in },
        settings other: (inout UserAgentSettings) -> Void = { _ in }
    ) throws -> (World, Message) {
        var world = World(seed: seed)
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.registrar = uri("sip:192.0.2.1")
            account.credentials = Credentials(username: "door", password: "hunter2")
            change(&account)
            settings.accounts = [account]
            other(&settings)
        }
        let request = try world.received(.register)
        return (world, request)
    }

    private let challenge = ("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\", algorithm=MD5")

    private func granted(_ request: Message, _ seconds: Int = 600) -> [(String, String)] {
        [("Contact", "<\(request.contacts[0].uri)>;expires=\(seconds)")]
    }

    @Test("REGISTER has what RFC 3261 §10.2 asks for")
    func request() throws {
        let (world, request) = try registering { $0.displayName = "Door" }
        #expect(request.requestURI == uri("sip:192.0.2.1"))
        #expect(request.to.uri == uri("sip:door@pbx.example") && request.from.uri == request.to.uri)
        #expect(request.toTag == nil && request.fromTag != nil)
        #expect(request.contacts.map(\.uri) == [uri("sip:door@10.0.0.1:5060")])
        #expect(request.contacts.first?.parameters["expires"] == "600")
        #expect(world.registrations(0) == [.registering])
    }

    @Test(
        "Granted, it is refreshed before it expires, between half and nine tenths of what the 200 says",
        arguments: 1...20 as ClosedRange<UInt64>)
    func refreshed(seed: UInt64) throws {
        var (world, request) = try registering(seed: seed)
        world.reply(200, to: request, fields: granted(request, 100) + [("Expires", "7200")])
        #expect(world.registrations(0).last == .registered(expires: .seconds(100)))
        let refresh = try world.awaited(within: .seconds(100))
        #expect((Instant() + .seconds(50)...Instant() + .seconds(90)).contains(world.now))
        #expect(refresh.callID == request.callID && refresh.fromTag == request.fromTag)
        #expect(refresh.cseq.number == request.cseq.number + 1)
        world.reply(200, to: refresh, fields: granted(refresh, 100))
        #expect(world.registrations(0).count == 3)
    }

    @Test(
        "Without an own Contact in the 200 its Expires counts, and without that what was asked for",
        arguments: [
            ([("Expires", "120")], 120), ([], 600), ([("Contact", "<sip:other@192.0.2.9>;expires=5")], 600),
            ([("Contact", "<sip:other@192.0.2.9>;expires=5, <sip:door@10.0.0.1:5060>;expires=77")], 77),
            ([("Contact", "<sip:door@10.0.0.1>;expires=4294967295")], 86_400),
        ] as [([(String, String)], Int)])
    func expires(fields: [(String, String)], seconds: Int) throws {
        var (world, request) = try registering()
        world.reply(200, to: request, fields: fields)
        #expect(world.registrations(0).last == .registered(expires: .seconds(seconds)))
    }

    // MARK: Digest

    @Test("A challenge is answered once, and later requests carry the answer unasked with a growing count")
    func digest() throws {
        var (world, request) = try registering()
        world.reply(401, to: request, fields: [challenge])
        let second = try world.received(.register)
        #expect(second.cseq.number == request.cseq.number + 1)
        let answer = try #require(second.header("Authorization"))
        #expect(answer.contains("realm=\"pbx\"") && answer.contains("nc=00000001") && answer.contains("uri=\"sip:192.0.2.1\""))
        #expect(!answer.contains("hunter2"))
        world.reply(200, to: second, fields: granted(second))
        let refresh = try world.awaited(within: .seconds(541))
        #expect(refresh.header("Authorization")?.contains("nc=00000002") == true)
        world.reply(401, to: refresh, fields: [("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n2\", qop=\"auth\"")])
        let renewed = try world.received(.register)
        #expect(renewed.header("Authorization")?.contains("nonce=\"n2\"") == true)
        world.reply(200, to: renewed, fields: granted(renewed))
        #expect(world.registrations(0).last == .registered(expires: .seconds(600)))
    }

    @Test("A wrong password is tried once and then not for ten minutes, times 0.75 at least")
    func wrongPassword() throws {
        var (world, request) = try registering()
        world.reply(401, to: request, fields: [challenge])
        let second = try world.received(.register)
        world.reply(401, to: second, fields: [("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n2\", qop=\"auth\"")])
        guard case .failed(401, "wrong credentials", let retry)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
        #expect((Duration.seconds(450)...(.seconds(600))).contains(retry))
        world.advance(by: retry - .milliseconds(1))
        #expect(world.inbox().isEmpty)
        world.advance(by: .milliseconds(1))
        #expect(world.inbox().count == 1)
    }

    @Test("A stale nonce is no wrong password, but nobody goes round for ever")
    func stale() throws {
        var (world, request) = try registering()
        world.reply(401, to: request, fields: [challenge])
        var count = 1
        while let next = world.inbox().first {
            count += 1
            world.reply(
                401, to: next,
                fields: [("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n\(count)\", stale=true, qop=\"auth\"")])
        }
        #expect(count == 5)
        guard case .failed(401, _, _)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
    }

    @Test("Of several challenges the strongest is answered; a proxy and a registrar are answered both")
    func several() throws {
        var (world, request) = try registering()
        world.reply(407, to: request, fields: [("Proxy-Authenticate", "Digest realm=\"proxy\", nonce=\"p\", qop=\"auth\"")])
        let second = try world.received(.register)
        #expect(second.header("Proxy-Authorization") != nil)
        world.reply(
            401, to: second,
            fields: [challenge, ("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n3\", qop=\"auth\", algorithm=SHA-256")])
        let third = try world.received(.register)
        #expect(third.header("Proxy-Authorization") != nil)
        #expect(third.headers("Authorization").count == 1)
        #expect(third.header("Authorization")?.contains("SHA-256") == true)
        world.reply(200, to: third, fields: granted(third))
        #expect(world.registrations(0).last == .registered(expires: .seconds(600)))
    }

    @Test(
        "A challenge that cannot be answered is a failure",
        arguments: [
            [("WWW-Authenticate", "Basic realm=\"pbx\"")],
            [("WWW-Authenticate", "Digest realm=\"pbx\", nonce=\"n\", algorithm=MD9")], [],
        ] as [[(String, String)]])
    func unanswerable(fields: [(String, String)]) throws {
        var (world, request) = try registering()
        world.reply(401, to: request, fields: fields)
        #expect(world.inbox().isEmpty)
        guard case .failed(401, _, _)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
    }

    // MARK: Failures

    @Test("An interval that is too brief is asked for again as long as the registrar wants it")
    func tooBrief() throws {
        var (world, request) = try registering()
        world.reply(423, to: request, fields: [("Min-Expires", "1800")])
        let again = try world.received(.register)
        #expect(again.contacts.first?.parameters["expires"] == "1800" && again.expires == 1800)
        world.reply(423, to: again, fields: [("Min-Expires", "3600")])
        #expect(world.inbox().isEmpty)
        guard case .failed(423, _, _)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
    }

    @Test("Retry-After is kept, up to an hour", arguments: [(120, 120), (1_000_000, 3600)])
    func retryAfter(said: Int, kept: Int) throws {
        var (world, request) = try registering()
        world.reply(503, to: request, fields: [("Retry-After", "\(said) (maintenance)")])
        guard case .failed(503, _, let retry)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
        #expect(retry == .seconds(kept))
    }

    @Test("A registrar that is gone for a day is asked ever less often, never less than every four minutes, and found again")
    func neverGivesUp() throws {
        var (world, _) = try registering()
        var pauses: [Duration] = []
        world.advance(by: .seconds(86_400))
        for case .failed(nil, _, let retry) in world.registrations(0) { pauses.append(retry) }
        #expect(pauses.count > 300)
        #expect(pauses.prefix(1).allSatisfy { $0 >= .seconds(1) && $0 <= .seconds(2) })
        #expect(pauses.allSatisfy { $0 <= .seconds(240) })
        #expect(Set(pauses).count > 100)
        _ = world.inbox()
        let request = try world.awaited(within: .seconds(272))
        world.reply(200, to: request, fields: granted(request))
        #expect(world.registrations(0).last == .registered(expires: .seconds(600)))
    }

    @Test("A registrar without address is looked up again; later the last good address serves")
    func lookUp() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@pbx.example"))
            account.registrar = uri("sip:pbx.example")
            settings.accounts = [account]
        }
        guard case .failed(nil, _, _)? = world.registrations(0).last else {
            Issue.record("no failure told")
            return
        }
        world.names["pbx.example"] = [World.outsider]
        world.advance(by: .seconds(3))
        let request = try world.received(.register)
        world.reply(200, to: request, fields: granted(request, 60))
        world.names = [:]
        #expect(try world.awaited(within: .seconds(55)).method == .register)
    }

    // MARK: Learning

    @Test("A Contact that the registrar sees elsewhere is replaced, and the old one taken away")
    func learnt() throws {
        var (world, request) = try registering()
        reply(&world, to: request, received: "198.51.100.9", rport: 61_000)
        let again = try world.received(.register)
        #expect(again.contacts.map(\.uri) == [uri("sip:door@198.51.100.9:61000"), uri("sip:door@10.0.0.1:5060")])
        #expect(again.contacts.map { $0.parameters["expires"] } == ["600", "0"])
        reply(&world, to: again, received: "198.51.100.9", rport: 61_000)
        #expect(world.inbox().isEmpty)
        #expect(world.registrations(0).last == .registered(expires: .seconds(600)))
        #expect(world.snapshot(0).accounts.first?.learntAddress == "198.51.100.9:61000")

        // A call of that account is reached there too.
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: "pbx", ringTime: nil))
        #expect(try world.received(.invite).contacts.map(\.uri) == [uri("sip:door@198.51.100.9:61000")])
    }

    @Test("When our own address changes, the next REGISTER takes the old contact away")
    func moved() throws {
        var (world, request) = try registering()
        world.reply(200, to: request, fields: granted(request))
        world.houses[0].address = .v4(0x0A00_0063)
        let refresh = try world.awaited(within: .seconds(541))
        #expect(refresh.contacts.map(\.uri) == [uri("sip:door@10.0.0.99:5060"), uri("sip:door@10.0.0.1:5060")])
        #expect(refresh.contacts.map { $0.parameters["expires"] } == ["600", "0"])
        world.reply(200, to: refresh, fields: granted(refresh))
        #expect(try world.awaited(within: .seconds(541)).contacts.count == 1)
    }

    @Test("Stopped before the first answer, the contact is taken away all the same")
    func stoppedEarly() throws {
        var (world, request) = try registering()
        world.perform(0, .stop)
        let removal = try world.received(.register)
        #expect(removal.expires == 0 && removal.cseq.number == request.cseq.number + 1)
        world.reply(401, to: request, fields: [challenge])
        world.reply(401, to: removal, fields: [challenge])
        let again = try world.received(.register)
        #expect(again.expires == 0 && again.header("Authorization") != nil)
        world.reply(200, to: again)
        #expect(world.houses[0].outputs.last == .stopped)
    }

    @Test("A registrar that sees us elsewhere each time is not followed for ever")
    func restlessAddress() throws {
        var (world, request) = try registering()
        reply(&world, to: request, received: "198.51.100.9", rport: 61_000)
        let again = try world.received(.register)
        reply(&world, to: again, received: "198.51.100.9", rport: 61_001)
        #expect(world.inbox().isEmpty)
    }

    @Test("An advertised address is not replaced by what is seen")
    func advertised() throws {
        var (world, request) = try registering(settings: { $0.advertisedAddress = IPAddress("203.0.113.7") })
        #expect(request.contacts.map(\.uri) == [uri("sip:door@203.0.113.7:5060")])
        reply(&world, to: request, received: "198.51.100.9", rport: 61_000)
        #expect(world.inbox().isEmpty)
    }

    private func reply(_ world: inout World, to request: Message, received: String, rport: Int) {
        var response = Response(to: request, status: 200, toTag: "r")
        guard var via = request.topVia else { return }
        via.parameters["received"] = received
        via.parameters["rport"] = "\(rport)"
        response.headers.removeAll { $0.name == "Via" }
        response.headers.insert(HeaderField(name: "Via", value: via.description), at: 0)
        response.headers.append(HeaderField(name: "Contact", value: "<\(request.contacts[0].uri)>;expires=600"))
        let outputs = world.houses[0].agent.receive(
            response.encoded(), from: .udp(World.outsider), to: world.houses[0].address, at: world.now)
        world.take(outputs, from: 0)
    }

    // MARK: Calls by an account

    @Test("A call by an account has its address and answers challenges once")
    func call() throws {
        var (world, _) = try registering()
        world.perform(0, .call(first, target: uri("sip:201@192.0.2.1"), account: "pbx", ringTime: nil))
        let invite = try world.received(.invite)
        #expect(invite.from.uri == uri("sip:door@pbx.example"))
        world.reply(407, to: invite, fields: [("Proxy-Authenticate", "Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"")])
        let messages = world.inbox()
        #expect(messages.map(\.method) == [.ack, .invite])
        let second = messages[1]
        #expect(second.callID == invite.callID && second.fromTag == invite.fromTag && second.toTag == nil)
        #expect(second.cseq.number == invite.cseq.number + 1 && second.branch != invite.branch)
        let credentials = try #require(second.header("Proxy-Authorization"))
        world.reply(200, to: second, body: World.description())
        let ack = try world.received(.ack)
        #expect(ack.header("Proxy-Authorization") == credentials)
        #expect(world.events(0, first) == [.answered])
    }

    @Test("A call with a wrong password ends as forbidden after two INVITEs")
    func forbiddenCall() throws {
        var (world, _) = try registering()
        world.perform(0, .call(first, target: uri("sip:201@192.0.2.1"), account: "pbx", ringTime: nil))
        world.reply(401, to: try world.received(.invite), fields: [challenge])
        world.reply(401, to: try world.received(.invite), fields: [challenge])
        #expect(world.inbox().map(\.method) == [.ack])
        #expect(world.ends(0, first).map(\.cause) == [.forbidden])
    }

    @Test("tel: goes to the account's domain, and everything to the outbound proxy first")
    func telephone() throws {
        var (world, request) = try registering { $0.outboundProxy = uri("sip:192.0.2.1:5080") }
        #expect(request.routes.map(\.uri) == [uri("sip:192.0.2.1:5080;lr")])
        world.perform(0, .call(first, target: uri("tel:+49-30-1234"), account: "pbx", ringTime: nil))
        let invite = try world.received(.invite)
        #expect(invite.requestURI == uri("sip:+49301234@pbx.example;user=phone"))
        #expect(invite.routes.map(\.uri) == [uri("sip:192.0.2.1:5080;lr")])
        #expect(world.wire.last == "0>192.0.2.1:5080 INVITE")
    }

    @Test(
        "A call from the registrar names its account, one from elsewhere does not",
        arguments: [
            ("192.0.2.1", "sip:door@10.0.0.1", "pbx"), ("192.0.2.1", "sip:house0@10.0.0.1", "pbx"),
            ("192.0.2.2", "sip:door@10.0.0.1", nil),
        ] as [(String, String, String?)])
    func arrival(source: String, target: String, account: String?) throws {
        var (world, _) = try registering()
        let invite = World.request("INVITE", uri: target, body: World.description())
        world.inject(invite, into: 0, from: SocketAddress(try #require(IPAddress(source)), port: 5060))
        #expect(world.incoming(0).map(\.1.account) == [account])
    }

    // MARK: Secrets

    @Test("No output, snapshot or description shows the password")
    func secrets() throws {
        var (world, request) = try registering()
        world.reply(401, to: request, fields: [challenge])
        let second = try world.received(.register)
        world.reply(403, to: second)
        var shown = "\(world.snapshot(0))"
        for case .log(_, let line) in world.houses[0].outputs { shown += "\(line)" }
        for case .registration(_, let state) in world.houses[0].outputs { shown += "\(state)" }
        dump(world.houses[0].agent, to: &shown)
        #expect(!shown.contains("hunter2"))
        #expect(shown.contains("door"))
    }
}
