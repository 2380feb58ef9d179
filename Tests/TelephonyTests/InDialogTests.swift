import Base
import SIP
import Telephony
import Testing

@Suite("Requests inside a call: RFC 3261 §12.2")
struct InDialogTests {
    private func request(
        _ method: String, _ invite: Message, branch: String = "z9hG4bKin", cseq: Int = 1, fields: [String] = [],
        body: String = "",
        type: String = "application/dtmf-relay"
    ) -> String {
        World.request(
            method, uri: "sip:house0@10.0.0.1:5060", branch: branch, callID: invite.callID, fromTag: "peer",
            toTag: invite.fromTag,
            cseq: cseq, fields: fields, body: body, type: type)
    }

    @Test("OPTIONS in a call is answered and touches nothing")
    func options() throws {
        var (world, invite) = try World.calledOut()
        let before = world.houses[0].outputs
        world.inject(request("OPTIONS", invite), into: 0)
        let answer = try world.received(.options)
        #expect(answer.status == 200 && answer.allow.contains("BYE"))
        #expect(world.houses[0].outputs == before)
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
    }

    @Test(
        "Keys by INFO, as phones write them",
        arguments: [
            ("Signal=5\nDuration=160\n", "application/dtmf-relay", "5", 160),
            ("Signal= 1\nDuration= 100", "application/dtmf-relay", "1", 100),
            ("signal=#\n", "application/dtmf-relay", "#", 160), ("Signal=d\nDuration=250", "application/dtmf-relay", "D", 250),
            ("Signal=10\nDuration=abc", "application/dtmf-relay", "*", 160), ("Signal: 11", "application/dtmf-relay", "#", 160),
            ("Duration=99\nSignal=0\n", "application/dtmf-relay", "0", 99), ("7", "application/dtmf", "7", 160),
            ("*\n", "Application/DTMF", "*", 160),
            ("Signal=9\nDuration=99999999999999999999", "application/dtmf-relay", "9", 160),
        ] as [(String, String, Character, Int)])
    func digit(body: String, type: String, key: Character, milliseconds: Int) throws {
        var (world, invite) = try World.calledOut()
        world.inject(request("INFO", invite, body: body, type: type), into: 0)
        world.inject(request("INFO", invite, body: body, type: type), into: 0)
        #expect(world.inbox().map(\.status) == [200, 200])
        #expect(world.events(0, first).suffix(from: 1) == [.digit(key, duration: .milliseconds(milliseconds))])
    }

    @Test("No log line carries a key's value")
    func secret() throws {
        var (world, invite) = try World.calledOut()
        world.inject(request("INFO", invite, body: "Signal=7\nDuration=160\n"), into: 0)
        let lines = world.houses[0].outputs.compactMap { if case .log(_, let line) = $0 { line } else { nil } }
        #expect(lines.contains { $0.event == "digit" })
        #expect(lines.allSatisfy { line in line.event != "digit" || line.values.allSatisfy { !$0.1.contains("7") } })
    }

    @Test(
        "Other INFO bodies are refused, an empty one is fine",
        arguments: [
            ("x", "text/plain", 415), ("Signal=", "application/dtmf-relay", 400), ("Signal=55", "application/dtmf-relay", 400),
            ("", "", 200), ("Signal=E", "application/dtmf-relay", 400), ("\u{FF}\u{FE}", "application/dtmf", 400),
        ])
    func otherInfo(body: String, type: String, status: Int) throws {
        var (world, invite) = try World.calledOut()
        world.inject(request("INFO", invite, body: body, type: type), into: 0)
        let answer = try world.received(.info)
        #expect(answer.status == status)
        if status == 415 { #expect(answer.header("Accept") == "application/dtmf-relay, application/dtmf") }
        #expect(world.events(0, first) == [.answered])
    }

    @Test("Our own keys go out as application/dtmf-relay", arguments: "0123456789*#ABCD")
    func send(key: Character) throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .sendInfoDigit(first, key))
        let info = try world.received(.info)
        #expect(info.offer == "Signal=\(key)\r\nDuration=160\r\n")
        #expect(info.header("Content-Type") == "application/dtmf-relay")
        world.reply(200, to: info)
        #expect(world.ends(0, first) == [])
    }

    @Test(
        "A method that has no place in a call gets 405, an unknown one 501, a required extension 420, a stray PRACK 481",
        arguments: [
            ("REGISTER", [], 405), ("PRACK", ["RAck: 1 1 INVITE"], 481), ("FETCH", [], 501), ("INFO", ["Require: x"], 420),
            ("BYE", ["Require: x"], 420),
        ] as [(String, [String], Int)])
    func refused(method: String, fields: [String], status: Int) throws {
        var (world, invite) = try World.calledOut()
        world.inject(request(method, invite, fields: fields), into: 0)
        #expect(world.inbox().map(\.status) == [status])
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
    }

    @Test("BYE with a Reason tells the house, and its copy gets the same 200")
    func bye() throws {
        var (world, invite) = try World.calledOut()
        let bye = request("BYE", invite, fields: ["Reason: Q.850 ;cause=16 ;text=\"Terminated; all right\""])
        world.inject(bye, into: 0)
        world.inject(bye, into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [200, 200])
        #expect(world.ends(0, first) == [CallEnd(.remoteHangUp, networkCause: 16, text: "Terminated; all right")])
        #expect(world.sessions(0, first).last == .some(nil))
    }

    @Test("A BYE with other tags is not for this call", arguments: [("peer", "wrong"), ("wrong", nil)] as [(String, String?)])
    func otherTags(fromTag: String, toTag: String?) throws {
        var (world, invite) = try World.calledOut()
        world.inject(
            World.request("BYE", callID: invite.callID, fromTag: fromTag, toTag: toTag ?? invite.fromTag), into: 0)
        #expect(world.inbox().map(\.status) == [481])
        #expect(world.ends(0, first) == [])
    }

    @Test("A caller that says BYE before the answer gets 200, and its INVITE 487")
    func earlyBye() throws {
        var world = World()
        world.add()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.perform(0, .ring(arrived))
        let ringing = try world.received(.invite)
        world.inject(World.request("BYE", branch: "z9hG4bKbye", toTag: ringing.toTag, cseq: 2), into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [200, 487])
        #expect(world.ends(0, arrived).map(\.cause) == [.cancelled])
    }

    @Test("A challenged BYE is sent again with credentials")
    func challengedBye() throws {
        var world = World()
        world.add { settings in
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.credentials = Credentials(username: "door", password: "secret")
            settings.accounts = [account]
        }
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: "pbx", ringTime: nil))
        world.reply(200, to: try world.received(.invite), body: World.description())
        world.perform(0, .hangUp(first, cause: .localHangUp))
        let bye = try world.received(.bye)
        world.reply(407, to: bye, fields: [("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n1\", qop=\"auth\"")])
        let again = try world.received(.bye)
        #expect(again.cseq.number == bye.cseq.number + 1)
        #expect(again.header("Proxy-Authorization")?.contains("username=\"door\"") == true)
        world.reply(407, to: again, fields: [("Proxy-Authenticate", "Digest realm=\"r\", nonce=\"n2\", qop=\"auth\"")])
        #expect(world.inbox().isEmpty)
    }
}
