import Base
import Simulator
import Telephony
import Testing

@Suite("The door calls: RFC 3261 §13, §15, §17.1")
struct OutgoingCallStories {
    let stage = Stage()

    @Test("The phone rings, answers, both talk, and the door hangs up")
    func hangUpHere() throws {
        stage.phoneAnswers(after: .seconds(2))
        let call = stage.dial()
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.events(of: call) == [.ringing(earlyMedia: false)])
        #expect(stage.door.media[call] == nil)
        stage.network.advance(by: .seconds(2))
        #expect(stage.door.events(of: call) == [.ringing(earlyMedia: false), .answered])
        let sound = try #require(stage.door.media[call])
        #expect(sound.remote == stage.phoneSound)
        #expect(sound.codec == .pcma && sound.sends && sound.receives)
        #expect(sound.sendEventPayloadType == 101)
        stage.door.perform(.hangUp(call, cause: .localHangUp))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["INVITE", "ACK", "BYE"])
        #expect(stage.door.end(of: call)?.cause == .localHangUp)
        #expect(stage.door.media[call] == nil)
    }

    @Test("The phone hangs up")
    func hangUpThere() throws {
        let call = stage.talking()
        let dialog = ScriptedCall(stage.phone, invitedBy: try #require(stage.phone.received.first))
        dialog.request("BYE")
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["INVITE", "ACK", "200 BYE"])
        #expect(stage.door.end(of: call)?.cause == .remoteHangUp)
        #expect(stage.door.media[call] == nil)
    }

    @Test("The INVITE is one that a strict phone accepts")
    func invite() throws {
        stage.dial()
        stage.network.advance(by: .milliseconds(10))
        let invite = try #require(stage.phone.messages("INVITE").first)
        #expect(invite.uri == "sip:phone@10.0.0.2")
        #expect(invite["via"]?.hasPrefix("SIP/2.0/UDP 10.0.0.1:5060;") == true)
        #expect(invite["via"]?.contains("rport") == true)
        #expect(invite.branch?.hasPrefix("z9hG4bK") == true)
        #expect(invite["max-forwards"] == "70")
        #expect(invite.contact?.contains("@10.0.0.1") == true)
        #expect(invite["content-type"] == "application/sdp")
        #expect(invite["allow"]?.contains("INVITE") == true)
        #expect(invite.body.contains("m=audio 4000 RTP/AVP 8 0 101\r\n"))
        #expect(invite.body.contains("c=IN IP4 10.0.0.1\r\n"))
    }

    @Test(
        "A refusal ends the call with its cause, and is acknowledged",
        arguments: [
            (486, CallEnd.Cause.busy), (600, .busy), (603, .declined), (404, .notFound), (604, .notFound), (403, .forbidden),
            (488, .incompatible), (606, .incompatible), (500, .failed),
        ])
    func refused(status: Int, cause: CallEnd.Cause) {
        stage.phone.script = { phone, item in
            if item.message.method == "INVITE" { phone.respond(to: item, status, "No") }
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(40))
        #expect(stage.heard == ["INVITE", "ACK"])
        #expect(stage.door.end(of: call)?.cause == cause)
        #expect(stage.door.end(of: call)?.status == status)
        #expect(stage.phone.messages("ACK").first?.branch == stage.phone.messages("INVITE").first?.branch)
    }

    @Test("Nobody answers: the door cancels when the ring time is over")
    func noAnswer() {
        stage.phoneAnswers(after: nil)
        let call = stage.dial(ringTime: .seconds(30))
        stage.network.advance(by: .seconds(29))
        #expect(stage.heard == ["INVITE"])
        stage.network.advance(by: .seconds(2))
        #expect(stage.heard == ["INVITE", "CANCEL", "ACK"])
        #expect(stage.door.end(of: call)?.cause == .noAnswer)
    }

    @Test("A phone that is not there is tried seven times in 32 s")
    func unreachable() {
        let call = stage.dial()
        stage.network.advance(by: .milliseconds(31_900))
        #expect(stage.heard == Array(repeating: "INVITE", count: 7))
        #expect(stage.door.end(of: call) == nil)
        stage.network.advance(by: .seconds(2))
        #expect(stage.door.end(of: call)?.cause == .unreachable)
        #expect(stage.heard.count == 7)
    }

    @Test("A name without an address ends the call as unreachable")
    func unknownName() {
        let call = CallID.outgoing(1)
        stage.door.perform(.call(call, target: Stage.uri("sip:x@nowhere.example"), account: nil, ringTime: nil))
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: call)?.cause == .unreachable)
    }

    @Test("Hung up before the phone said anything, CANCEL waits for the first answer")
    func cancelEarly() {
        stage.phone.script = { phone, item in
            guard item.message.method == "INVITE", phone.messages("INVITE").count == 3 else { return }
            phone.respond(to: item, 180, "Ringing")
        }
        let call = stage.dial()
        stage.network.advance(by: .milliseconds(100))
        stage.door.perform(.hangUp(call, cause: .localHangUp))
        stage.network.advance(by: .seconds(1))
        #expect(!stage.heard.contains("CANCEL"))
        stage.network.advance(by: .seconds(2))
        #expect(stage.heard.filter { $0 == "CANCEL" }.count >= 1)
        let invite = stage.phone.messages("INVITE")[0]
        let cancel = stage.phone.messages("CANCEL")[0]
        #expect(cancel.branch == invite.branch && cancel.uri == invite.uri && cancel.sequence == invite.sequence)
        stage.network.advance(by: .seconds(60))
        #expect(stage.door.end(of: call)?.cause == .localHangUp)
    }

    @Test("CANCEL crosses the answer: the call is confirmed and ended by BYE")
    func cancelCrossesAnswer() {
        stage.phone.script = { phone, item in
            switch item.message.summary {
            case "INVITE":
                phone.respond(to: item, 180, "Ringing")
                phone.after(.seconds(1)) { phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound)) }
            case "CANCEL", "BYE": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
        let call = stage.dial()
        stage.network.advance(by: .milliseconds(1_001))
        stage.door.perform(.hangUp(call, cause: .localHangUp))
        stage.network.advance(by: .seconds(10))
        #expect(stage.heard.filter { $0 != "CANCEL" } == ["INVITE", "ACK", "BYE"])
        #expect(stage.door.end(of: call)?.cause == .localHangUp)
        #expect(!stage.door.events(of: call).contains(.answered))
        #expect(stage.door.media[call] == nil)
    }

    @Test("Early media is heard before the answer")
    func earlyMedia() throws {
        stage.phone.script = { phone, item in
            guard item.message.method == "INVITE" else { return }
            phone.respond(to: item, 183, "Session Progress", sdp: ScriptedSDP.audio(stage.phoneSound))
            phone.after(.seconds(3)) { phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound)) }
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.events(of: call) == [.ringing(earlyMedia: true)])
        #expect(stage.door.media[call]?.remote == stage.phoneSound)
        stage.network.advance(by: .seconds(3))
        #expect(stage.door.events(of: call).last == .answered)
        #expect(stage.heard == ["INVITE", "ACK"])
    }

    @Test("A lost answer comes again and is acknowledged")
    func lostAnswer() {
        stage.phone.script = { phone, item in
            guard item.message.method == "INVITE", phone.messages("INVITE").count == 1 else { return }
            for delay in [Duration.zero, .milliseconds(500)] {
                phone.after(delay) { phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound)) }
            }
        }
        var lost = 0
        stage.network.loses = { datagram in
            guard lost == 0, WireMessage(datagram.bytes)?.summary == "200 INVITE" else { return false }
            lost += 1
            return true
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(5))
        #expect(lost == 1)
        #expect(stage.door.events(of: call) == [.answered])
        #expect(stage.phone.messages("ACK").count == 1)
    }

    @Test("Every repetition of the answer is acknowledged again, and changes nothing")
    func lostAcknowledgement() throws {
        stage.phone.script = { phone, item in
            guard item.message.method == "INVITE" else { return }
            for delay in [Duration.milliseconds(100), .milliseconds(600), .milliseconds(1_600)] {
                phone.after(delay) { phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound)) }
            }
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(5))
        #expect(stage.heard == ["INVITE", "ACK", "ACK", "ACK"])
        #expect(stage.door.events(of: call) == [.answered])
        let acknowledgements = stage.phone.messages("ACK")
        #expect(Set(acknowledgements.map(\.branch)).count == 1)
        #expect(acknowledgements[0].sequence == stage.phone.messages("INVITE")[0].sequence)
    }

    @Test("Two phones answer behind a forking proxy: the second one is thanked and hung up")
    func forked() {
        stage.phone.script = { phone, item in
            switch item.message.summary {
            case "INVITE":
                phone.respond(to: item, 200, "OK", tag: "first", sdp: ScriptedSDP.audio(stage.phoneSound))
                phone.after(.milliseconds(50)) {
                    phone.respond(to: item, 200, "OK", tag: "second", sdp: ScriptedSDP.audio(stage.phoneSound))
                }
            case "BYE": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(5))
        #expect(stage.phone.messages("ACK").map(\.toTag) == ["first", "second"])
        #expect(stage.phone.messages("BYE").map(\.toTag) == ["second"])
        #expect(stage.door.events(of: call) == [.answered])
    }

    @Test(
        "An answer without a usable stream is acknowledged and ended",
        arguments: ["m=audio 0 RTP/AVP 8\r\n", "m=audio 7000 RTP/AVP 18\r\n", "m=audio seven RTP/AVP 8\r\n"])
    func unusableAnswer(line: String) {
        stage.phoneAnswers(sdp: "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" + line)
        let call = stage.dial()
        stage.network.advance(by: .seconds(5))
        #expect(stage.heard == ["INVITE", "ACK", "BYE"])
        #expect(stage.door.end(of: call)?.cause == .incompatible)
    }

    @Test("A configured address stands in Contact and SDP instead of the route's")
    func advertisedAddress() throws {
        let stage = Stage(settings: Stage.settings { $0.advertisedAddress = .v4(0xC000_0205) })
        stage.dial()
        stage.network.advance(by: .milliseconds(10))
        let invite = try #require(stage.phone.messages("INVITE").first)
        #expect(invite.contact?.contains("@192.0.2.5") == true)
        #expect(invite.body.contains("c=IN IP4 192.0.2.5\r\n"))
    }

    @Test("A key by INFO reaches the phone as application/dtmf-relay")
    func infoDigit() throws {
        let call = stage.talking()
        stage.door.perform(.sendInfoDigit(call, "#"))
        stage.network.advance(by: .seconds(1))
        let info = try #require(stage.phone.messages("INFO").first)
        #expect(info["content-type"] == "application/dtmf-relay")
        #expect(info.body.contains("Signal=#"))
        #expect(stage.door.end(of: call) == nil)
    }

    @Test("A proxy that asks for a password gets it, and the call goes on")
    func challenged() {
        var account = Account(name: "pbx", address: Stage.uri("sip:door@pbx.example"))
        account.outboundProxy = Stage.uri("sip:10.0.0.3;lr")
        account.credentials = Credentials(username: "door", password: "secret")
        let stage = Stage(settings: Stage.settings { $0.accounts = [account] })
        let proxy = SimulatedRegistrar(on: stage.network, at: Stage.pbxAddress)
        proxy.policy.asProxy = true
        proxy.policy.algorithms = [.md5, .sha256]
        proxy.policy.passwords = ["door": "secret"]
        proxy.otherwise = { peer, item in
            guard item.message.method == "INVITE", proxy.admits(item) else { return }
            peer.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound))
        }
        let call = CallID.outgoing(1)
        stage.door.perform(.call(call, target: Stage.uri("sip:phone@pbx.example"), account: "pbx", ringTime: nil))
        stage.network.advance(by: .seconds(2))
        #expect(proxy.peer.summaries == ["INVITE", "ACK", "INVITE", "ACK"])
        let invites = proxy.peer.messages("INVITE")
        #expect(invites.map(\.sequence) == [invites[0].sequence, invites[0].sequence + 1])
        #expect(invites[1]["proxy-authorization"]?.contains("SHA-256") == true)
        #expect(invites.allSatisfy { $0["from"]?.contains("sip:door@pbx.example") == true })
        #expect(stage.door.events(of: call) == [.answered])
        #expect(proxy.violations.isEmpty)
    }
}
