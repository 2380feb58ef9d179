import Base
import SIP
import Telephony
import Testing

@Suite("Calling: RFC 3261 §13.2 and §9.1")
struct OutgoingCallTests {
    @Test("The INVITE has what RFC 3261 §8.1.1 and §13.2.1 ask for, and rport")
    func invite() throws {
        let (_, invite) = try World.calling { $0.localName = "Front door" }
        #expect(invite.requestURI == uri("sip:peer@192.0.2.1"))
        #expect(invite.vias.count == 1)
        #expect(invite.topVia?.host == "10.0.0.1" && invite.topVia?.port == 5060)
        #expect(invite.topVia?.parameters.contains("rport") == true)
        #expect(invite.branch?.hasPrefix("z9hG4bK") == true)
        #expect(invite.maxForwards == 70)
        #expect(invite.from.displayName == "Front door")
        #expect(invite.from.uri == uri("sip:house0@10.0.0.1:5060"))
        #expect(invite.fromTag?.isEmpty == false)
        #expect(invite.toTag == nil)
        #expect(invite.contacts.map(\.uri) == [uri("sip:house0@10.0.0.1:5060")])
        #expect(invite.allow.joined(separator: ", ") == RefusalTests.allowed)
        #expect(invite.offer.contains("m=audio 4000 RTP/AVP 8 0 101"))
        #expect(invite.offer.contains("c=IN IP4 10.0.0.1"))
    }

    @Test("An advertised address stands in Via, Contact and the description")
    func advertised() throws {
        let (_, invite) = try World.calling { $0.advertisedAddress = IPAddress("198.51.100.7") }
        #expect(invite.topVia?.host == "198.51.100.7")
        #expect(invite.contacts.first?.uri.host == "198.51.100.7")
        #expect(invite.offer.contains("c=IN IP4 198.51.100.7"))
    }

    @Test(
        "Each refusal has its cause",
        arguments: [
            (486, CallEnd.Cause.busy), (600, .busy), (603, .declined), (404, .notFound), (410, .notFound), (604, .notFound),
            (403, .forbidden), (401, .forbidden), (407, .forbidden), (480, .noAnswer), (408, .noAnswer), (488, .incompatible),
            (606, .incompatible), (503, .unreachable), (302, .failed), (500, .failed), (699, .failed),
        ])
    func refused(status: Int, cause: CallEnd.Cause) throws {
        var (world, invite) = try World.calling()
        world.reply(100, to: invite)
        world.reply(status, to: invite)
        #expect(world.ends(0, first).map(\.cause) == [cause])
        #expect(world.ends(0, first).first?.status == status)
        let ack = try world.received(.ack)
        #expect(ack.branch == invite.branch)
        #expect(ack.toTag == "peer")
        #expect(ack.cseq.number == invite.cseq.number)
        world.reply(status, to: invite)
        #expect(world.inbox().map(\.method) == [.ack])
        world.settle()
        #expect(world.ends(0, first).count == 1)
        #expect(world.snapshot(0).transactions == 0 && world.snapshot(0).lingeringCalls == 0)
    }

    @Test("Nobody at all answers: unreachable after 64·T1 and seven INVITEs")
    func silence() throws {
        var (world, _) = try World.calling { $0.limits.ringTime = .seconds(90) }
        world.advance(by: .milliseconds(31_999))
        #expect(world.ends(0, first) == [])
        world.advance(by: .milliseconds(1))
        #expect(world.ends(0, first).map(\.cause) == [.unreachable])
        #expect(world.wire.count == 7)
    }

    @Test(
        "No address, no port, an unknown account and a foreign scheme end the call at once",
        arguments: [
            ("sip:peer@nowhere.example", nil, CallEnd.Cause.unreachable), ("mailto:peer@x", nil, .failed),
            ("h323:peer@192.0.2.1", nil, .failed), ("tel:+123", nil, .failed), ("sip:peer@192.0.2.1", "none", .failed),
        ] as [(String, String?, CallEnd.Cause)])
    func impossible(target: String, account: String?, cause: CallEnd.Cause) {
        var world = World()
        world.add()
        world.perform(0, .call(first, target: uri(target), account: account, ringTime: nil))
        #expect(world.ends(0, first).map(\.cause) == [cause])
        #expect(world.wire == [])
        #expect(world.snapshot(0).lingeringCalls == 0)
    }

    @Test("As many calls as media ports, and a port is free again after its call")
    func ports() {
        var world = World()
        world.add { $0.media.ports = [4000] }
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        world.perform(0, .call(second, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        #expect(world.ends(0, second).map(\.cause) == [.failed])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        world.perform(0, .call(.outgoing(3), target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        #expect(world.ends(0, .outgoing(3)) == [])
    }

    @Test("When a name has several addresses, silence and 503 lead to the next")
    func failover() throws {
        var world = World()
        world.add()
        let others = [SocketAddress(.v4(0xC000_0205), port: 5060), SocketAddress(.v4(0xC000_0206), port: 5060), World.outsider]
        world.names["pbx.example"] = others
        world.perform(0, .call(first, target: uri("sip:peer@pbx.example"), account: nil, ringTime: .seconds(100)))
        world.advance(by: .seconds(32))
        let second = try #require(world.inbox().last)
        #expect(world.wire.last == "0>192.0.2.6:5060 INVITE")
        world.reply(503, to: second)
        let third = try world.received(.invite)
        #expect(third.callID == second.callID && third.cseq.number > second.cseq.number)
        world.reply(200, to: third, body: World.description())
        #expect(world.events(0, first) == [.answered])
    }

    // MARK: Ringing

    @Test("180 rings once, 183 with sound brings early media, 200 answers")
    func earlyMedia() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.reply(180, to: invite)
        #expect(world.sessions(0, first).isEmpty)
        world.reply(183, to: invite, body: World.description())
        #expect(world.sessions(0, first).count == 1)
        world.reply(180, to: invite)
        world.reply(200, to: invite, body: World.description())
        #expect(world.events(0, first) == [.ringing(earlyMedia: false), .ringing(earlyMedia: true), .answered])
        let session = try #require(world.sessions(0, first).last.flatMap { $0 })
        #expect(session.remote == SocketAddress(.v4(0xC000_0201), port: 7000))
        #expect(world.sessions(0, first).count == 1)
    }

    @Test("183 without sound is no ringing")
    func progressOnly() throws {
        var (world, invite) = try World.calling()
        world.reply(183, to: invite)
        #expect(world.events(0, first) == [])
    }

    @Test(
        "An answer with no description, or none that fits, is acknowledged and ended by BYE",
        arguments: ["", "m=audio 0", "formats"])
    func incompatible(kind: String) throws {
        var (world, invite) = try World.calling()
        let body =
            kind == "" ? "" : World.description(port: kind == "formats" ? 7000 : 0, formats: kind == "formats" ? "97" : "8")
        world.reply(200, to: invite, body: body)
        #expect(world.inbox().map(\.method) == [.ack, .bye])
        #expect(world.events(0, first) == [.ended(CallEnd(.incompatible, status: 200, text: "no usable answer"))])
    }

    @Test("A lost ACK is sent again for each copy of the 200, and the call is answered once")
    func lostAck() throws {
        var (world, invite) = try World.calling()
        world.reply(200, to: invite, body: World.description())
        let ack = try world.received(.ack)
        #expect(ack.requestURI == uri("sip:peer@192.0.2.1"))
        #expect(ack.branch != invite.branch)
        world.reply(200, to: invite, body: World.description())
        world.reply(200, to: invite, body: World.description())
        let again = world.inbox()
        #expect(again.map(\.bytes) == [ack.bytes, ack.bytes])
        #expect(world.events(0, first) == [.answered])
    }

    @Test("Requests follow the route that the 200 recorded, and the Contact in it")
    func routeSet() throws {
        var (world, invite) = try World.calling()
        let routes = [("Record-Route", "<sip:192.0.2.9;lr>, <sip:192.0.2.8;lr>"), ("Contact", "<sip:p2@192.0.2.77:5070>")]
        world.reply(200, to: invite, fields: routes, body: World.description())
        let ack = try world.received(.ack)
        #expect(ack.routes.map(\.uri.host) == ["192.0.2.8", "192.0.2.9"])
        #expect(ack.requestURI == uri("sip:p2@192.0.2.77:5070"))
        #expect(world.wire.last == "0>192.0.2.8:5060 ACK")
    }

    @Test("A strict router gets itself as request URI and the target last")
    func strictRoute() throws {
        var (world, invite) = try World.calling()
        world.reply(200, to: invite, fields: [("Record-Route", "<sip:192.0.2.9>")], body: World.description())
        let ack = try world.received(.ack)
        #expect(ack.requestURI == uri("sip:192.0.2.9"))
        #expect(ack.routes.map(\.uri) == [uri("sip:peer@192.0.2.1")])
    }

    // MARK: Forks

    @Test("Two phones answer: the first is talked to, the other gets ACK and BYE")
    func forked() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite, tag: "a")
        world.reply(183, to: invite, tag: "b", body: World.description(port: 7100))
        world.reply(200, to: invite, tag: "a", body: World.description(port: 7000))
        #expect(world.inbox().map(\.method) == [.ack])
        world.reply(200, to: invite, tag: "b", body: World.description(port: 7100))
        let toOther = world.inbox()
        #expect(toOther.map(\.method) == [.ack, .bye])
        #expect(toOther.map(\.toTag) == ["b", "b"])
        world.reply(200, to: toOther[1])
        #expect((world.sessions(0, first).last ?? nil)?.remote.port == 7000)
        #expect(world.ends(0, first) == [])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(world.inbox().map(\.toTag) == ["a"])
    }

    @Test("A BYE that overtakes its 200 ends the call when the 200 comes")
    func overtaken() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.inject(World.request("BYE", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        world.reply(200, to: invite, body: World.description())
        #expect(world.inbox().map(\.method) == [.ack])
        #expect(world.ends(0, first) == [CallEnd(.remoteHangUp)])
        world.settle()
        #expect(world.snapshot(0).lingeringCalls == 0)
    }

    // MARK: Giving up

    @Test("Hung up while it rings: CANCEL, 487, ACK")
    func cancelled() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(world.ends(0, first) == [CallEnd(.localHangUp)])
        let cancel = try world.received(.cancel)
        #expect(cancel.branch == invite.branch && cancel.cseq.number == invite.cseq.number && cancel.toTag == nil)
        #expect(cancel.requestURI == invite.requestURI)
        world.reply(200, to: cancel)
        world.reply(487, to: invite)
        #expect(world.inbox().map(\.method) == [.ack])
        world.settle()
        #expect(world.ends(0, first).count == 1)
        #expect(world.snapshot(0).lingeringCalls == 0 && world.snapshot(0).transactions == 0)
    }

    @Test("CANCEL waits for the first provisional response")
    func cancelTooEarly() throws {
        var (world, invite) = try World.calling()
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(world.inbox().isEmpty)
        world.reply(100, to: invite)
        #expect(world.inbox().map(\.method) == [.cancel])
    }

    @Test("A 200 that crosses the CANCEL gets ACK and BYE")
    func race() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        let cancel = try world.received(.cancel)
        world.reply(200, to: invite, body: World.description())
        let tidy = world.inbox()
        #expect(tidy.map(\.method) == [.ack, .bye])
        world.reply(200, to: cancel)
        world.reply(200, to: invite, body: World.description())
        #expect(world.inbox().map(\.method) == [.ack])
        world.reply(200, to: tidy[1])
        #expect(world.events(0, first) == [.ringing(earlyMedia: false), .ended(CallEnd(.localHangUp))])
        world.settle()
        #expect(world.snapshot(0).lingeringCalls == 0)
    }

    @Test("A cancelled INVITE that is never answered is forgotten after 64·T1")
    func unansweredCancel() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.perform(0, .hangUp(first, cause: .localHangUp))
        world.reply(200, to: try world.received(.cancel))
        world.settle()
        #expect(world.now == Instant() + .seconds(32))
        #expect(world.snapshot(0).lingeringCalls == 0 && world.snapshot(0).transactions == 0)
    }

    @Test("Nobody takes it in the ring time: CANCEL, and no answer", arguments: [nil, Duration.seconds(20)])
    func ringTime(own: Duration?) throws {
        var world = World()
        world.add { $0.limits.ringTime = .seconds(30) }
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: own))
        world.reply(180, to: try world.received(.invite))
        let limit = own ?? .seconds(30)
        world.advance(by: limit - .milliseconds(1))
        #expect(world.ends(0, first) == [])
        world.advance(by: .milliseconds(1))
        #expect(world.ends(0, first) == [CallEnd(.noAnswer)])
        _ = try world.received(.cancel)
    }

    @Test("A call is over after the longest time that it may last")
    func callTime() throws {
        var (world, _) = try World.calledOut { $0.limits.callTime = .seconds(600) }
        world.advance(by: .seconds(600))
        #expect(world.ends(0, first) == [CallEnd(.timeLimit)])
        _ = try world.received(.bye)
    }

    @Test("A peer without media is hung up on, but not while it is held")
    func mediaLost() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hold(first))
        world.reply(200, to: try world.received(.invite), body: World.description(direction: "recvonly", version: 2))
        world.perform(0, .mediaSilent(first))
        #expect(world.ends(0, first) == [])
        world.perform(0, .resume(first))
        world.reply(200, to: try world.received(.invite), body: World.description(version: 3))
        world.perform(0, .mediaSilent(first))
        #expect(world.ends(0, first) == [CallEnd(.mediaLost)])
        _ = try world.received(.bye)
    }
}
