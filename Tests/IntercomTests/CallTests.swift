import Base
import Configuration
import Testing

@testable import Intercom

private let caller = CallID.incoming(1)

@Suite("A call to the door")
struct CallTests {
    @Test("Who is on the list is answered at once, with a warning at the door, and talks")
    func automatic() {
        var world = World()
        let effects = world.tell(.incoming(caller, .family))
        #expect(effects.onCalls == [.answer(caller)])
        #expect(effects.contains(.chime(.attention)))
        #expect(world.connected == [caller])
        #expect(world.shows("bell") == "talking")
        world.tell(.answered(caller))
        #expect(world.events("call-answered").map { $0.value("automatic") } == [.flag(true)])
        world.tell(.ended(caller, .hungUpThere))
        #expect(world.active == [])
        #expect(world.connected == [])
    }

    @Test("Without the warning tone when it is turned off")
    func quiet() {
        var house = HouseConfiguration.villa
        house.answering.warningTone = false
        var world = World(house)
        #expect(!world.tell(.incoming(caller, .family)).contains(.chime(.attention)))
    }

    @Test("Anybody else rings: a chime at the door again and again, until the tool answers")
    func rings() {
        var world = World()
        #expect(world.tell(.incoming(caller, .stranger)).onCalls == [.ring(caller)])
        #expect(world.shows("bell") == "ringing")
        #expect(world.connected == [])
        world.advance(by: .seconds(9))
        #expect(world.count(.chime(.chime)) == 3)
        #expect(world.tell(.answer(nil)).onCalls == [.answer(caller)])
        world.tell(.answered(caller))
        #expect(world.events("call-answered").map { $0.value("automatic") } == [.flag(false)])
        world.advance(by: .seconds(60))
        #expect(world.count(.chime(.chime)) == 3)
        #expect(world.count(.chime(.attention)) == 0)
    }

    @Test("A press answers it, and the next press of that button hangs up")
    func pressed() {
        var world = World()
        world.tell(.incoming(caller, .stranger))
        #expect(world.press().onCalls == [.answer(caller)])
        world.tell(.answered(caller))
        #expect(world.press().onCalls == [.hangUp(caller, .hungUpHere)])
        #expect(world.active == [])
    }

    @Test(
        "A header that asks for an answer counts only when the configuration says so",
        arguments: [(false, [Effect.ring(caller)]), (true, [.answer(caller)])])
    func byHeader(isAllowed: Bool, expected: [Effect]) {
        var house = HouseConfiguration.villa
        house.answering.byHeader = isAllowed
        var world = World(house)
        var asking = Caller.stranger
        asking.automaticAnswerDelay = .zero
        #expect(world.tell(.incoming(caller, asking)).onCalls == expected)
    }

    @Test("The delay that a header asks for is kept, by who is on the list too")
    func delay() {
        var world = World()
        var asking = Caller.family
        asking.automaticAnswerDelay = .seconds(3)
        #expect(world.tell(.incoming(caller, asking)).onCalls == [.ring(caller)])
        world.advance(by: .milliseconds(2999))
        #expect(world.log.onCalls == [.ring(caller)])
        world.advance(by: .milliseconds(1))
        #expect(world.log.onCalls == [.ring(caller), .answer(caller)])
        #expect(world.count(.chime(.attention)) == 1)
    }

    @Test("Who must be answered by itself never rings: it is answered or refused", arguments: [true, false])
    func mustBeAutomatic(isListed: Bool) {
        var world = World()
        var asking = isListed ? Caller.family : Caller.stranger
        asking.automaticAnswerDelay = .zero
        asking.mustBeAutomatic = true
        #expect(world.tell(.incoming(caller, asking)).onCalls == [isListed ? .answer(caller) : .forbid(caller)])
    }

    @Test("Who wants a person to answer rings, listed or not")
    func mustRing() {
        var world = World()
        var asking = Caller.family
        asking.mustRing = true
        #expect(world.tell(.incoming(caller, asking)).onCalls == [.ring(caller)])
        world.advance(by: .seconds(20))
        #expect(world.log.onCalls == [.ring(caller)])
    }

    @Test("A delay without measure, or below zero, does no harm", arguments: [Duration.seconds(Int64.max), .seconds(-5)])
    func absurd(delay: Duration) {
        var world = World()
        var asking = Caller.family
        asking.automaticAnswerDelay = delay
        world.tell(.incoming(caller, asking))
        world.advance(by: .seconds(400))
        #expect(world.log.onCalls.count <= 3)
    }

    @Test("A second caller is told that it is busy, and changes nothing else", arguments: [false, true])
    func busy(isIncoming: Bool) {
        var world = World()
        if isIncoming { world.tell(.incoming(caller, .family)) } else { world.press() }
        let shown = world.shows("bell")
        #expect(world.tell(.incoming(.incoming(2), .family)).onCalls == [.reject(.incoming(2), busy: true)])
        world.tell(.ended(.incoming(2), .busy))
        #expect(world.shows("bell") == shown)
        #expect(world.tone == nil)
        #expect(world.events("call-started").count == 2)
    }

    @Test("A caller who gives up leaves nothing behind")
    func cancelled() {
        var world = World()
        world.tell(.incoming(caller, .stranger))
        world.tell(.ended(caller, .cancelled))
        world.advance(by: .seconds(20))
        #expect(world.active == [])
        #expect(world.count(.chime(.chime)) == 1)
        #expect(world.tell(.answer(nil)) == [.refuse("no call rings here")])
    }

    @Test("Nobody answers it: it is refused in the end, though the user agent forgot it")
    func unanswered() {
        var world = World()
        world.tell(.incoming(caller, .stranger))
        world.advance(by: .seconds(65))
        #expect(world.log.onCalls == [.ring(caller), .reject(caller, busy: false)])
        #expect(world.active == [])
    }

    @Test("Hold silences both ways and ends with resume; the peer's hold is only told")
    func hold() {
        var world = World()
        world.tell(.incoming(caller, .family))
        world.tell(.answered(caller))
        #expect(world.tell(.hold(nil)).onCalls == [.hold(caller)])
        world.tell(.held(caller, true))
        #expect(world.connected == [])
        #expect(world.tell(.hold(caller)) == [.refuse("call in-1 is already on hold")])
        #expect(world.tell(.resume(caller)).onCalls == [.resume(caller)])
        world.tell(.held(caller, false))
        #expect(world.connected == [caller])
        world.tell(.heldByPeer(caller, true))
        #expect(world.connected == [caller])
        #expect(world.tell(.heldByPeer(caller, true)) == [])
        #expect(world.events("call-held").map { $0.value("by") } == [.text("here"), .text("here"), .text("peer")])
        #expect(world.house.snapshot(at: world.now).calls.first?.isHeldByPeer == true)
    }
}

@Suite("Commands of the tool")
struct CommandTests {
    @Test(
        "What cannot be done is refused with the reason",
        arguments: [
            (Event.call(target: "nobody"), "\"nobody\" is neither a phone book entry nor a SIP URI"),
            (.answer(nil), "no call rings here"), (.answer(caller), "no call in-1 rings here"),
            (.hangUp(nil), "no call is there"),
            (.hold(nil), "no call was answered"), (.resume(caller), "no call in-1 was answered"),
            (.sendDigits(nil, "1"), "no call was answered"), (.sendDigits(nil, "1x"), "expected 1 to 64 keys of 0-9 * # A-D"),
        ])
    func refused(event: Event, reason: String) {
        var world = World()
        #expect(world.tell(event) == [.refuse(reason)])
    }

    @Test("It calls phone book entries and URIs, one call at a time")
    func call() {
        var world = World()
        #expect(world.tell(.call(target: "family")).onCalls.count == 2)
        #expect(world.tell(.call(target: "janitor")) == [.refuse("there is a call already")])
        #expect(world.tell(.hangUp(nil)).onCalls.count == 2)
        #expect(
            world.tell(.call(target: "sip:x@h")).onCalls == [
                .placeCall(.outgoing(3), uri: "sip:x@h", account: nil, ringTime: .seconds(60))
            ])
        #expect(world.tell(.hangUp(.outgoing(1))) == [.refuse("no call out-1 is there")])
        world.tell(.answered(.outgoing(3)))
        #expect(world.tell(.sendDigits(nil, "12#")).onCalls == [.sendDigits(.outgoing(3), "12#")])
    }
}

@Suite("A new configuration")
struct ReconfigurationTests {
    @Test("A call goes on, and what remains keeps its state")
    func goesOn() {
        var world = World()
        world.press()
        world.tell(.answered(.outgoing(1)))
        world.key("4711#", call: .outgoing(1))
        for _ in 0..<2 { world.key("0#", call: .outgoing(1)) }
        var house = HouseConfiguration.villa
        house.phoneBook["new"] = .init(targets: ["sip:n@h"])
        house.doors["front"]?.codes = [Secret("1234#")]
        #expect(world.tell(.configured(house)) == [])
        #expect(world.active == ["light", "strike"])
        world.key("4711#", call: .outgoing(1))
        #expect(world.events("locked-out").count == 1)
        world.advance(by: .seconds(3))
        #expect(world.active == ["light"])
        #expect(world.press().onCalls == [.hangUp(.outgoing(1), .hungUpHere)])
    }

    @Test("A lamp that is gone is dark, a door that is gone shut, and a new lamp shows what goes on")
    func comesAndGoes() {
        var world = World()
        world.press()
        world.tell(.answered(.outgoing(1)))
        world.key("4711#", call: .outgoing(1))
        var house = HouseConfiguration.villa
        house.doors = [:]
        house.lamps = ["status": .init(line: "second-light")]
        house.buttons["bell"]?.lamp = nil
        house.buttons["second"]?.lamp = nil
        world.tell(.configured(house))
        #expect(world.active == ["second-light"])
        #expect(world.shows("status") == "talking")
    }

    @Test("An output whose line is otherwise is at rest and told anew; others are not touched")
    func lines() {
        var house = HouseConfiguration.villa
        house.lamps["bell"]?.idle = .on
        var value = House(configuration: house, at: Instant())
        #expect(value.wake(at: Instant()) == [.setLine("light", active: true)])
        house.lines["more"] = .init(direction: .output, place: .offset(9))
        #expect(value.handle(.configured(house), at: Instant()) == [])
        house.lines["light"]?.isActiveLow = true
        #expect(value.handle(.configured(house), at: Instant()) == [.setLine("light", active: true)])
        house.board.chip = "gpiochip1"
        #expect(value.handle(.configured(house), at: Instant()) == [.setLine("light", active: true)])
    }

    @Test("Lines that were opened anew, as they were, are told anew too")
    func sameLines() {
        var house = HouseConfiguration.villa
        house.lamps["bell"]?.idle = .on
        var value = House(configuration: house, at: Instant())
        _ = value.wake(at: Instant())
        #expect(value.handle(.linesOpened(["light", "bell"]), at: Instant()) == [.setLine("light", active: true)])
        #expect(value.handle(.linesOpened(["bell"]), at: Instant()) == [])
        #expect(value.handle(.configured(house), at: Instant()) == [])
    }

    @Test("A press that waits for an account goes out when the account needs no registrar any more")
    func waiting() {
        var house = HouseConfiguration.villa
        house.buttons["bell"]?.short = .call(.entry("concierge"))
        var world = World(house)
        world.press()
        house.accounts["pbx"]?.registrar = nil
        #expect(world.tell(.configured(house)).onCalls.count == 1)
    }

    @Test("An account that was taken out says good-bye, and that is no fault")
    func removed() {
        var world = World()
        world.tell(.registration(account: "pbx", ready: true))
        var house = HouseConfiguration.villa
        house.accounts = [:]
        house.phoneBook["concierge"] = nil
        world.tell(.configured(house))
        world.tell(.registration(account: "pbx", ready: false))
        #expect(world.events("registration").count == 2)
        #expect(world.shows("bell") == "idle")
    }

    @Test("An account that is another one now is not ready any more, one with another name to show is")
    func accounts() {
        var world = World()
        world.tell(.registration(account: "pbx", ready: true))
        var house = HouseConfiguration.villa
        house.accounts["pbx"]?.displayName = "Door"
        world.tell(.configured(house))
        #expect(world.house.snapshot(at: world.now).accounts.first?.isReady == true)
        house.accounts["pbx"]?.registrar = "sip:other.example"
        world.tell(.configured(house))
        #expect(world.house.snapshot(at: world.now).accounts.first?.isReady == false)
    }
}

@Suite("Going down")
struct StopTests {
    @Test("Calls end, lamps and relay are at rest, even a lamp that is lit when idle, and nothing happens after")
    func stop() {
        var house = HouseConfiguration.villa
        house.lamps["second"]?.idle = .on
        var world = World(house)
        world.press()
        world.tell(.answered(.outgoing(1)))
        world.key("4711#", call: .outgoing(1))
        #expect(world.active == ["light", "second-light", "strike"])
        #expect(world.tell(.stop).onCalls == [.hangUp(.outgoing(1), .hungUpHere)])
        #expect(world.active == [])
        #expect(world.connected == [])
        #expect(world.house.nextDeadline == nil)
        #expect(world.press() == [])
        #expect(world.tell(.ended(.outgoing(1), .hungUpHere)) == [])
        #expect(world.tell(.pressed(button: "bell", .short)) == [.refuse("portierd is stopping")])
        #expect(world.tell(.incoming(caller, .family)) == [.reject(caller, busy: false)])
    }
}
