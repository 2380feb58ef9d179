import SIP
import Telephony
import Testing

@Suite("Session timers: RFC 4028")
struct SessionTimerTests {
    /// A house that called the outsider, whose 200 says this of the session.
    private func called(_ fields: [(String, String)]) throws -> (World, Message) {
        var (world, invite) = try World.calling()
        world.reply(200, to: invite, fields: fields, body: World.description())
        _ = try world.received(.ack)
        return (world, invite)
    }

    @Test("The INVITE asks for half an hour, and for nothing when the configuration wants no timer")
    func asks() throws {
        let (_, invite) = try World.calling()
        #expect(invite.header("Session-Expires") == "1800")
        #expect(invite.supported.contains("timer"))
        let (_, plain) = try World.calling { $0.sessionInterval = nil }
        #expect(plain.header("Session-Expires") == nil)
    }

    @Test("As the refresher we send UPDATE at half time, without a session description, again and again")
    func refreshes() throws {
        var (world, _) = try called([
            ("Session-Expires", "100;refresher=uac"), ("Require", "timer"), ("Allow", "INVITE, ACK, BYE, UPDATE"),
        ])
        for _ in 0..<4 {
            world.advance(by: .milliseconds(49_900))
            #expect(world.inbox().isEmpty)
            world.advance(by: .milliseconds(200))
            let update = try world.received(.update)
            #expect(update.header("Session-Expires") == "100;refresher=uac")
            #expect(update.body.isEmpty)
            world.reply(200, to: update, fields: [("Session-Expires", "100;refresher=uac")])
        }
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("A peer without UPDATE gets a re-INVITE with the session that is in force, unchanged")
    func refreshesByInvite() throws {
        var (world, invite) = try called([("Session-Expires", "100;refresher=uac"), ("Allow", "INVITE, ACK, BYE")])
        world.advance(by: .seconds(51))
        let again = try world.received(.invite)
        #expect(again.offer == invite.offer)
        #expect(again.header("Session-Expires") == "100;refresher=uac")
        world.reply(200, to: again, fields: [("Session-Expires", "100;refresher=uac")], body: World.description())
        world.advance(by: .seconds(49))
        #expect(world.ends(0, first).isEmpty)
        #expect(world.sessions(0, first).count == 1)
    }

    @Test("A refresh that nobody answers, or 481, ends the call", arguments: [nil, 481, 408])
    func refreshFails(status: Int?) throws {
        var (world, _) = try called([("Session-Expires", "100;refresher=uac"), ("Allow", "UPDATE")])
        world.advance(by: .seconds(51))
        let update = try world.received(.update)
        if let status { world.reply(status, to: update) }
        world.advance(by: .seconds(33))
        #expect(world.ends(0, first).map(\.cause) == [.sessionExpired])
        #expect(world.wire.last?.hasSuffix("BYE") == true)
    }

    @Test("A refresh that fails otherwise is tried again, and the call ends only when the time is up")
    func refreshRefused() throws {
        var (world, _) = try called([("Session-Expires", "100;refresher=uac"), ("Allow", "UPDATE")])
        var refreshes = 0
        for _ in 0..<1000 where world.ends(0, first).isEmpty {
            world.advance(by: .milliseconds(100))
            for message in world.inbox() where message.method == .update {
                refreshes += 1
                world.reply(500, to: message)
            }
        }
        #expect((3...6).contains(refreshes))
        #expect(world.ends(0, first).map(\.cause) == [.sessionExpired])
        #expect(world.now.nanoseconds > 99_000_000_000)
    }

    @Test(
        "A peer that does not refresh as it promised is hung up a third, or 32 s, before the end",
        arguments: [(90, 60), (300, 268)])
    func expires(interval: Int, end: Int) throws {
        var (world, _) = try called([("Session-Expires", "\(interval);refresher=uas")])
        world.advance(by: .seconds(end - 1))
        #expect(world.ends(0, first).isEmpty)
        world.advance(by: .seconds(2))
        #expect(world.ends(0, first).map(\.cause) == [.sessionExpired])
    }

    @Test("422 makes us ask again for what the peer wants at least")
    func tooShort() throws {
        var (world, invite) = try World.calling()
        world.reply(422, to: invite, fields: [("Min-SE", "3600")])
        let again = try world.received(.invite)
        #expect(again.header("Session-Expires") == "3600" && again.header("Min-SE") == "3600")
        #expect(again.callID == invite.callID && again.cseq.number > invite.cseq.number)
        world.reply(422, to: again, fields: [("Min-SE", "3600")])
        #expect(world.ends(0, first).map(\.status) == [422])
    }

    // MARK: Called

    @Test(
        "The 200 says who refreshes, never longer than asked for",
        arguments: [
            (["Supported: timer", "Session-Expires: 600;refresher=uac"], "600;refresher=uac", ["timer"]),
            (["Supported: timer", "Session-Expires: 600;refresher=uas"], "600;refresher=uas", ["timer"]),
            (["Supported: timer", "Session-Expires: 7200"], "1800;refresher=uas", ["timer"]),
            (["Supported: timer", "Session-Expires: 7200", "Min-SE: 3000"], "3000;refresher=uas", ["timer"]),
            (["Supported: timer"], "1800;refresher=uas", ["timer"]),
            (["Session-Expires: 600"], "600;refresher=uas", []),
            (["x: 600"], "600;refresher=uas", []), (["Session-Expires: soon"], nil, []), ([], nil, []),
        ] as [([String], String?, [String])])
    func answers(fields: [String], expected: String?, require: [String]) throws {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", fields: fields, body: World.description()), into: 0)
        world.perform(0, .answer(arrived))
        let answer = try #require(world.inbox().last)
        #expect(answer.status == 200)
        #expect(answer.header("Session-Expires") == expected)
        #expect(answer.require == require)
    }

    @Test("Two houses talk for hours: the session is refreshed and never ends by itself")
    func hours() {
        var world = World.talking { $0.limits.callTime = nil }
        world.advance(by: .seconds(4 * 3600))
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
        #expect(world.snapshot(1).calls.map(\.state) == ["established"])
        #expect(world.wire.filter { $0.hasSuffix(" UPDATE") && !$0.contains("200") }.count >= 15)
    }

    @Test("A house whose peer died unseen does not stay in the call for ever")
    func deadPeer() {
        var world = World.talking { $0.limits.callTime = nil }
        world.filter = { line, _ in !line.hasPrefix("1>") }
        world.advance(by: .seconds(1801))
        #expect(world.ends(0, first).map(\.cause) == [.sessionExpired])
    }
}
