import SIP
import Telephony
import Testing

@Suite("Provisional responses that must arrive: RFC 3262")
struct ProvisionalTests {
    static let reliable = [("Require", "100rel"), ("RSeq", "7")]

    @Test("A reliable 183 is acknowledged by PRACK, and its answer is heard")
    func acknowledges() throws {
        var (world, invite) = try World.calling()
        #expect(invite.supported.contains("100rel"))
        world.reply(183, to: invite, fields: Self.reliable, body: World.description())
        let prack = try world.received(.prack)
        #expect(prack.header("RAck") == "7 \(invite.cseq)")
        #expect(prack.toTag == "peer")
        #expect(prack.cseq.number == invite.cseq.number + 1)
        #expect(prack.requestURI == uri("sip:peer@192.0.2.1"))
        #expect(world.events(0, first) == [.ringing(earlyMedia: true)])
    }

    @Test("A copy of a reliable response is not acknowledged again, nor is one that overtook another")
    func order() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite, fields: Self.reliable)
        world.reply(200, to: try world.received(.prack))
        world.reply(180, to: invite, fields: Self.reliable)
        world.reply(183, to: invite, fields: [("Require", "100rel"), ("RSeq", "9")])
        #expect(world.inbox().isEmpty)
        world.reply(183, to: invite, fields: [("Require", "100rel"), ("RSeq", "8")])
        #expect(try world.received(.prack).header("RAck") == "8 \(invite.cseq)")
    }

    @Test("The ACK keeps the number of the INVITE after a PRACK counted on, and the BYE counts further")
    func sequence() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite, fields: Self.reliable)
        world.reply(200, to: try world.received(.prack))
        world.reply(200, to: invite, body: World.description())
        #expect(try world.received(.ack).cseq.number == invite.cseq.number)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(try world.received(.bye).cseq.number == invite.cseq.number + 2)
    }

    // MARK: Called

    private func rings(body: String = World.description()) throws -> (World, Message) {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", fields: ["Require: 100rel"], body: body), into: 0)
        world.perform(0, .ring(arrived))
        let ringing = try #require(world.inbox().last)
        return (world, ringing)
    }

    private func prack(_ ringing: Message, number: String? = nil, body: String = "") -> String {
        World.request(
            "PRACK", branch: "z9hG4bKprack", toTag: ringing.toTag, cseq: 2,
            fields: ["RAck: \(number ?? ringing.header("RSeq") ?? "") 1 INVITE"], body: body)
    }

    @Test("A 180 that must arrive is repeated with doubling pauses until its PRACK comes")
    func repeats() throws {
        var (world, ringing) = try rings()
        #expect(ringing.status == 180 && ringing.require == ["100rel"])
        world.advance(by: .milliseconds(500 + 1000 + 2000 + 10))
        #expect(world.inbox().map(\.bytes) == [ringing.bytes, ringing.bytes, ringing.bytes])
        world.inject(prack(ringing), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        world.advance(by: .seconds(20))
        #expect(world.inbox().isEmpty)
    }

    @Test("A PRACK of another number gets 481 and stops nothing", arguments: ["1", "x", "4294967296"])
    func foreign(number: String) throws {
        var (world, ringing) = try rings()
        world.inject(prack(ringing, number: number), into: 0)
        #expect(world.inbox().map(\.status) == [481])
        world.advance(by: .milliseconds(510))
        #expect(world.inbox().map(\.status) == [180])
    }

    @Test("Without a PRACK in 64*T1 the call is refused with 504")
    func givesUp() throws {
        var (world, _) = try rings()
        world.advance(by: .milliseconds(31_900))
        #expect(world.ends(0, arrived).isEmpty)
        world.advance(by: .milliseconds(200))
        #expect(world.ends(0, arrived).map(\.cause) == [.unreachable])
        #expect(world.inbox().last?.status == 504)
    }

    @Test("An INVITE without an offer gets ours in the 180, and the 200 waits for the answer in the PRACK")
    func lateOffer() throws {
        var (world, ringing) = try rings(body: "")
        #expect(ringing.offer.contains("m=audio"))
        world.perform(0, .answer(arrived))
        #expect(world.inbox().isEmpty)
        world.inject(prack(ringing, body: World.description()), into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [200, 200])
        #expect(answers.map(\.method) == [.prack, .invite])
        #expect(answers.last?.body.isEmpty == true)
        #expect(world.sessions(0, arrived).count == 1)
        world.inject(World.request("ACK", branch: "z9hG4bKack", toTag: ringing.toTag), into: 0)
        world.advance(by: .seconds(40))
        #expect(world.ends(0, arrived).isEmpty)
    }
}
