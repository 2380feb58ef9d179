import Base
import SIP
import Telephony
import Testing

@Suite("Reason: RFC 3326")
struct ReasonTests {
    private func ringing(_ reason: [String], by method: String) throws -> [CallEnd] {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.perform(0, .ring(arrived))
        let tag = try #require(world.inbox().last?.toTag)
        let fields = reason.map { "Reason: \($0)" }
        if method == "CANCEL" {
            world.inject(World.request("CANCEL", fields: fields), into: 0)
        } else {
            world.inject(World.request("BYE", branch: "z9hG4bKbye", toTag: tag, cseq: 2, fields: fields), into: 0)
        }
        return world.ends(0, arrived)
    }

    @Test("A caller's reason to give up is read, in whichever protocol it stands", arguments: ["CANCEL", "BYE"])
    func givenUp(method: String) throws {
        func end(_ reasons: String...) throws -> [CallEnd] { try ringing(reasons, by: method) }
        let elsewhere = "Call completed elsewhere"
        #expect(
            try end("SIP;cause=200;text=\"\(elsewhere)\"") == [CallEnd(.answeredElsewhere, status: 200, text: elsewhere)])
        #expect(try end("Q.850;cause=26") == [CallEnd(.answeredElsewhere, networkCause: 26)])
        #expect(
            try end("Q.850 ;cause=16 ;text=\"a, b\", SIP ;cause=200")
                == [CallEnd(.answeredElsewhere, status: 200, networkCause: 16, text: "a, b")])
        #expect(
            try end("Q.850;cause=16", "SIP;cause=200")
                == [CallEnd(.answeredElsewhere, status: 200, networkCause: 16)])
        #expect(try end("SIP;cause=487;text=x") == [CallEnd(.cancelled, status: 487, text: "x")])
        #expect(try end("preemption;cause=1") == [CallEnd(.cancelled)])
        #expect(try end("SIP;cause=99999999999999999999;text=\"", "Q.850;cause=0") == [CallEnd(.cancelled, text: "\"")])
        #expect(try end() == [CallEnd(.cancelled)])
    }

    @Test(
        "A gateway's 500 or 503 is taken for what the network behind it said; no other status is",
        arguments: [
            (503, 17, CallEnd.Cause.busy), (500, 1, .notFound), (503, 34, .unreachable), (500, 19, .noAnswer),
            (503, 21, .declined),
            (480, 17, .noAnswer), (486, 1, .busy), (500, 127, .failed), (503, 127, .unreachable),
        ])
    func gateway(status: Int, networkCause: Int, cause: CallEnd.Cause) throws {
        var (world, invite) = try World.calling()
        world.reply(status, to: invite, fields: [("Reason", "Q.850;cause=\(networkCause)")])
        let ends = world.ends(0, first)
        #expect(ends.map(\.cause) == [cause])
        #expect(ends.map(\.status) == [status] && ends.map(\.networkCause) == [networkCause])
    }

    @Test(
        "CANCEL says why, so that the other phones of a call that was answered do not show it as missed",
        arguments: [
            (CallEnd.Cause.answeredElsewhere, "SIP;cause=200;text=\"Call completed elsewhere\""),
            (.localHangUp, "Q.850;cause=16;text=\"Normal call clearing\""), (.noAnswer, "Q.850;cause=19;text=\"No answer\""),
        ])
    func cancel(cause: CallEnd.Cause, reason: String) throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.perform(0, .hangUp(first, cause: cause))
        #expect(try world.received(.cancel).headers("Reason") == [reason])
    }

    @Test("BYE says why, also when it waited for the ACK")
    func bye() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hangUp(first, cause: .timeLimit))
        #expect(try world.received(.bye).headers("Reason") == ["Q.850;cause=16;text=\"Time limit\""])

        var other = World()
        other.add()
        other.inject(World.request("INVITE", body: World.description()), into: 0)
        other.perform(0, .answer(arrived))
        let tag = try #require(other.inbox().last?.toTag)
        other.perform(0, .hangUp(arrived, cause: .mediaLost))
        other.inject(World.request("ACK", branch: "z9hG4bKack", toTag: tag), into: 0)
        #expect(try other.received(.bye).headers("Reason") == ["Q.850;cause=41;text=\"No sound received\""])
    }

    @Test("A second phone that answers is told that another one was faster")
    func secondAnswer() throws {
        var (world, invite) = try World.calling()
        world.reply(200, to: invite, tag: "a", body: World.description())
        world.reply(200, to: invite, tag: "b", body: World.description())
        let bye = try world.received(.bye)
        #expect(bye.toTag == "b" && bye.headers("Reason") == ["SIP;cause=200;text=\"Call completed elsewhere\""])
    }
}
