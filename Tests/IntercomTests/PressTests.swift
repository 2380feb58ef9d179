import Base
import Configuration
import Testing

@testable import Intercom

@Suite("A press")
struct PressTests {
    @Test("It calls, the lamp blinks, ring-back is heard, they talk, and all is at rest when the other side hangs up")
    func story() {
        var world = World()
        let pressed = world.press()
        #expect(
            pressed.onCalls == [
                .placeCall(.outgoing(1), uri: "sip:janitor@10.0.0.30", account: nil, ringTime: .seconds(30))
            ])
        #expect(pressed.contains(.chime(.key)))
        #expect(world.shows("bell") == "calling")
        #expect(world.shows("second") == "idle")

        world.tell(.ringing(.outgoing(1), earlyMedia: false))
        #expect(world.shows("bell") == "ringing")
        #expect(world.tone == .ringBack)
        #expect(world.connected == [])

        world.tell(.answered(.outgoing(1)))
        #expect(world.shows("bell") == "talking")
        #expect(world.tone == nil)
        #expect(world.connected == [.outgoing(1)])
        #expect(world.active == ["light"])

        world.tell(.ended(.outgoing(1), .hungUpThere))
        #expect(world.shows("bell") == "idle")
        #expect(world.active == [])
        #expect(world.connected == [])
        #expect(world.events("pressed").count == 1)
        #expect(world.events("call-started").count == 1)
        #expect(world.events("call-ringing").count == 1)
        #expect(world.events("call-answered").count == 1)
    }

    @Test("The call's start is published before the call is placed, so that it is known when it fails at once")
    func startFirst() throws {
        var world = World()
        let effects = world.press()
        let start = try #require(effects.firstIndex { if case .publish(let e) = $0 { e.name == "call-started" } else { false } })
        let place = try #require(effects.firstIndex { if case .placeCall = $0 { true } else { false } })
        #expect(start < place)
    }

    @Test("Early media is heard instead of ring-back, and goes on when the call is answered")
    func earlyMedia() {
        var world = World()
        world.press()
        world.tell(.ringing(.outgoing(1), earlyMedia: true))
        #expect(world.tone == nil)
        #expect(world.connected == [.outgoing(1)])
        let answered = world.tell(.answered(.outgoing(1)))
        #expect(!answered.contains(.connectSound(.outgoing(1), true)))
        #expect(world.connected == [.outgoing(1)])
    }

    @Test("A second press hangs up, whether it rings or they talk", arguments: [false, true])
    func second(isAnswered: Bool) {
        var world = World()
        world.press()
        if isAnswered { world.tell(.answered(.outgoing(1))) }
        #expect(world.press().onCalls == [.hangUp(.outgoing(1), .hungUpHere)])
        #expect(world.shows("bell") == "idle")
        #expect(world.connected == [])
        world.tell(.ended(.outgoing(1), .hungUpHere))
        #expect(world.shows("bell") == "idle")
        #expect(world.tone == nil)
    }

    @Test("An answer that crosses the second press changes nothing")
    func crossed() {
        var world = World()
        world.press()
        world.press()
        #expect(world.tell(.answered(.outgoing(1))) == [])
        #expect(world.connected == [])
    }

    @Test("One press is one attempt: a failed call is not tried again")
    func oneAttempt() {
        var world = World()
        world.press()
        world.tell(.ended(.outgoing(1), .busy))
        world.advance(by: .seconds(3600))
        #expect(world.placed == [.outgoing(1)])
    }

    @Test(
        "Busy, refused and nobody answers are each heard and seen for a while, and differ",
        arguments: [
            (CallOutcome.busy, HouseTone?.some(.busy), "busy"), (.refused, .refused, "refused"),
            (.unreachable, .refused, "refused"), (.failed, .refused, "refused"), (.noAnswer, nil, "no-answer"),
        ])
    func failed(outcome: CallOutcome, tone: HouseTone?, shows: String) {
        var world = World()
        world.press()
        world.tell(.ringing(.outgoing(1), earlyMedia: false))
        let effects = world.tell(.ended(.outgoing(1), outcome))
        #expect(world.tone == tone)
        #expect(effects.contains(.chime(.wrong)) == (outcome == .noAnswer))
        #expect(world.shows("bell") == shows)
        world.advance(by: .milliseconds(4900))
        #expect(world.shows("bell") == shows)
        world.advance(by: .milliseconds(200))
        #expect(world.shows("bell") == "idle")
        #expect(world.tone == nil)
        #expect(world.active == [])
    }

    @Test("A press while the last failure is still shown starts anew")
    func again() {
        var world = World()
        world.press()
        world.tell(.ended(.outgoing(1), .busy))
        world.press()
        #expect(world.placed == [.outgoing(1), .outgoing(2)])
        #expect(world.shows("bell") == "calling")
        #expect(world.tone == nil)
    }

    @Test("Another button before the answer calls somebody else instead")
    func changedMind() {
        var world = World()
        world.press("bell")
        let effects = world.press("second")
        #expect(effects.onCalls.first == .hangUp(.outgoing(1), .hungUpHere))
        #expect(effects.onCalls.count == 3)
        #expect(world.shows("bell") == "idle")
        #expect(world.shows("second") == "calling")
    }

    @Test("Another button while people talk leaves them alone, and shows busy")
    func othersTalk() {
        var world = World()
        world.press("bell")
        world.tell(.answered(.outgoing(1)))
        #expect(world.press("second").onCalls == [])
        #expect(world.shows("bell") == "talking")
        #expect(world.shows("second") == "busy")
        #expect(world.tone == nil)
        world.advance(by: .seconds(6))
        #expect(world.shows("second") == "idle")
        #expect(world.connected == [.outgoing(1)])
    }

    @Test("A long press does what it is configured to, and not what a short one does")
    func long() {
        var world = World()
        world.press("bell")
        world.tell(.answered(.outgoing(1)))
        #expect(world.press("second", for: .milliseconds(1200)).onCalls == [.hangUp(.outgoing(1), .hungUpHere)])
        #expect(world.events("pressed").map { $0.value("kind") } == [.text("short"), .text("long")])
    }

    @Test("A press from the tool is a press; an unknown button is refused, and so is a press that does nothing")
    func tool() {
        var world = World()
        #expect(world.tell(.pressed(button: "bell", .short)).onCalls.count == 1)
        #expect(world.tell(.pressed(button: "ball", .short)) == [.refuse("there is no button \"ball\"")])
        #expect(world.tell(.pressed(button: "bell", .long)).contains(.refuse("a long press of \"bell\" does nothing")))
    }

    @Test("A call that the user agent forgot is given up after its ring time, and after its call time")
    func forgotten() {
        var world = World()
        world.press()
        world.advance(by: .seconds(33))
        #expect(world.log.onCalls.last == .hangUp(.outgoing(1), .noAnswer))
        #expect(world.shows("bell") == "no-answer")
        world.press()
        world.tell(.answered(.outgoing(2)))
        world.advance(by: .seconds(606))
        #expect(world.log.onCalls.last == .hangUp(.outgoing(2), .timeLimit))
        #expect(world.active == [])
    }
}

@Suite("A press before registration")
struct RegistrationTests {
    private static var house: HouseConfiguration {
        var house = HouseConfiguration.villa
        house.buttons["bell"]?.short = .call(.entry("concierge"))
        return house
    }

    @Test("It waits, and goes out once the account is registered")
    func waits() {
        var world = World(Self.house)
        #expect(world.press().onCalls == [])
        #expect(world.shows("bell") == "calling")
        world.advance(by: .seconds(5))
        let effects = world.tell(.registration(account: "pbx", ready: true))
        #expect(effects.onCalls == [.placeCall(.outgoing(1), uri: "sip:1@pbx.example", account: "pbx", ringTime: .seconds(30))])
        #expect(world.tell(.registration(account: "pbx", ready: true)) == [])
        #expect(world.events("registration").count == 1)
    }

    @Test("It is refused, heard and seen, when the account is not registered in time")
    func refused() {
        var world = World(Self.house)
        world.press()
        world.advance(by: .seconds(10))
        #expect(world.tone == .refused)
        #expect(world.shows("bell") == "refused")
        #expect(world.events("call-refused").count == 1)
        world.tell(.registration(account: "pbx", ready: true))
        #expect(world.placed == [])
    }

    @Test("A second press ends the waiting")
    func second() {
        var world = World(Self.house)
        world.press()
        world.press()
        world.tell(.registration(account: "pbx", ready: true))
        #expect(world.placed == [])
        #expect(world.active == [])
    }

    @Test("It goes out at once where no account is needed, or the account has no registrar", arguments: [true, false])
    func direct(hasAccount: Bool) {
        var house = Self.house
        house.accounts["pbx"]?.registrar = nil
        if !hasAccount { house.phoneBook["concierge"]?.account = nil }
        var world = World(house)
        #expect(world.press().onCalls.count == 1)
    }

    @Test("An account that cannot be registered shows as a fault, until it is")
    func fault() {
        var world = World(Self.house)
        world.tell(.registration(account: "pbx", ready: false))
        #expect(world.shows("bell") == "fault")
        world.tell(.registration(account: "pbx", ready: true))
        #expect(world.shows("bell") == "idle")
        world.tell(.fault("sound", true))
        #expect(world.shows("bell") == "fault")
        #expect(world.house.snapshot(at: world.now).faults == ["sound"])
        world.tell(.fault("sound", false))
        #expect(world.shows("bell") == "idle")
    }
}
