import Base
import Simulator
import Telephony
import Testing

@Suite("The door is called: RFC 3261 §13.3, §15.1.2, §17.2")
struct IncomingCallStories {
    let stage = Stage()

    @Test("A trusted phone calls, the door rings and answers, the phone hangs up")
    func answered() throws {
        let call = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        guard case .incoming(let details)? = stage.door.events(of: id).first else { return }
        #expect("\(details.from)".hasPrefix("sip:phone@10.0.0.2"))
        #expect(details.target.user == "door")
        #expect(details.source == Stage.phoneAddress)
        #expect(details.wantsAutomaticAnswer == nil)
        stage.door.perform(.ring(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["180 INVITE"])
        stage.door.perform(.answer(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["180 INVITE", "200 INVITE"])
        #expect(stage.door.events(of: id).last == .answered)
        #expect(stage.door.media[id]?.remote == stage.phoneSound)
        call.request("BYE")
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["180 INVITE", "200 INVITE", "200 BYE"])
        #expect(stage.door.end(of: id)?.cause == .remoteHangUp)
        #expect(stage.door.media[id] == nil)
    }

    @Test("The door hangs up a call that it answered")
    func hangUpHere() throws {
        let (_, id) = try stage.answered()
        stage.door.perform(.hangUp(id, cause: .localHangUp))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard.last == "BYE")
        #expect(stage.phone.messages("BYE")[0].uri == "sip:phone@10.0.0.2:5060")
        #expect(stage.door.end(of: id)?.cause == .localHangUp)
    }

    @Test("The caller gives up while it rings")
    func cancelled() throws {
        let call = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.ring(id))
        stage.network.advance(by: .seconds(3))
        call.cancel()
        stage.network.advance(by: .seconds(1))
        #expect(Set(stage.heard) == ["180 INVITE", "200 CANCEL", "487 INVITE"])
        #expect(stage.door.end(of: id)?.cause == .cancelled)
    }

    @Test("A Reason header tells that another phone answered")
    func answeredElsewhere() throws {
        let call = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        call.cancel(fields: ["Reason: SIP;cause=200;text=\"Call completed elsewhere\""])
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: id)?.cause == .answeredElsewhere)
    }

    @Test("CANCEL after the answer is confirmed and changes nothing")
    func cancelledTooLate() throws {
        let (call, id) = try stage.answered()
        call.cancel()
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["180 INVITE", "200 INVITE", "200 CANCEL"])
        #expect(stage.door.end(of: id) == nil)
    }

    @Test(
        "The house refuses in its own way",
        arguments: [(Refusal.busy, 486), (.declined, 603), (.forbidden, 403), (.unavailable, 480)])
    func refused(refusal: Refusal, status: Int) throws {
        _ = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.reject(id, refusal))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard == ["\(status) INVITE"])
        #expect(stage.door.end(of: id) != nil)
    }

    @Test("More calls than allowed are busy, and nobody hears of them")
    func tooMany() throws {
        let stage = Stage(settings: Stage.settings { $0.limits.concurrentCalls = 1 })
        let (_, id) = try stage.answered()
        _ = stage.phoneCalls(callID: "second")
        #expect(stage.heard.last == "486 INVITE")
        #expect(stage.door.incoming == [id])
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("A repeated INVITE is one call, and gets the latest answer again")
    func repeated() throws {
        let call = stage.phoneCalls()
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.ring(id))
        stage.network.advance(by: .seconds(1))
        call.repeatInvite(sdp: ScriptedSDP.audio(stage.phoneSound))
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.incoming == [id])
        #expect(stage.heard == ["180 INVITE", "180 INVITE"])
    }

    @Test("Without ACK the answer is repeated for 32 s, then the call is ended by BYE")
    func neverAcknowledged() throws {
        _ = stage.phoneCalls()
        stage.phone.script = { phone, item in if item.message.method == "BYE" { phone.respond(to: item, 200) } }
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.answer(id))
        stage.network.advance(by: .seconds(31))
        let answers = stage.phone.times("200 INVITE")
        let gaps = zip(answers.dropFirst(), answers).map { ($0 - $1).milliseconds }
        #expect(Array(gaps.prefix(5)) == [500, 1000, 2000, 4000, 4000])
        #expect(stage.door.end(of: id) == nil)
        stage.network.advance(by: .seconds(5))
        #expect(stage.heard.last == "BYE")
        #expect(stage.door.end(of: id) != nil)
        #expect(stage.door.media[id] == nil)
    }

    @Test("A lost ACK is no trouble: the answer comes again, and so does the ACK")
    func lostAcknowledgement() throws {
        var lost = 0
        stage.network.loses = { datagram in
            guard lost < 2, WireMessage(datagram.bytes)?.method == "ACK" else { return false }
            lost += 1
            return true
        }
        let (_, id) = try stage.answered()
        stage.network.advance(by: .seconds(40))
        #expect(stage.phone.messages("200 INVITE").count == 3)
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("An INVITE without offer is answered with ours, and the ACK brings the answer")
    func lateOffer() throws {
        let call = ScriptedCall(stage.phone, calls: "sip:door@10.0.0.1", at: Stage.doorAddress)
        stage.phone.script = { _, item in
            guard item.message.method == "INVITE" else { return }
            call.acknowledge(item.message, sdp: ScriptedSDP.audio(stage.phoneSound, formats: "0"))
        }
        call.invite(sdp: nil)
        stage.network.advance(by: .milliseconds(20))
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.answer(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.phone.messages("200 INVITE")[0].body.contains("m=audio 4000 RTP/AVP 8 0 101\r\n"))
        #expect(stage.door.media[id]?.codec == .pcmu)
        #expect(stage.door.media[id]?.remote == stage.phoneSound)
    }

    @Test("An ACK without the answer to our late offer ends the call")
    func lateOfferUnanswered() throws {
        _ = stage.phoneCalls(sdp: .some(nil))
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.answer(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard.last == "BYE")
        #expect(stage.door.end(of: id)?.cause == .incompatible)
    }

    @Test(
        "A header may ask for an automatic answer, after a delay",
        arguments: [
            ("Call-Info: <sip:10.0.0.2>;answer-after=2", Duration.seconds(2)),
            ("Call-Info: <sip:x>; answer-after=0", .zero),
            ("Alert-Info: <http://127.0.0.1>;info=alert-autoanswer;delay=3", .seconds(3)),
            ("Alert-Info: <http://www.notused.com>;info=alert-autoanswer", .zero),
            ("Answer-Mode: Auto", .zero),
        ])
    func automaticAnswer(field: String, delay: Duration) throws {
        _ = stage.phoneCalls(fields: [field])
        let id = try #require(stage.door.incoming.first)
        guard case .incoming(let details)? = stage.door.events(of: id).first else { return }
        #expect(details.wantsAutomaticAnswer?.delay == delay)
    }

    @Test(
        "Keys by INFO are heard, in both notations",
        arguments: [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", "5"),
            ("application/dtmf-relay", "Signal= *\nDuration= 100\n", "*"),
            ("application/dtmf", "7", "7"), ("Application/DTMF-Relay", "signal=#\r\nduration=250", "#"),
        ])
    func infoDigits(type: String, body: String, digit: String) throws {
        let (call, id) = try stage.answered()
        call.request("INFO", fields: ["Content-Type: " + type], sdp: body)
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard.last == "200 INFO")
        let digits = stage.door.events(of: id).compactMap { if case .digit(let key, _) = $0 { String(key) } else { nil } }
        #expect(digits == [digit])
    }

    @Test("OPTIONS in a call and outside of one is answered and touches no call")
    func options() throws {
        let (call, id) = try stage.answered()
        let before = stage.door.mediaChanges.count
        call.request("OPTIONS")
        stage.network.advance(by: .seconds(1))
        let other = ScriptedCall(stage.phone, calls: "sip:door@10.0.0.1", at: Stage.doorAddress, callID: "ping")
        other.request("OPTIONS")
        stage.network.advance(by: .seconds(1))
        let answers = stage.phone.messages("200 OPTIONS")
        #expect(answers.count == 2)
        #expect(answers.allSatisfy { $0["allow"]?.contains("INVITE") == true })
        #expect(stage.door.events(of: id).count == 2)
        #expect(stage.door.mediaChanges.count == before)
    }

    @Test("Answers go where the request came from, when it asks for that (RFC 3581)")
    func symmetricResponse() throws {
        stage.phone.send(
            """
            OPTIONS sip:door@10.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP 192.168.1.9:9999;branch=z9hG4bKnat;rport\r
            Max-Forwards: 70\r
            From: <sip:phone@192.168.1.9>;tag=1\r
            To: <sip:door@10.0.0.1>\r
            Call-ID: nat\r
            CSeq: 1 OPTIONS\r
            Content-Length: 0\r
            \r

            """, to: Stage.doorAddress)
        stage.network.advance(by: .seconds(1))
        let answer = try #require(stage.phone.messages("200 OPTIONS").first)
        #expect(answer["via"]?.contains("received=10.0.0.2") == true)
        #expect(answer["via"]?.contains("rport=5060") == true)
    }
}
