import Base
import Simulator
import Telephony
import Testing

@Suite("What the door refuses: RFC 3261 §8.2, §12.2.2, §21.4")
struct RefusalStories {
    let stage = Stage()

    /// A request of the phone outside of every dialog.
    private func send(
        _ method: String, toTag: String? = nil, fields: [String] = [], sdp: String? = nil, from peer: ScriptedPeer? = nil
    ) {
        let peer = peer ?? stage.phone
        peer.request(
            method, "sip:door@10.0.0.1", to: Stage.doorAddress,
            fields: [
                "From: <sip:\(peer.user)@\(peer.address.address)>;tag=1",
                "To: <sip:door@10.0.0.1>" + (toTag.map { ";tag=" + $0 } ?? ""),
                "Call-ID: lonely", "CSeq: 1 \(method)", "Contact: <\(peer.uri)>",
            ] + fields, sdp: sdp)
        stage.network.advance(by: .milliseconds(100))
    }

    @Test(
        "A method that is known but not spoken is 405, and the answer says what is spoken",
        arguments: ["REGISTER", "PUBLISH"])
    func knownMethod(method: String) throws {
        send(method)
        let answer = try #require(stage.phone.messages("405 \(method)").first)
        #expect(answer["allow"]?.contains("INVITE") == true)
    }

    @Test("A method that nobody knows is 501 or 405, and the answer says what is spoken")
    func unknownMethod() throws {
        send("DANCE")
        let answer = try #require(stage.phone.received.last?.message)
        #expect([405, 501].contains(answer.status))
        #expect(answer["allow"]?.contains("INVITE") == true)
    }

    @Test("An extension that is required and not spoken is 420 with its name")
    func extensionRequired() throws {
        send("INVITE", fields: ["Require: 100rel, time-travel"], sdp: ScriptedSDP.audio(stage.phoneSound))
        let answer = try #require(stage.phone.messages("420 INVITE").first)
        #expect(answer["unsupported"]?.contains("time-travel") == true)
        #expect(stage.door.incoming.isEmpty)
    }

    @Test("A body that is no description is 415, and the answer says what is read")
    func body() throws {
        send("INVITE", fields: ["Content-Type: text/plain"], sdp: "hello")
        #expect(try #require(stage.phone.messages("415 INVITE").first)["accept"]?.contains("application/sdp") == true)
    }

    @Test(
        "An offer without a usable stream is 488",
        arguments: [
            "m=audio 7000 RTP/SAVP 8\r\n", "m=audio 7000 RTP/AVP 18\r\n", "m=video 7000 RTP/AVP 99\r\n",
            "m=audio 0 RTP/AVP 8\r\n",
        ])
    func offer(line: String) {
        send("INVITE", sdp: "v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n" + line)
        #expect(stage.heard.filter { $0.hasSuffix("INVITE") } == ["488 INVITE"])
        #expect(stage.door.incoming.isEmpty)
    }

    @Test("A description that cannot be read is 400 or 488, and no call")
    func brokenOffer() {
        send("INVITE", sdp: "v=0\r\nm=audio seven RTP/AVP 8\r\n")
        #expect(["400 INVITE", "488 INVITE"].contains(stage.heard.first))
        #expect(stage.door.incoming.isEmpty)
    }

    @Test("Requests in a dialog that is not there are 481", arguments: ["BYE", "INFO", "INVITE", "CANCEL"])
    func noDialog(method: String) {
        send(
            method, toTag: method == "CANCEL" ? nil : "gone", sdp: method == "INVITE" ? ScriptedSDP.audio(stage.phoneSound) : nil)
        #expect(stage.heard == ["481 \(method)"])
        #expect(stage.door.events.isEmpty)
    }

    @Test("ACK is never answered")
    func acknowledgement() {
        send("ACK", toTag: "gone")
        #expect(stage.heard.isEmpty)
    }

    @Test("Another version of SIP is 505")
    func version() {
        stage.phone.send(
            """
            OPTIONS sip:door@10.0.0.1 SIP/3.0\r
            Via: SIP/3.0/UDP 10.0.0.2:5060;branch=z9hG4bKv\r
            Max-Forwards: 70\r
            From: <sip:phone@10.0.0.2>;tag=1\r
            To: <sip:door@10.0.0.1>\r
            Call-ID: version\r
            CSeq: 1 OPTIONS\r
            Content-Length: 0\r
            \r

            """, to: Stage.doorAddress)
        stage.network.advance(by: .milliseconds(100))
        #expect(stage.heard == ["505 OPTIONS"])
    }

    @Test("In a call, an INFO of an unknown kind is 415 and the call goes on")
    func unknownInfo() throws {
        let (call, id) = try stage.answered()
        call.request("INFO", fields: ["Content-Type: application/x-weather"], sdp: "rain")
        stage.network.advance(by: .milliseconds(100))
        #expect(stage.heard.last == "415 INFO")
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("A request with an old sequence number is 500 and changes nothing (RFC 3261 §12.2.2)")
    func oldSequence() throws {
        let (_, id) = try stage.answered()
        let invite = try #require(stage.phone.messages("200 INVITE").first)
        stage.phone.request(
            "BYE", "sip:door@10.0.0.1", to: Stage.doorAddress,
            fields: [
                "From: <sip:phone@10.0.0.2>;tag=peer-tag", "To: <sip:door@10.0.0.1>;tag=\(invite.toTag ?? "")",
                "Call-ID: scripted-call",
                "CSeq: 0 BYE",
            ])
        stage.network.advance(by: .milliseconds(100))
        #expect(stage.heard.last == "500 BYE")
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("A stranger is refused and learns nothing", arguments: ["INVITE", "OPTIONS", "MESSAGE", "REGISTER", "BYE"])
    func stranger(method: String) throws {
        let stranger = ScriptedPeer(on: stage.network, at: Stage.strangerAddress, user: "stranger")
        send(method, sdp: method == "INVITE" ? ScriptedSDP.audio(Stage.strangerAddress) : nil, from: stranger)
        let answers = stranger.received.map(\.message)
        #expect(answers.allSatisfy { $0.status == 403 || $0.status == 481 || $0.status == 100 })
        #expect(answers.count <= 1)
        for answer in answers {
            #expect(answer["server"] == nil && answer["allow"] == nil && answer["contact"] == nil && answer.body.isEmpty)
        }
        #expect(stage.door.events.isEmpty)
    }

    @Test("A stranger cannot end a call whose tags he does not know")
    func strangerInCall() throws {
        let (_, id) = try stage.answered()
        let stranger = ScriptedPeer(on: stage.network, at: Stage.strangerAddress, user: "stranger")
        stranger.request(
            "BYE", "sip:door@10.0.0.1", to: Stage.doorAddress,
            fields: [
                "From: <sip:phone@10.0.0.2>;tag=peer-tag", "To: <sip:door@10.0.0.1>;tag=guess", "Call-ID: scripted-call",
                "CSeq: 2 BYE",
            ])
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("Rubbish is dropped, and a call that follows works")
    func rubbish() throws {
        var random = RandomSource(seed: 3)
        let invite =
            "INVITE sip:door@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKr\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
            + "Call-ID: rubbish\r\nCSeq: 1 INVITE\r\nContact: <sip:phone@10.0.0.2>\r\nContent-Length: 0\r\n\r\n"
        for _ in 0..<2_000 {
            var bytes = Array(invite.utf8)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))) }
            stage.phone.send(Datagram(bytes, from: Stage.strangerAddress, to: Stage.doorAddress))
        }
        stage.network.advance(by: .seconds(120))
        #expect(stage.door.incoming.isEmpty)
        let (_, id) = try stage.answered()
        #expect(stage.door.events(of: id).last == .answered)
    }
}
