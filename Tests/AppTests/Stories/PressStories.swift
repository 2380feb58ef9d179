import Base
import Configuration
import Intercom
import JSON
import Media
import Simulator
import Testing

@Suite("A visitor at the door: the whole daemon in virtual time")
struct PressStories {
    @Test("A visitor presses the bell, the kitchen answers, they talk, the kitchen hangs up")
    func answered() throws {
        let street = try Street()
        let call = CallID.outgoing(1)
        street.kitchen.behave(.answers(after: .seconds(5)), sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.seconds(4))
        #expect(street.house.lamp("light") == "slow blink")
        #expect(street.house.voice.plan.localTone == .ringBack)
        street.advance(.seconds(2))
        #expect(street.house.lamp("light", over: .milliseconds(500)) == "on")
        #expect(street.house.voice.plan.localTone == nil)
        let leg = try #require(street.house.voice.leg(of: call))
        #expect(leg.sends && leg.receives && leg.remote == Street.kitchenSound)

        street.house.voice.figures.packetsReceived = 900
        street.house.voice.figures.packetsLost = 100
        street.house.voice.figures.meanOpinionScore = 3.5
        street.advance(.seconds(60))
        try #require(street.kitchen.answeredCall()).request("BYE")
        street.advance(.seconds(1))
        #expect(street.kitchen.summaries == ["INVITE", "ACK", "200 BYE"])
        #expect(street.house.lamp("light", over: .milliseconds(500)) == "off")
        #expect(street.house.voice.plan.legs.isEmpty && street.house.voice.plan.localTone == nil)
        let end = try #require(street.house.events("call-ended").first)
        #expect(end["reason"] == "remote-hang-up")
        #expect(end["answered"] == true)
        #expect(end["loss_percent"]?.double == 10)
        #expect(end["mos"]?.double == 3.5)
        #expect((60.0...62.0).contains(end["seconds"]?.double ?? 0))
    }

    @Test("A visitor presses the bell, nobody answers, and the lamp says so")
    func unanswered() throws {
        let street = try Street()
        street.kitchen.behave(.neverAnswers, sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.seconds(24))
        #expect(street.kitchen.summaries == ["INVITE", "CANCEL", "ACK"])
        #expect(street.house.lamp("light") == "triple flash")
        #expect(street.endings == ["no-answer"])
        street.advance(.seconds(5))
        #expect(street.house.lamp("light", over: .seconds(1)) == "off")
        #expect(street.house.voice.plan.legs.isEmpty && street.house.voice.plan.localTone == nil)
    }

    @Test(
        "Busy and refused are heard and seen, and then all is quiet",
        arguments: [
            (486, Tone.busy, "flash", "busy"), (603, .refused, "double flash", "declined"),
            (404, .refused, "double flash", "not-found"),
        ])
    func refused(status: Int, tone: Tone, lamp: String, reason: String) throws {
        let street = try Street()
        street.kitchen.behave(.refuses(status), sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.milliseconds(4_500))
        #expect(street.house.voice.plan.localTone == tone)
        #expect(street.house.lamp("light") == lamp)
        #expect(street.endings == [reason])
        street.advance(.seconds(10))
        #expect(street.house.voice.plan.localTone == nil)
        #expect(street.house.lamp("light") == "off")
    }

    @Test("A second press hangs up, while it rings and while they talk")
    func secondPress() throws {
        let street = try Street()
        street.kitchen.behave(.answers(after: .seconds(5)), sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.seconds(2))
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries == ["INVITE", "CANCEL", "ACK"])
        street.house.press("bell")
        street.advance(.seconds(8))
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries.suffix(3) == ["INVITE", "ACK", "BYE"])
        #expect(street.endings == ["local-hang-up", "local-hang-up"])
        #expect(street.house.lamp("light") == "off")
    }

    @Test("A bouncing button is one press, and one press is one attempt")
    func bounce() throws {
        let street = try Street()
        street.kitchen.behave(.neverAnswers, sound: Street.kitchenSound)
        for _ in 0..<6 {
            street.house.press("bell", for: .milliseconds(2))
            street.advance(.milliseconds(4))
        }
        street.house.press("bell", for: .milliseconds(200))
        street.advance(.seconds(3))
        #expect(street.house.events("pressed").count == 1)
        #expect(street.kitchen.summaries == ["INVITE"])
    }

    @Test("In turn: the kitchen does not answer, the attic does")
    func inTurn() throws {
        let street = try Street(Street.configuration(Street.inTurn))
        street.kitchen.behave(.neverAnswers, sound: Street.kitchenSound)
        street.attic.behave(.answers(after: .seconds(3)), sound: Street.atticSound)
        street.house.press("bell")
        street.advance(.seconds(19))
        #expect(street.attic.summaries.isEmpty)
        street.advance(.seconds(8))
        #expect(street.kitchen.summaries == ["INVITE", "CANCEL", "ACK"])
        #expect(street.attic.summaries == ["INVITE", "ACK"])
        #expect(street.house.voice.plan.legs.map(\.remote) == [Street.atticSound])
        #expect(street.house.lamp("light", over: .seconds(2)) == "on")
    }

    @Test("All at once: both ring, the attic answers, and the kitchen stops ringing")
    func together() throws {
        let street = try Street(Street.configuration(Street.together))
        street.kitchen.behave(.answers(after: .seconds(15)), sound: Street.kitchenSound)
        street.attic.behave(.answers(after: .seconds(3)), sound: Street.atticSound)
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries == ["INVITE"] && street.attic.summaries == ["INVITE"])
        street.advance(.seconds(20))
        #expect(street.kitchen.summaries == ["INVITE", "CANCEL", "ACK"])
        #expect(street.attic.summaries == ["INVITE", "ACK"])
        #expect(street.house.voice.plan.legs.map(\.remote) == [Street.atticSound])
        #expect(street.endings.count == 1)
    }

    @Test("Both answer in the same moment: one talks, the other is hung up, and each call ends once")
    func bothAnswer() throws {
        let street = try Street(Street.configuration(Street.together))
        street.kitchen.behave(.answers(after: .seconds(3)), sound: Street.kitchenSound)
        street.attic.behave(.answers(after: .seconds(3)), sound: Street.atticSound)
        street.house.press("bell")
        street.advance(.seconds(6))
        #expect(street.house.voice.plan.legs.count == 1)
        #expect(street.kitchen.summaries.contains("BYE") != street.attic.summaries.contains("BYE"))
        street.house.press("bell")
        street.advance(.seconds(3))
        #expect(street.kitchen.summaries.contains("BYE") && street.attic.summaries.contains("BYE"))
        #expect(Set(street.house.events("call-ended").compactMap { $0["call"]?.string }) == ["out-1", "out-2"])
        #expect(street.endings.count == 2)
    }

    @Test("A phone that is away is unreachable, and the next press works")
    func away() throws {
        let street = try Street()
        street.kitchen.behave(.silent, sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.seconds(60))
        #expect(street.endings.count == 1)
        _ = street.talking()
        #expect(street.house.lamp("light", over: .milliseconds(500)) == "on")
    }

    @Test("A key code during the call pulses the door, by RFC 4733 and by INFO", arguments: [true, false])
    func keyCode(byTelephoneEvent: Bool) throws {
        let street = try Street()
        let call = street.talking()
        if byTelephoneEvent {
            street.house.hearsKeys("4711#", in: call)
        } else {
            let dialog = try #require(street.kitchen.answeredCall())
            for key in "4711#" {
                dialog.request("INFO", fields: ["Content-Type: application/dtmf-relay"], sdp: "Signal=\(key)\r\nDuration=160\r\n")
                street.advance(.milliseconds(300))
            }
        }
        #expect(street.house.isActive("strike"))
        street.advance(.seconds(4))
        #expect(!street.house.isActive("strike"))
        let pulse = street.house.lines.changes(of: "strike")
        #expect(pulse.map(\.active) == [true, false])
        #expect(pulse[1].time - pulse[0].time == .seconds(3))
        #expect(street.house.events("door-released").map { $0["door"]?.string } == ["front"])
    }

    @Test("Only the exact code opens; wrong ones lock out, for longer each time")
    func lockOut() throws {
        let street = try Street()
        let call = street.talking()
        for code in ["4712#", "47111", "14711"] {
            street.house.hearsKeys(code, in: call)
            street.advance(.seconds(6))
        }
        #expect(street.house.lines.changes(of: "strike").isEmpty)
        #expect(street.house.events("locked-out").map { $0["seconds"]?.double } == [30])
        street.house.hearsKeys("4711#", in: call)
        street.advance(.seconds(6))
        #expect(street.house.lines.changes(of: "strike").isEmpty)
        street.advance(.seconds(60))
        for _ in 0..<3 {
            street.house.hearsKeys("0000#", in: call)
            street.advance(.seconds(6))
        }
        #expect(street.house.events("locked-out").map { $0["seconds"]?.double } == [30, 60])
        street.advance(.seconds(61))
        street.house.hearsKeys("4711#", in: call)
        #expect(street.house.isActive("strike"))
    }

    @Test("Neither code nor keys are in any event, state or log")
    func secrets() throws {
        let street = try Street()
        let call = street.talking()
        street.house.hearsKeys("9876#4711#", in: call)
        street.advance(.seconds(10))
        #expect(!street.house.log.isEmpty)
        for text in [street.house.log, "\(street.house.events)", "\(street.house.state)"] {
            #expect(!text.contains("4711") && !text.contains("9876"))
        }
    }

    @Test("The door's contact, wired to the strike, ends the call when the door opens")
    func wired() throws {
        let street = try Street(
            Street.configuration(adding: "[buttons.contact]\nline = \"contact\"\nshort = { hang_up = true }\n"))
        street.house.lines.board.wire(output: "strike", to: "contact")
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        street.advance(.seconds(5))
        #expect(street.kitchen.summaries == ["INVITE", "ACK", "BYE"])
        #expect(street.endings == ["local-hang-up"])
        #expect(!street.house.isActive("strike"))
    }
}
