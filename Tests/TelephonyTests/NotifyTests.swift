import Base
import SIP
import Telephony
import Testing

@Suite("NOTIFY talk, hold and check-sync")
struct NotifyTests {
    private func house(obeys: Bool = true, heeds: Bool = true) throws -> World {
        var world = World()
        world.add { settings in
            settings.obeysNotify = obeys
            settings.acceptsCheckSync = heeds
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        world.reply(200, to: register, fields: [("Contact", "<\(register.contacts[0].uri)>;expires=600")])
        return world
    }

    private func ringing(_ world: inout World) throws -> String {
        world.inject(World.request("INVITE", uri: "sip:door@10.0.0.1", body: World.description()), into: 0)
        world.perform(0, .ring(arrived))
        return try #require(world.inbox().last?.toTag)
    }

    private func notify(_ event: String, tag: String? = nil, number: Int = 2) -> String {
        World.request(
            "NOTIFY", uri: "sip:door@10.0.0.1", branch: "z9hG4bKn\(number)",
            callID: tag == nil ? "n\(number)@192.0.2.1" : "call@192.0.2.1",
            toTag: tag, cseq: number, fields: ["Event: \(event)", "Subscription-State: active"])
    }

    @Test("In the call or from the registrar, talk and hold reach the house, which decides", arguments: [true, false])
    func obeyed(isInCall: Bool) throws {
        var world = try house()
        let tag = try ringing(&world)
        world.inject(notify("talk", tag: isInCall ? tag : nil), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.events(0, arrived).last == .talkAsked)
        #expect(world.snapshot(0).calls.first?.state == "ringing")
        world.perform(0, .answer(arrived))
        world.inject(World.request("ACK", uri: "sip:door@10.0.0.1", branch: "z9hG4bKack", toTag: tag), into: 0)
        _ = world.inbox()
        world.inject(notify("hold", tag: isInCall ? tag : nil, number: 3), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.events(0, arrived).last == .holdAsked)
    }

    @Test("Where the configuration does not allow it, it is no event that we know")
    func forbidden() throws {
        var world = try house(obeys: false, heeds: false)
        let tag = try ringing(&world)
        let before = world.houses[0].outputs
        for (number, event) in ["talk", "hold", "check-sync"].enumerated() {
            world.inject(notify(event, tag: event == "check-sync" ? nil : tag, number: number + 2), into: 0)
            let answer = try #require(world.inbox().first)
            #expect(answer.status == 489 && answer.header("Allow-Events")?.contains("message-summary") == true)
        }
        #expect(
            world.houses[0].outputs.filter { if case .log = $0 { false } else { true } }.count
                == before.filter { if case .log = $0 { false } else { true } }.count)
    }

    @Test("Outside of a call only the registrar is heard, and only when one call can be meant")
    func outside() throws {
        var world = try house()
        world.inject(notify("talk"), into: 0)
        #expect(world.inbox().map(\.status) == [481])
        _ = try ringing(&world)
        world.inject(notify("talk", number: 3), into: 0, from: SocketAddress(.v4(0xC000_0209), port: 5060))
        #expect(world.inbox().map(\.status) == [481])
        #expect(world.events(0, arrived).count == 1)
    }

    @Test("check-sync is told, with whether a new start is wanted, and registers anew; again and again it is not")
    func checkSync() throws {
        var world = try house()
        world.inject(notify("check-sync;reboot=true"), into: 0)
        world.inject(notify("check-sync", number: 3), into: 0)
        let sent = world.inbox()
        #expect(sent.compactMap(\.status) == [200, 200] && sent.filter { $0.isRequest }.map(\.method) == [.register])
        world.advance(by: .seconds(31))
        _ = world.inbox()
        world.inject(notify("check-sync;reboot=false", number: 4), into: 0)
        let news = world.houses[0].outputs.compactMap { if case .news(let news) = $0 { news } else { nil } }
        #expect(news == [.checkSync(account: "pbx", reboot: true), .checkSync(account: "pbx", reboot: false)])
        world.inject(notify("check-sync", number: 5), into: 0, from: SocketAddress(.v4(0xC000_0209), port: 5060))
        #expect(world.inbox().last?.status == 481)
    }

    @Test("What nobody knows, or has no name, gets 489", arguments: ["presence", "conference;id=1", ";id=1"])
    func unknown(event: String) throws {
        var world = try house()
        world.inject(notify(event), into: 0)
        #expect(world.inbox().map(\.status) == [489])
    }
}
