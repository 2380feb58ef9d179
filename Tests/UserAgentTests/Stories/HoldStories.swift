import Base
import Simulator
import Telephony
import Testing

@Suite("Hold and resume: RFC 3264 §8.4, RFC 6337 §5.3, RFC 3261 §14")
struct HoldStories {
    let stage = Stage()

    /// Answers every new offer of the door by the direction that fits it.
    private func phoneFollows() {
        stage.phone.script = { phone, item in
            switch item.message.summary {
            case "INVITE":
                let direction = item.message.direction == "sendonly" ? "recvonly" : "sendrecv"
                phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound, direction: direction, version: 2))
            case "BYE": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
    }

    @Test("The door holds and resumes")
    func holdHere() throws {
        let (_, id) = try stage.answered()
        phoneFollows()
        stage.door.perform(.hold(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.phone.messages("INVITE").last?.direction == "sendonly")
        #expect(stage.door.events(of: id).last == .held(true))
        #expect(stage.door.media[id]?.receives == false && stage.door.media[id]?.sends == false)
        stage.door.perform(.resume(id))
        stage.network.advance(by: .seconds(1))
        #expect(stage.phone.messages("INVITE").last?.direction == "sendrecv")
        #expect(stage.door.events(of: id).last == .held(false))
        #expect(stage.door.media[id]?.receives == true && stage.door.media[id]?.sends == true)
        #expect(stage.phone.messages("ACK").count == 2)
    }

    @Test(
        "The phone holds in each of the three ways, and resumes",
        arguments: [
            ("sendonly", String?.none, "recvonly", true), ("inactive", nil, "inactive", false),
            ("sendrecv", "0.0.0.0", "sendrecv", true),
        ])
    func holdThere(direction: String, connection: String?, answered: String, receives: Bool) throws {
        let (call, id) = try stage.answered()
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, direction: direction, connection: connection, version: 2))
        stage.network.advance(by: .seconds(1))
        #expect(stage.phone.messages("200 INVITE").last?.direction == answered)
        #expect(stage.door.events(of: id).last == .heldByPeer(true))
        #expect(stage.door.media[id]?.sends == false)
        #expect(stage.door.media[id]?.receives == receives)
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, version: 3))
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.events(of: id).last == .heldByPeer(false))
        #expect(stage.door.media[id]?.sends == true && stage.door.media[id]?.remote == stage.phoneSound)
    }

    @Test("A new offer that changes nothing is answered, and is no news")
    func refresh() throws {
        let (call, id) = try stage.answered()
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound))
        stage.network.advance(by: .seconds(1))
        let answers = stage.phone.messages("200 INVITE")
        #expect(answers.count == 2 && answers[0].body == answers[1].body)
        #expect(stage.door.events(of: id).last == .answered)
    }

    @Test("A new INVITE without offer gets the door's wish, and its answer moves the sound")
    func lateOffer() throws {
        let (call, id) = try stage.answered()
        let elsewhere = SocketAddress(.v4(0x0A00_0002), port: 7100)
        stage.phone.script = { _, item in
            if item.message.summary == "200 INVITE" {
                call.acknowledge(item.message, sdp: ScriptedSDP.audio(elsewhere, version: 2))
            }
        }
        call.invite(sdp: nil)
        stage.network.advance(by: .seconds(1))
        #expect(stage.phone.messages("200 INVITE").last?.direction == "sendrecv")
        #expect(stage.door.media[id]?.remote == elsewhere)
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("A new offer that is not acceptable is 488, and the call goes on as it was")
    func unacceptable() throws {
        let (call, id) = try stage.answered()
        let before = stage.door.media[id]
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, formats: "18", version: 2))
        stage.network.advance(by: .seconds(1))
        #expect(stage.heard.last == "488 INVITE")
        #expect(stage.door.media[id] == before)
        call.request("BYE")
        stage.network.advance(by: .seconds(1))
        #expect(stage.door.end(of: id)?.cause == .remoteHangUp)
    }

    @Test("The phone refuses to be held: the call goes on unheld", arguments: [488, 500])
    func refused(status: Int) throws {
        let (_, id) = try stage.answered()
        stage.phone.script = { phone, item in
            if item.message.method == "INVITE" { phone.respond(to: item, status) }
        }
        stage.door.perform(.hold(id))
        stage.network.advance(by: .seconds(5))
        #expect(stage.phone.messages("ACK").count >= 1)
        #expect(!stage.door.events(of: id).contains(.held(true)))
        #expect(stage.door.media[id]?.receives == true)
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("The phone has lost the call: 481 to a hold ends it", arguments: [481, 408])
    func lostCall(status: Int) throws {
        let (_, id) = try stage.answered()
        stage.phone.script = { phone, item in
            if item.message.method == "INVITE" { phone.respond(to: item, status) }
        }
        stage.door.perform(.hold(id))
        stage.network.advance(by: .seconds(40))
        #expect(stage.door.end(of: id) != nil)
        #expect(stage.door.media[id] == nil)
    }

    @Test("Both offer at once: 491 each, and the door tries again after its random wait")
    func glare() throws {
        let (call, id) = try stage.answered()
        var refusals = 0
        stage.phone.script = { phone, item in
            switch item.message.summary {
            case "INVITE" where refusals == 0:
                refusals += 1
                call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, version: 2))
                phone.after(.milliseconds(50)) { phone.respond(to: item, 491, "Request Pending") }
            case "INVITE":
                phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(stage.phoneSound, direction: "recvonly", version: 3))
            case "491 INVITE": call.acknowledge(item.message)
            default: break
            }
        }
        stage.door.perform(.hold(id))
        stage.network.advance(by: .milliseconds(200))
        #expect(stage.phone.messages("491 INVITE").count == 1)
        #expect(stage.phone.messages("INVITE").count == 1)
        stage.network.advance(by: .seconds(5))
        let times = stage.phone.times("INVITE")
        #expect(times.count == 2)
        // The phone owns the Call-ID: the door waits up to 2 s.
        #expect((times[1] - times[0]) < .milliseconds(2_200))
        #expect(stage.door.events(of: id).last == .held(true))
    }

    @Test("A second offer before the answer to ours is told to wait (RFC 3264 §4)")
    func overlapping() throws {
        let call = stage.phoneCalls(sdp: .some(nil))
        stage.phone.script = { _, _ in }
        let id = try #require(stage.door.incoming.first)
        stage.door.perform(.answer(id))
        stage.network.advance(by: .milliseconds(20))
        let answer = try #require(stage.phone.messages("200 INVITE").first)
        call.learn(answer)
        call.invite(sdp: ScriptedSDP.audio(stage.phoneSound, version: 2))
        stage.network.advance(by: .milliseconds(20))
        #expect(stage.heard.last == "491 INVITE")
        #expect(stage.door.end(of: id) == nil)
    }

    @Test("Two of us hold each other, and each resumes for itself")
    func both() throws {
        let other = SimulatedPhone(on: stage.network, at: Stage.phoneAddress, settings: Stage.openSettings(), seed: 9)
        other.start()
        other.script = { phone, call, event in
            if case .incoming = event { phone.perform(.answer(call)) }
        }
        let call = stage.dial()
        stage.network.advance(by: .seconds(1))
        let id = try #require(other.incoming.first)
        func sound() -> [Bool?] {
            stage.network.advance(by: .seconds(6))
            return [
                stage.door.media[call]?.sends, stage.door.media[call]?.receives, other.media[id]?.sends,
                other.media[id]?.receives,
            ]
        }
        #expect(sound() == [true, true, true, true])
        other.perform(.hold(id))
        #expect(sound() == [false, true, false, false])
        stage.door.perform(.hold(call))
        #expect(sound() == [false, false, false, false])
        other.perform(.resume(id))
        #expect(sound() == [false, false, false, true])
        stage.door.perform(.resume(call))
        #expect(sound() == [true, true, true, true])
        // Both at once is glare, and heals.
        other.perform(.hold(id))
        stage.door.perform(.hold(call))
        #expect(sound() == [false, false, false, false])
        #expect(stage.door.end(of: call) == nil && other.end(of: id) == nil)
    }
}
