import SIP
import Telephony
import Testing

@Suite("UPDATE, and offers from both sides: RFC 3311, RFC 6337")
struct UpdateTests {
    private func update(_ message: Message, cseq: Int = 10, body: String = "", fields: [String] = []) -> String {
        let isOurs = message.isRequest
        return World.request(
            "UPDATE", branch: "z9hG4bKupdate\(cseq)", callID: message.callID, fromTag: isOurs ? "peer" : "outs",
            toTag: isOurs ? message.fromTag : message.toTag, cseq: cseq, fields: fields, body: body)
    }

    @Test("An UPDATE in a call changes the session, as a re-INVITE would")
    func inCall() throws {
        var (world, invite) = try World.calledOut()
        world.inject(update(invite, body: World.description(direction: "sendonly", version: 2)), into: 0)
        let answer = try #require(world.inbox().last)
        #expect(answer.status == 200 && answer.offer.contains("a=recvonly"))
        #expect(world.events(0, first).last == .heldByPeer(true))
        world.inject(update(invite, cseq: 11, body: World.description(port: 7100, version: 3)), into: 0)
        #expect(world.events(0, first).last == .heldByPeer(false))
        #expect(world.sessions(0, first).last??.remote.port == 7100)
    }

    @Test("An UPDATE without a session refreshes the target only")
    func target() throws {
        var (world, invite) = try World.calledOut()
        let moved = update(invite).replacing("Contact: <sip:peer@192.0.2.1:5060>", with: "Contact: <sip:new@192.0.2.1:5070>")
        world.inject(moved, into: 0)
        #expect(world.inbox().map(\.status) == [200])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(try world.received(.bye).requestURI == uri("sip:new@192.0.2.1:5070"))
    }

    @Test(
        "An offer that nobody can use gets 488, a broken one 400, text 415, and the call goes on as it was",
        arguments: [
            (World.description(formats: "97"), 488), ("nonsense", 400),
        ])
    func unusable(body: String, status: Int) throws {
        var (world, invite) = try World.calledOut()
        world.inject(update(invite, body: body), into: 0)
        #expect(world.inbox().map(\.status) == [status])
        #expect(world.sessions(0, first).count == 1)
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("Before our answer a new offer is too early: 500 with Retry-After; without an offer the target moves")
    func early() throws {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.perform(0, .ring(arrived))
        let ringing = try #require(world.inbox().last)
        world.inject(update(ringing, cseq: 2, body: World.description(version: 2)), into: 0)
        let refusal = try #require(world.inbox().last)
        #expect(refusal.status == 500 && refusal.header("Retry-After") != nil)
        world.inject(update(ringing, cseq: 3), into: 0)
        #expect(world.inbox().map(\.status) == [200])
    }

    @Test("A caller's early dialog takes a new offer by UPDATE once its own was answered, else 491")
    func earlyCaller() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.inject(update(invite, cseq: 1, body: World.description(version: 2)), into: 0)
        #expect(world.inbox().map(\.status) == [491])
        world.reply(183, to: invite, fields: ProvisionalTests.reliable, body: World.description())
        world.reply(200, to: try world.received(.prack))
        world.inject(update(invite, cseq: 2, body: World.description(port: 7200, version: 2)), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.sessions(0, first).last??.remote.port == 7200)
        world.reply(200, to: invite)
        #expect(world.events(0, first).last == .answered)
        #expect(world.sessions(0, first).last??.remote.port == 7200)
    }

    @Test("While our own offer is on its way another one gets 491")
    func glare() throws {
        var (world, invite) = try World.calledOut()
        world.perform(0, .hold(first))
        _ = try world.received(.invite)
        world.inject(update(invite, body: World.description(version: 2)), into: 0)
        #expect(world.inbox().map(\.status) == [491])
    }

    @Test("After the end of a call, and outside of one, there is nothing to update: 481")
    func outside() throws {
        var world = World()
        world.add()
        world.inject(World.request("UPDATE", toTag: "x", body: World.description()), into: 0)
        #expect(world.inbox().map(\.status) == [481])
    }
}
