import Base
import Intercom
import JSON
import Media
import Simulator
import Testing

@Suite("Calls to the door: the whole daemon in virtual time")
struct CallerStories {
    @Test("A caller on the list is answered by itself, and the people at the door are warned")
    func automatic() throws {
        let street = try Street(Street.configuration(adding: "[answering]\nautomatic = [\"flat\"]\n"))
        _ = street.kitchenCalls()
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries.contains("200 INVITE"))
        let leg = try #require(street.house.voice.leg(of: .incoming(1)) ?? street.house.voice.plan.legs.first)
        #expect(leg.sends && leg.receives)
        #expect(street.house.voice.plans.contains { $0.plan.localChime?.tone == .attention })
        #expect(street.house.lamp("light", over: .milliseconds(500)) == "on")
    }

    @Test("Anybody else rings at the door, and a press answers")
    func ringing() throws {
        let street = try Street(Street.configuration(adding: "[answering]\nautomatic = [\"attic\"]\n"))
        let call = street.kitchenCalls()
        street.advance(.seconds(4))
        #expect(street.kitchen.summaries.last == "180 INVITE")
        #expect(street.house.lamp("light") == "slow blink")
        street.house.press("bell")
        street.advance(.seconds(1))
        #expect(street.kitchen.summaries.last == "200 INVITE")
        #expect(street.house.voice.plan.legs.count == 1)
        call.request("BYE")
        street.advance(.seconds(1))
        #expect(street.endings == ["remote-hang-up"])
    }

    @Test("A caller that asks for an automatic answer gets it only where the configuration says so", arguments: [false, true])
    func byHeader(isAllowed: Bool) throws {
        let street = try Street(Street.configuration(adding: "[answering]\nby_header = \(isAllowed)\n"))
        let call = ScriptedCall(street.kitchen, calls: "sip:door@10.0.0.1", at: Street.houseAddress)
        street.kitchen.script = { _, item in
            if item.message.summary.hasSuffix(" INVITE") { call.acknowledge(item.message) }
        }
        call.invite(sdp: ScriptedSDP.audio(Street.kitchenSound), fields: ["Call-Info: <sip:10.0.0.2>;answer-after=0"])
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries.contains("200 INVITE") == isAllowed)
    }

    @Test("A stranger hears nothing, and nobody hears of him")
    func stranger() throws {
        let street = try Street(Street.configuration(adding: "[answering]\nautomatic = [\"*@*\"]\n"))
        let stranger = ScriptedPeer(on: street.network, at: SocketAddress(.v4(0x0A09_0909), port: 5060), user: "stranger")
        _ = street.kitchenCalls(from: stranger)
        street.advance(.seconds(5))
        #expect(stranger.summaries == ["403 INVITE"])
        #expect(street.house.voice.plans.isEmpty)
        #expect(street.house.lines.changes(of: "light").isEmpty)
        #expect(street.house.events("call-ended").isEmpty)
    }

    @Test("While two talk, a third one is busy and the call goes on")
    func secondCaller() throws {
        let street = try Street()
        _ = street.talking()
        _ = street.kitchenCalls(from: street.attic)
        street.advance(.seconds(5))
        #expect(street.attic.summaries.filter { !$0.hasPrefix("1") } == ["486 INVITE"])
        #expect(street.house.voice.plan.legs.map(\.remote) == [Street.kitchenSound])
        #expect(street.house.lamp("light", over: .seconds(1)) == "on")
    }

    @Test("The caller gives up: the door stops ringing")
    func givesUp() throws {
        let street = try Street()
        let call = street.kitchenCalls()
        street.advance(.seconds(3))
        call.cancel()
        street.advance(.seconds(3))
        #expect(street.endings == ["cancelled"])
        #expect(street.house.lamp("light", over: .seconds(1)) == "off")
        #expect(street.house.voice.plan.localTone == nil)
    }

    @Test("Nobody comes to the door: the caller is told after the ring time")
    func nobody() throws {
        let street = try Street(Street.configuration(adding: "[calls]\nring_time = \"10s\"\n"))
        _ = street.kitchenCalls()
        street.advance(.seconds(15))
        #expect(street.endings == ["no-answer"])
        #expect(street.kitchen.summaries.last?.hasPrefix("4") == true)
    }

    @Test("On hold nothing is sent to the one who holds, and silence ends no call")
    func heldByPeer() throws {
        let street = try Street()
        let call = street.talking()
        let dialog = try #require(street.kitchen.answeredCall())
        street.kitchen.script = { _, item in
            if item.message.summary == "200 INVITE" { dialog.acknowledge(item.message) }
        }
        dialog.invite(sdp: ScriptedSDP.audio(Street.kitchenSound, direction: "inactive", version: 2))
        street.advance(.seconds(1))
        let leg = try #require(street.house.voice.leg(of: call))
        #expect(!leg.sends && !leg.receives)
        street.house.hears(.silent(call, seconds: 60))
        street.advance(.seconds(1))
        #expect(street.endings.isEmpty)
        dialog.invite(sdp: ScriptedSDP.audio(Street.kitchenSound, version: 3))
        street.advance(.seconds(1))
        #expect(street.house.voice.leg(of: call)?.sends == true)
    }

    @Test("The tool holds and resumes the call")
    func heldHere() throws {
        let street = try Street()
        let call = street.talking()
        #expect(street.house.command(.hold(nil)) == nil)
        street.advance(.seconds(1))
        #expect(street.kitchen.messages("INVITE").last?.body.contains("a=sendonly") == true)
        #expect(street.house.voice.leg(of: call)?.receives == false)
        #expect(street.house.command(.resume(call)) == nil)
        street.advance(.seconds(1))
        #expect(street.house.voice.leg(of: call)?.receives == true)
        #expect(street.house.command(.hold(.outgoing(9))) != nil)
    }

    @Test("Keys from the tool go out by RFC 4733, or by INFO to a phone that knows no better")
    func keys() throws {
        let street = try Street()
        let call = street.talking()
        #expect(street.house.command(.sendDigits(nil, "12#")) == nil)
        #expect(street.house.voice.sentKeys(to: call) == [1, 2, 11])
        street.house.press("bell")
        street.advance(.seconds(2))

        street.kitchen.script = { phone, item in
            switch item.message.summary {
            case "INVITE": phone.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(Street.kitchenSound, formats: "8"))
            case "INFO": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
        street.house.press("bell")
        street.advance(.seconds(1))
        #expect(street.house.command(.sendDigits(nil, "12#")) == nil)
        street.advance(.seconds(3))
        let keys = street.kitchen.messages("INFO").map { $0.body.prefix(8) }
        #expect(keys == ["Signal=1", "Signal=2", "Signal=#"])
    }

    @Test("Half a minute of silence ends a call")
    func silence() throws {
        let street = try Street()
        let call = street.talking()
        street.house.hears(.silent(call, seconds: 29))
        street.advance(.seconds(1))
        #expect(street.endings.isEmpty)
        street.house.hears(.silent(call, seconds: 30))
        street.advance(.seconds(1))
        #expect(street.endings == ["media-lost"])
        #expect(street.kitchen.summaries.last == "BYE")
    }
}
