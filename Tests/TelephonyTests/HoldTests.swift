import Base
import SIP
import Telephony
import Testing

@Suite("Hold and re-INVITE: RFC 3261 §14, RFC 3264 §8.4, RFC 6337 §5.3")
struct HoldTests {
    /// A re-INVITE from the outsider that we called.
    private func reinvite(_ invite: Message, cseq: Int = 1, body: String, fields: [String] = []) -> String {
        World.request(
            "INVITE", uri: "sip:house0@10.0.0.1:5060", branch: "z9hG4bKre\(cseq)", callID: invite.callID, fromTag: "peer",
            toTag: invite.fromTag, cseq: cseq, fields: fields, body: body)
    }

    private func ack(_ invite: Message, cseq: Int = 1, body: String = "") -> String {
        World.request(
            "ACK", uri: "sip:house0@10.0.0.1:5060", branch: "z9hG4bKack\(cseq)", callID: invite.callID, fromTag: "peer",
            toTag: invite.fromTag, cseq: cseq, body: body)
    }

    @Test("Either side holds and resumes; both hear of it, and the call stays", arguments: [0, 1])
    func bothWays(side: Int) throws {
        var world = World.talking()
        let (here, there) = side == 0 ? ((0, first), (1, arrived)) : ((1, arrived), (0, first))
        world.perform(here.0, .hold(here.1))
        world.advance(by: .milliseconds(100))
        #expect(world.events(here.0, here.1).last == .held(true))
        #expect(world.events(there.0, there.1).last == .heldByPeer(true))
        #expect((world.sessions(there.0, there.1).last ?? nil)?.sends == false)
        #expect((world.sessions(here.0, here.1).last ?? nil)?.receives == false)

        world.perform(there.0, .hold(there.1))
        world.advance(by: .milliseconds(100))
        #expect(world.events(there.0, there.1).last == .held(true))
        #expect(world.events(here.0, here.1).last == .heldByPeer(true))

        world.perform(here.0, .resume(here.1))
        world.perform(there.0, .resume(there.1))
        world.advance(by: .seconds(20))
        #expect(world.events(here.0, here.1).suffix(2).contains(.held(false)))
        let last = (world.sessions(0, first).last ?? nil, world.sessions(1, arrived).last ?? nil)
        #expect(last.0?.sends == true && last.0?.receives == true && last.1?.sends == true && last.1?.receives == true)
        #expect(world.snapshot(0).calls.map(\.isHeld) == [false] && world.snapshot(0).calls.map(\.isHeldByPeer) == [false])
        #expect(world.snapshot(1).calls.map(\.isHeld) == [false] && world.snapshot(1).calls.map(\.isHeldByPeer) == [false])
    }

    @Test(
        "The peer holds in every style there is",
        arguments: [
            ("sendonly", "192.0.2.1", "recvonly", true), ("inactive", "192.0.2.1", "inactive", false),
            ("sendrecv", "0.0.0.0", "sendrecv", true), ("recvonly", "192.0.2.1", "sendonly", false),
        ])
    func styles(direction: String, address: String, answer: String, receives: Bool) throws {
        var (world, invite) = try World.calledOut()
        world.inject(reinvite(invite, body: World.description(direction: direction, address: address, version: 2)), into: 0)
        let response = try world.received(.invite)
        #expect(response.status == 200)
        #expect(response.offer.contains("a=\(answer)"))
        let session = try #require(world.sessions(0, first).last.flatMap { $0 })
        #expect(session.receives == receives)
        #expect(session.sends == (direction == "recvonly"))
        #expect(world.events(0, first).contains(.heldByPeer(true)) == (direction != "recvonly"))
        world.inject(ack(invite), into: 0)
        world.inject(reinvite(invite, cseq: 2, body: World.description(version: 3)), into: 0)
        #expect((world.sessions(0, first).last ?? nil)?.sends == true)
        #expect(world.inbox().map(\.status) == [200])
    }

    @Test("The version in the origin line grows with each new description, and only then")
    func version() throws {
        var (world, _) = try World.calledOut()
        func version(_ message: Message) -> Int? {
            message.offer.split(separator: "\r\n").first { $0.hasPrefix("o=") }?.split(separator: " ")[2].description.asInt
        }
        world.perform(0, .hold(first))
        let hold = try world.received(.invite)
        world.reply(491, to: hold)
        world.advance(by: .seconds(5))
        let again = try world.received(.invite)
        #expect(version(again) == version(hold))
        world.reply(200, to: again, body: World.description(direction: "recvonly", version: 2))
        world.perform(0, .resume(first))
        let resume = try world.received(.invite)
        #expect(try #require(version(resume)) == #require(version(again)) + 1)
    }

    @Test("A re-INVITE without description gets our whole wish, and the ACK brings the answer")
    func emptyReinvite() throws {
        var (world, invite) = try World.calledOut()
        world.inject(reinvite(invite, body: ""), into: 0)
        let response = try world.received(.invite)
        #expect(response.offer.contains("RTP/AVP 8 0 101") && response.offer.contains("a=sendrecv"))
        world.inject(ack(invite, body: World.description(direction: "recvonly", port: 7200, version: 2)), into: 0)
        let session = try #require(world.sessions(0, first).last.flatMap { $0 })
        #expect(session.remote.port == 7200)
    }

    @Test("The peer moves: later requests go to its new Contact")
    func targetRefresh() throws {
        var (world, invite) = try World.calledOut()
        let moved = reinvite(invite, body: World.description(version: 2)).replacing(
            "<sip:peer@192.0.2.1:5060>", with: "<sip:peer@192.0.2.99:5099>")
        world.inject(moved, into: 0)
        world.inject(ack(invite), into: 0)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(world.wire.last == "0>192.0.2.99:5099 BYE")
    }

    @Test("An offer that we cannot take gets 488, and the session stays as it was")
    func unacceptable() throws {
        var (world, invite) = try World.calledOut()
        let before = world.sessions(0, first).count
        world.inject(reinvite(invite, body: World.description(formats: "97", version: 2)), into: 0)
        #expect(world.inbox().map(\.status) == [488])
        #expect(world.sessions(0, first).count == before)
        #expect(world.ends(0, first) == [])
    }

    @Test("A number lower than the peer's last gets 500, and changes nothing")
    func outOfOrder() throws {
        var (world, invite) = try World.calledOut()
        world.inject(reinvite(invite, cseq: 5, body: World.description(version: 2)), into: 0)
        world.inject(ack(invite, cseq: 5), into: 0)
        world.inject(reinvite(invite, cseq: 4, body: World.description(direction: "inactive", version: 3)), into: 0)
        #expect(world.inbox().map(\.status) == [200, 500])
        #expect((world.sessions(0, first).last ?? nil)?.sends == true)
    }

    // MARK: Glare

    @Test("While our re-INVITE is under way, the peer's gets 491")
    func glareHere() throws {
        var (world, invite) = try World.calledOut()
        world.perform(0, .hold(first))
        let hold = try world.received(.invite)
        world.inject(reinvite(invite, body: World.description(version: 2)), into: 0)
        #expect(world.inbox().map(\.status) == [491])
        world.reply(200, to: hold, body: World.description(direction: "recvonly", version: 2))
        #expect(world.events(0, first).last == .held(true))
    }

    @Test("After 491 who began the call waits 2.1 to 4 s, the other at most 2 s", arguments: 1...20 as ClosedRange<UInt64>)
    func glareThere(seed: UInt64) {
        var world = World.talking(seed: seed)
        world.perform(0, .hold(first))
        world.perform(1, .hold(arrived))
        world.advance(by: .milliseconds(20))
        #expect(world.wire.suffix(4).filter { $0.hasSuffix("491 INVITE") }.count == 2)
        world.advance(by: .seconds(20))
        let retries = world.wire.suffix(from: 9).filter { $0.hasSuffix("INVITE") }
        #expect(retries.first == "1>0 INVITE")
        for (house, call) in [(0, first), (1, arrived)] {
            #expect(world.events(house, call).contains(.held(true)))
            #expect(world.events(house, call).contains(.heldByPeer(true)))
            #expect(world.ends(house, call) == [])
        }
    }

    @Test("A hold that the peer refuses leaves the call as it was, and the house is told")
    func refused() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        world.reply(488, to: try world.received(.invite))
        #expect(world.events(0, first).last == .held(false))
        #expect(world.ends(0, first) == [])
        world.advance(by: .seconds(60))
        #expect(world.inbox().map(\.method) == [.ack])
    }

    @Test("A peer that has forgotten the call ends it", arguments: [481, 408])
    func forgotten(status: Int) throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        world.reply(status, to: try world.received(.invite))
        #expect(world.ends(0, first).map(\.cause) == [.failed])
        #expect(world.inbox().map(\.method) == [.ack, .bye])
    }

    @Test("Wishes that change while a re-INVITE is under way end in the last one")
    func changedMind() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        let hold = try world.received(.invite)
        world.perform(0, .resume(first))
        world.perform(0, .hold(first))
        world.perform(0, .resume(first))
        world.reply(200, to: hold, body: World.description(direction: "recvonly", version: 2))
        let resume = try #require(world.inbox().last)
        #expect(resume.offer.contains("a=sendrecv"))
        world.reply(200, to: resume, body: World.description(version: 3))
        #expect(world.events(0, first).suffix(2) == [.held(true), .held(false)])
    }

    @Test("A re-INVITE that nobody answers ends the call")
    func silence() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        world.advance(by: .seconds(33))
        #expect(world.ends(0, first).map(\.cause) == [.unreachable])
    }

    @Test("A re-INVITE with a provisional answer only is given up after 64·T1")
    func stuck() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        world.reply(100, to: try world.received(.invite))
        world.advance(by: .seconds(33))
        #expect(world.ends(0, first).map(\.cause) == [.unreachable])
        world.settle(limit: .seconds(200))
        #expect(world.snapshot(0).lingeringCalls == 0 && world.snapshot(0).transactions == 0)
    }

    @Test("A late answer to a re-INVITE after the call has ended is acknowledged")
    func lateAnswer() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        let hold = try world.received(.invite)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        _ = world.inbox()
        world.reply(200, to: hold, body: World.description(direction: "recvonly", version: 2))
        #expect(world.inbox().map(\.method) == [.ack])
        #expect(world.ends(0, first).count == 1)
    }
}

extension String {
    fileprivate var asInt: Int? { Int(self) }
}
