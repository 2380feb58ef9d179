import Base
import SIP
import Telephony
import Testing

@Suite("New settings, and the end")
struct LifeTests {
    private func account(_ name: String, user: String? = nil, password: String = "p") -> Account {
        var account = Account(name: name, address: uri("sip:\(user ?? name)@pbx.example"))
        account.registrar = uri("sip:192.0.2.1")
        account.credentials = Credentials(username: user ?? name, password: password)
        return account
    }

    /// A house with the accounts a and b registered, and its settings.
    private func registered() -> (World, UserAgentSettings) {
        var world = World()
        var settings = UserAgentSettings()
        world.add { own in
            own.accounts = [account("a"), account("b")]
            settings = own
        }
        for request in world.inbox() { grant(&world, request) }
        return (world, settings)
    }

    private func grant(_ world: inout World, _ request: Message) {
        world.reply(200, to: request, fields: request.contacts.first.map { [("Contact", "<\($0.uri)>;expires=600")] } ?? [])
    }

    @Test("Settings that are the same send nothing")
    func unchanged() {
        var (world, settings) = registered()
        world.perform(0, .reconfigure(settings))
        #expect(world.inbox().isEmpty)
    }

    @Test("A removed account is taken off its registrar, a new one registers, the others are left alone")
    func replaced() throws {
        var (world, settings) = registered()
        settings.accounts = [account("a"), account("c")]
        world.perform(0, .reconfigure(settings))
        let requests = world.inbox()
        #expect(requests.map(\.to.uri.user) == ["b", "c"])
        #expect(requests.map(\.expires) == [0, 600])
        for request in requests { grant(&world, request) }
        #expect(world.snapshot(0).accounts.map(\.name) == ["a", "c"])
        #expect(world.snapshot(0).accounts.map(\.state) == ["registered", "registered"])
        #expect(world.houses[0].outputs.contains(.registration(account: "b", .unregistered)))
        #expect(!world.houses[0].outputs.contains(.registration(account: "a", .unregistered)))
    }

    @Test("A new password registers again at once, and does not take the contact away")
    func newPassword() throws {
        var (world, settings) = registered()
        settings.accounts[0].credentials?.password = "q"
        world.perform(0, .reconfigure(settings))
        let requests = world.inbox()
        #expect(requests.map(\.to.uri.user) == ["a"])
        #expect(requests.map(\.expires) == [600])
    }

    @Test("Another user at the registrar: the old contact goes, the new one comes")
    func newUser() throws {
        var (world, settings) = registered()
        settings.accounts[1] = account("b", user: "bb")
        world.perform(0, .reconfigure(settings))
        let requests = world.inbox()
        #expect(requests.map(\.to.uri.user) == ["b", "bb"])
        #expect(requests.map(\.expires) == [0, 600])
        for request in requests { grant(&world, request) }
        #expect(world.snapshot(0).accounts.map(\.state) == ["registered", "registered"])
    }

    @Test("Calls go on under new settings, and ports that went away are not taken again")
    func callsGoOn() throws {
        var (world, invite) = try World.calledOut()
        var settings = UserAgentSettings()
        settings.localUser = "house0"
        settings.trust.everyone = true
        settings.media.ports = [6000]
        world.perform(0, .reconfigure(settings))
        #expect(world.ends(0, first) == [])
        world.inject(
            World.request("OPTIONS", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        world.reply(200, to: try world.received(.bye))
        world.perform(0, .call(second, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        #expect(try world.received(.invite).offer.contains("m=audio 6000"))
        world.perform(0, .call(.outgoing(3), target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        #expect(world.ends(0, .outgoing(3)).count == 1)
    }

    @Test("Stop ends calls, takes the contacts away, and says when the last answer came")
    func stop() throws {
        var (world, _) = registered()
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        world.reply(200, to: try world.received(.invite), body: World.description())
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        _ = world.inbox()
        world.perform(0, .stop)
        #expect(world.ends(0, first) == [CallEnd(.shutDown)])
        #expect(world.ends(0, arrived) == [CallEnd(.shutDown)])
        let last = world.inbox()
        #expect(last.filter(\.isRequest).map(\.method) == [.bye, .register, .register])
        #expect(last.filter { !$0.isRequest }.map(\.status) == [480])
        #expect(last.filter { $0.method == .register }.map(\.expires) == [0, 0])
        #expect(!world.houses[0].outputs.contains(.stopped))
        for request in last where request.isRequest { world.reply(200, to: request) }
        #expect(world.houses[0].outputs.last == .stopped)
        world.settle()
        #expect(world.houses[0].outputs.filter { $0 == .stopped }.count == 1)
    }

    @Test("When nobody answers, stopping takes two seconds")
    func stopInSilence() {
        var (world, _) = registered()
        world.perform(0, .stop)
        world.advance(by: .milliseconds(1999))
        #expect(!world.houses[0].outputs.contains(.stopped))
        world.advance(by: .milliseconds(1))
        #expect(world.houses[0].outputs.contains(.stopped))
    }

    @Test("A call that was never acknowledged gets its BYE at the last moment")
    func stopUnacknowledged() {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.perform(0, .answer(arrived))
        world.perform(0, .stop)
        _ = world.inbox()
        world.advance(by: .milliseconds(1999))
        #expect(world.inbox().allSatisfy { $0.status == 200 })
        world.advance(by: .milliseconds(1))
        #expect(world.inbox().map(\.method) == [.bye])
        #expect(world.houses[0].outputs.last == .stopped)
    }

    @Test("With nothing to take leave of, it stops at once, and places no more calls")
    func stopAtOnce() {
        var world = World()
        world.add()
        world.perform(0, .stop)
        #expect(world.houses[0].outputs == [.stopped])
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        #expect(world.ends(0, first) == [CallEnd(.shutDown)])
    }

    @Test("The state shows registrations, calls and counters")
    func snapshot() throws {
        var (world, _) = registered()
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: "a", ringTime: nil))
        world.advance(by: .seconds(1))
        let invite = try #require(world.inbox().first)
        world.reply(180, to: invite)
        #expect(world.snapshot(0).calls.map(\.state) == ["ringing"])
        world.reply(200, to: invite, body: World.description())
        world.advance(by: .seconds(5))
        world.inject("nonsense that is long enough", into: 0)
        let snapshot = world.snapshot(0)
        let call = try #require(snapshot.calls.first)
        #expect(call.state == "established" && call.peer == "sip:peer@192.0.2.1" && call.account == "a")
        #expect(call.talking == .seconds(5) && call.age == .seconds(6) && call.codec == "pcma")
        #expect(snapshot.counters.parseErrors == 1 && snapshot.counters.callsOut == 1 && snapshot.counters.retransmissions == 1)
        #expect(snapshot.accounts.first?.remaining == .seconds(594))
    }
}
