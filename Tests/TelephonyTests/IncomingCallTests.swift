import Base
import SIP
import Telephony
import Testing

@Suite("Being called: RFC 3261 §13.3")
struct IncomingCallTests {
    /// A house that the outsider calls.
    private func called(
        _ invite: String = World.request("INVITE", body: World.description()),
        _ change: (inout UserAgentSettings) -> Void = { _ in }
    ) -> World {
        var world = World()
        world.add(change)
        world.inject(invite, into: 0)
        return world
    }

    private func ack(_ response: Message, body: String = "") -> String {
        World.request("ACK", branch: "z9hG4bKack", toTag: response.toTag, body: body)
    }

    @Test("The house learns who calls, and its answer is on the wire in the same step")
    func answered() throws {
        var world = called()
        let (id, call) = try #require(world.incoming(0).first)
        #expect(id == arrived)
        #expect(call.displayName == "Out Sider" && call.from == uri("sip:peer@192.0.2.1"))
        #expect(call.wantsAutomaticAnswer == nil)
        world.perform(0, .answer(id))
        let response = try world.received(.invite)
        #expect(response.status == 200)
        #expect(response.contacts.map(\.uri) == [uri("sip:house0@10.0.0.1:5060")])
        #expect(response.topVia?.received == "192.0.2.1" && response.topVia?.rport == 5060)
        #expect(response.offer.contains("m=audio 4000 RTP/AVP 8 101"))
        #expect(world.events(0, id).last == .answered)
        world.inject(ack(response), into: 0)
        world.advance(by: .seconds(40))
        #expect(world.inbox().isEmpty)
        #expect(world.ends(0, id) == [])
    }

    @Test("Without an ACK the 200 is repeated by T1 to T2, and after 64·T1 the call ends with BYE")
    func noAck() throws {
        var world = called()
        world.perform(0, .answer(arrived))
        world.advance(by: .seconds(32))
        let sent = world.inbox()
        #expect(sent.filter { $0.status == 200 }.count == 11)
        #expect(sent.last?.method == .bye)
        #expect(world.ends(0, arrived).map(\.cause) == [.unreachable])
    }

    @Test("A house that says nothing for 200 ms sends 100, and after the ring time 480")
    func silentHouse() {
        var world = called { $0.limits.ringTime = .seconds(20) }
        world.advance(by: .milliseconds(199))
        #expect(world.inbox().isEmpty)
        world.advance(by: .milliseconds(1))
        #expect(world.inbox().map(\.status) == [100])
        world.advance(by: .seconds(20))
        #expect(world.inbox().first?.status == 480)
        #expect(world.ends(0, arrived) == [CallEnd(.noAnswer, status: 480)])
    }

    @Test("A copy of the INVITE gets the last answer again and rings no second time")
    func retransmitted() {
        var world = called()
        world.perform(0, .ring(arrived))
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        #expect(world.inbox().map(\.status) == [180, 180])
        #expect(world.incoming(0).count == 1)
    }

    @Test("A long ringing shows a sign of life every minute")
    func ringsLong() {
        var world = called { $0.limits.ringTime = .seconds(200) }
        world.perform(0, .ring(arrived))
        world.advance(by: .seconds(185))
        #expect(world.inbox().map(\.status) == [180, 180, 180, 180])
    }

    @Test(
        "The house refuses",
        arguments: [
            (Refusal.busy, 486, CallEnd.Cause.busy), (.declined, 603, .declined), (.forbidden, 403, .forbidden),
            (.unavailable, 480, .noAnswer),
        ])
    func refused(refusal: Refusal, status: Int, cause: CallEnd.Cause) throws {
        var world = called()
        world.perform(0, .reject(arrived, refusal))
        let response = try world.received(.invite)
        #expect(response.status == status)
        #expect(world.ends(0, arrived).map(\.cause) == [cause])
        world.inject(World.request("ACK", toTag: response.toTag), into: 0)
        world.settle()
        #expect(world.inbox().isEmpty)
        #expect(world.snapshot(0).transactions == 0 && world.snapshot(0).lingeringCalls == 0)
    }

    @Test(
        "CANCEL ends it with 200 and 487; its Reason may say that another phone answered",
        arguments: [
            (nil, CallEnd.Cause.cancelled), ("SIP ;cause=200 ;text=\"Call completed elsewhere\"", .answeredElsewhere),
            ("Q.850;cause=16", .cancelled),
        ] as [(String?, CallEnd.Cause)])
    func cancelled(reason: String?, cause: CallEnd.Cause) {
        var world = called()
        world.perform(0, .ring(arrived))
        _ = world.inbox()
        world.inject(World.request("CANCEL", fields: reason.map { ["Reason: \($0)"] } ?? []), into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [200, 487])
        #expect(answers.map(\.method) == [.cancel, .invite])
        #expect(world.ends(0, arrived).map(\.cause) == [cause])
        world.perform(0, .answer(arrived))
        #expect(world.inbox().isEmpty)
    }

    @Test("A CANCEL after the answer is confirmed and changes nothing")
    func cancelledLate() {
        var world = called()
        world.perform(0, .answer(arrived))
        _ = world.inbox()
        world.inject(World.request("CANCEL"), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.ends(0, arrived) == [])
    }

    @Test("A caller above the limit is told busy, and the call that goes on is not touched")
    func limit() {
        var world = called { $0.limits.concurrentCalls = 1 }
        world.inject(World.request("INVITE", branch: "z9hG4bKother", callID: "2", body: World.description()), into: 0)
        #expect(world.inbox().map(\.status) == [486])
        #expect(world.incoming(0).count == 1)
        #expect(world.ends(0, arrived) == [])
    }

    @Test("Who hung up before the ACK sends BYE after it")
    func hangUpBeforeAck() throws {
        var world = called()
        world.perform(0, .answer(arrived))
        let response = try world.received(.invite)
        world.perform(0, .hangUp(arrived, cause: .localHangUp))
        #expect(world.ends(0, arrived) == [CallEnd(.localHangUp)])
        #expect(world.inbox().isEmpty)
        world.inject(ack(response), into: 0)
        let bye = try world.received(.bye)
        #expect(bye.toTag == "outs" && bye.fromTag == response.toTag)
        world.reply(200, to: bye)
        world.settle()
        #expect(world.snapshot(0).lingeringCalls == 0)
    }

    // MARK: Late offer

    @Test("An INVITE without description: the offer is in the 200, the answer in the ACK")
    func lateOffer() throws {
        var world = called(World.request("INVITE"))
        world.perform(0, .answer(arrived))
        let response = try world.received(.invite)
        #expect(response.offer.contains("m=audio 4000 RTP/AVP 8 0 101"))
        #expect(world.sessions(0, arrived).isEmpty)
        world.inject(ack(response, body: World.description(formats: "0")), into: 0)
        let session = try #require(world.sessions(0, arrived).last.flatMap { $0 })
        #expect(session.codec == .pcmu && session.remote.port == 7000)
    }

    @Test("An ACK without the answer that is due ends the call", arguments: ["", "v=0\nnonsense\n"])
    func noAnswerInAck(body: String) throws {
        var world = called(World.request("INVITE"))
        world.perform(0, .answer(arrived))
        let response = try world.received(.invite)
        world.inject(ack(response, body: body), into: 0)
        #expect(world.inbox().map(\.method) == [.bye])
        #expect(world.ends(0, arrived).map(\.cause) == [.incompatible])
    }

    // MARK: Automatic answer

    @Test(
        "Headers that ask for an automatic answer are understood, and nothing is answered by itself",
        arguments: [
            ("Call-Info: <sip:192.0.2.1>;answer-after=0", 0), ("Call-Info: <sip:x>;purpose=icon, <sip:y>;answer-after=3", 3),
            ("Alert-Info: <http://localhost>;info=alert-autoanswer;delay=2", 2), ("Alert-Info: info=alert-autoanswer", 0),
            ("Alert-Info: Ring Answer", 0), ("Alert-Info: <http://x>;info=\"alert-autoanswer\"", 0), ("Answer-Mode: Auto", 0),
            ("Priv-Answer-Mode: auto", 0), ("Alert-Info: <http://x>;Auto Answer", 0), ("Alert-Info: Intercom", 0),
            ("Call-Info: answer-after=1", 1), ("Call-Info: <sip:y>;answer-after=3, <sip:x>;purpose=icon", 3),
            ("P-Auto-Answer: normal", 0), ("Alert-Info: <http://a>;info=x, <http://b>;info=alert-autoanswer", 0),
            ("P-Auto-Answer: none", nil), ("Call-Info: <sip:x>;answer-after=99999999999999999999", 60),
            ("Alert-Info: <http://x>;info=alert-external", nil), ("Answer-Mode: Manual", nil),
            ("Call-Info: <sip:x;answer-after=0>", nil),
            ("Alert-Info: <http://www.example.com/sounds/moo.wav>", nil), ("Subject: info=alert-autoanswer", nil),
        ] as [(String, Int?)])
    func automatic(field: String, seconds: Int?) throws {
        var world = called(World.request("INVITE", fields: [field], body: World.description()))
        let (_, call) = try #require(world.incoming(0).first)
        #expect(call.wantsAutomaticAnswer == seconds.map { IncomingCall.AutomaticAnswer(delay: .seconds($0)) })
        world.advance(by: .seconds(5))
        #expect(world.events(0, arrived).count == 1)
    }

    @Test(
        "Answer-Mode may forbid to ring, and to answer by itself, and may be required to be understood: RFC 5373 §4.2, §4.5",
        arguments: [
            ("Answer-Mode: Auto;require", true, false), ("Priv-Answer-Mode: Auto ; require", true, false),
            ("Answer-Mode: Auto", false, false), ("Answer-Mode: Manual", false, true),
            ("Answer-Mode: manual;require", false, true),
            ("Subject: Manual", false, false),
        ])
    func answerMode(field: String, isRequired: Bool, mustRing: Bool) throws {
        let call = try #require(
            called(
                World.request(
                    "INVITE", fields: [field, "Call-Info: <sip:x>;answer-after=9", "Require: answermode"],
                    body: World.description())
            ).incoming(0).first
        ).1
        #expect(call.wantsManualAnswer == mustRing)
        #expect((call.wantsAutomaticAnswer == nil) == mustRing)
        #expect(call.wantsAutomaticAnswer?.isRequired ?? false == isRequired)
    }
}
