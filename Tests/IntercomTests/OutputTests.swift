import Base
import Configuration
import Testing

@testable import Intercom

@Suite("Outputs: pulse, hold, latch")
struct OutputTests {
    @Test("A pulse lasts its time, and one in between does not lengthen it")
    func pulse() {
        var world = World.entrance()
        world.tell(.output("gong", .pulse))
        world.advance(by: .seconds(2))
        world.tell(.output("gong", .pulse))
        world.advance(by: .milliseconds(999))
        #expect(world.active == ["gong"])
        world.advance(by: .milliseconds(1))
        #expect(world.active == [])
        #expect(world.story == ["output-on gong", "output-on gong", "output-off gong"])
    }

    @Test("Held, it is active as long as the button is down, and no longer than its limit")
    func hold() {
        var world = World.entrance { $0.buttons["switch"]?.short = .output("gate") }
        world.turn("switch", on: true)
        world.advance(by: .seconds(59))
        #expect(world.active == ["gate"])
        world.turn("switch", on: false)
        #expect(world.active == [])
        world.turn("switch", on: true)
        world.advance(by: .milliseconds(59_999))
        #expect(world.active == ["gate"])
        world.advance(by: .milliseconds(1))
        #expect(world.active == [])
        world.advance(by: .seconds(600))
        #expect(world.active == [])
        // Let go and pressed again it holds again.
        world.turn("switch", on: false)
        world.turn("switch", on: true)
        #expect(world.active == ["gate"])
    }

    @Test("A button that is stuck does not keep others from holding")
    func stuck() {
        var world = World.entrance {
            $0.buttons["switch"]?.short = .output("gate")
            $0.buttons["way out"]?.short = .output("gate")
        }
        world.turn("switch", on: true)
        world.advance(by: .seconds(100))
        #expect(world.active == [])
        world.turn("way out", on: true)
        #expect(world.active == ["gate"])
        world.turn("way out", on: false)
        #expect(world.active == [])
    }

    @Test("What has no length pulses an output that is held: a press that is over, a code, the tool's press")
    func held() {
        var world = World.entrance {
            $0.buttons["switch"]?.short = .output("gate")
            $0.buttons["switch"]?.long = .hangUp
            $0.doors["outer"]?.lock.mode = .hold
        }
        world.press("switch")
        #expect(world.active == ["gate"])
        world.advance(by: .seconds(3))
        #expect(world.active == [])
        world.tell(.pressed(button: "switch", .short))
        #expect(world.active == ["gate"])
        world.advance(by: .seconds(3))
        let call = world.talk()
        world.key("11#", call: call)
        #expect(world.active.contains("outer strike"))
        world.advance(by: .seconds(3))
        #expect(!world.active.contains("outer strike"))
    }

    @Test("A request to exit holds a lock of the mode hold while it is there")
    func exitHolds() {
        var world = World.entrance { $0.doors["outer"]?.lock.mode = .hold }
        world.turn("exit", on: true)
        world.advance(by: .seconds(20))
        #expect(world.active == ["outer strike"])
        world.turn("exit", on: false)
        #expect(world.active == [])
        world.advance(by: .seconds(5) - .milliseconds(20))
        world.turn("outer contact", on: true)
        #expect(world.alarms == [])
    }

    @Test("Latched, it stays active until it is asked for again")
    func latch() {
        var world = World.entrance()
        world.press("switch")
        world.advance(by: .seconds(100_000))
        #expect(world.active == ["light"])
        world.press("switch")
        #expect(world.active == [])
        #expect(world.story == ["output-on light", "output-off light"])
    }

    @Test("A code latches a door open and locks it again; who asks to exit does not lock it")
    func latchedDoor() {
        var world = World.entrance { $0.doors["outer"]?.lock.mode = .latch }
        let call = world.talk()
        world.turn("exit", on: true)
        #expect(world.active.contains("outer strike"))
        world.advance(by: .seconds(3))
        #expect(!world.active.contains("outer strike"))
        world.key("11#", call: call)
        world.turn("exit", on: false)
        world.turn("exit", on: true)
        world.advance(by: .seconds(60))
        #expect(world.active.contains("outer strike"))
        world.key("11#", call: call)
        #expect(!world.active.contains("outer strike"))
    }

    @Test("A button's action opens a door, and plays no part in what a call does")
    func openByButton() {
        var world = World.entrance()
        world.press("way out")
        #expect(world.active == ["outer strike"])
        #expect(world.placed == [])
        #expect(world.events("door-released").map { $0.value("by") } == [.text("button")])
        #expect(world.events("door-released").map { $0.value("button") } == [.text("way out")])
    }

    @Test("A chord operates a lock, and is named as who did")
    func openByChord() {
        var world = World.entrance {
            $0.chords["both"] = .init(buttons: ["switch", "way out"], action: .open(door: "outer"))
        }
        world.tell(.chordPressed(chord: "both"))
        #expect(world.active == ["outer strike"])
        #expect(world.events("door-released").map { $0.value("chord") } == [.text("both")])
    }

    @Test("The tool switches on and off what can stay on, pulses everything, and is refused otherwise")
    func tool() {
        var world = World.entrance()
        for name in ["light", "gate"] {
            world.tell(.output(name, .on))
            world.advance(by: .seconds(59))
            #expect(world.active == [name])
            world.tell(.output(name, .off))
            #expect(world.active == [])
            world.tell(.output(name, .pulse))
            world.advance(by: .seconds(3))
            #expect(world.active == [])
        }
        world.tell(.output("gate", .on))
        world.advance(by: .seconds(60))
        #expect(world.active == [])
        world.tell(.output("gate", .on))
        #expect(world.active == ["gate"])
        #expect(
            world.tell(.output("gong", .on)).contains(.refuse("output \"gong\" has the mode \"pulse\"; expected pulse or off")))
        #expect(world.tell(.output("bell", .off)).contains(.refuse("there is no output \"bell\"")))
        #expect(world.tell(.open(door: "side")).contains(.refuse("there is no door \"side\"")))
        #expect(world.active == ["gate"])
    }

    @Test("All are at rest when the house stops, and nothing moves them afterwards")
    func stop() {
        var world = World.entrance { $0.doors["outer"]?.lock.mode = .latch }
        world.tell(.output("light", .on))
        world.tell(.output("gate", .on))
        world.tell(.open(door: "outer"))
        #expect(world.active == ["light", "gate", "outer strike"])
        world.tell(.stop)
        #expect(world.active == [])
        #expect(world.story.suffix(3) == ["door-locked outer", "output-off gate", "output-off light"])
        #expect(world.tell(.output("light", .on)) == [.refuse("portierd is stopping")])
        #expect(world.tell(.open(door: "outer")) == [.refuse("portierd is stopping")])
        world.turn("exit", on: true)
        #expect(world.active == [] && world.house.nextDeadline == nil)
    }
}

@Suite("Interlocks")
struct InterlockTests {
    @Test(
        "While one door of a sluice is released or open, the other's code is refused, told and heard", arguments: [false, true])
    func refused(isOpen: Bool) {
        var world = World.entrance()
        let call = world.talk()
        world.key("11#", call: call)
        if isOpen {
            world.turn("outer contact", on: true)
            world.advance(by: .seconds(3))
            #expect(!world.active.contains("outer strike"))
        }
        world.key("22#", call: call)
        #expect(!world.active.contains("inner strike"))
        #expect(world.log.last == .toneToPeer(call, .interlocked))
        #expect(world.events("door-interlocked").map { $0.value("door") } == [.text("inner")])
        #expect(world.events("door-interlocked").map { $0.value("other") } == [.text("outer")])
        #expect(world.events("code-wrong").isEmpty)
        if isOpen { world.turn("outer contact", on: false) } else { world.advance(by: .seconds(3)) }
        world.key("22#", call: call)
        #expect(world.active.contains("inner strike"))
    }

    @Test("It holds both ways, though only one of them says so")
    func bothWays() {
        var world = World.entrance()
        world.tell(.open(door: "inner"))
        #expect(world.tell(.open(door: "outer")).contains(.refuse("door \"outer\" is interlocked")))
        world.turn("exit", on: true)
        world.press("way out")
        #expect(world.active == ["inner strike"])
        #expect(world.events("door-interlocked").map { $0.value("by") } == [.text("tool"), .text("contact"), .text("button")])
    }

    @Test("A release ends when the other door is opened by force or by its handle")
    func opened() {
        var world = World.entrance()
        world.tell(.open(door: "outer"))
        world.turn("handle", on: true)
        world.turn("inner contact", on: true)
        #expect(world.active == [])
        #expect(world.story.suffix(2) == ["door-opened inner", "door-locked outer"])
    }

    @Test("Outputs are interlocked among themselves: up and down")
    func outputs() {
        var world = World.entrance { $0.outputs["gate"]?.interlock = ["gong"] }
        world.tell(.output("gate", .on))
        #expect(world.tell(.output("gong", .pulse)).contains(.refuse("output \"gong\" is interlocked")))
        #expect(world.events("output-interlocked").map { $0.value("other") } == [.text("gate")])
        world.tell(.output("gate", .off))
        world.tell(.output("gong", .pulse))
        #expect(world.active == ["gong"])
    }

    @Test("A new configuration that interlocks what is active brings both to rest")
    func configured() {
        var world = World.entrance { $0.doors["inner"]?.lock.interlock = [] }
        world.tell(.open(door: "outer"))
        world.tell(.open(door: "inner"))
        #expect(world.active == ["outer strike", "inner strike"])
        world.tell(.configured(.entrance))
        #expect(world.active == [])
    }
}

@Suite("Outputs and contacts in a new configuration")
struct OutputConfigurationTests {
    /// The entrance with all that can be on.
    private static func busy() -> World {
        var world = World.entrance()
        world.tell(.output("light", .on))
        world.tell(.output("gong", .pulse))
        world.tell(.open(door: "outer"))
        world.advance(by: .seconds(1))
        return world
    }

    @Test("What stays goes on, a pulse to its end")
    func kept() {
        var world = Self.busy()
        var new = HouseConfiguration.entrance
        new.buttons["switch"] = nil
        new.doors["outer"]?.lock.pulse = .seconds(10)
        let effects = world.tell(.configured(new))
        #expect(!effects.contains { if case .setLine = $0 { true } else { false } })
        #expect(world.active == ["light", "gong", "outer strike"])
        world.advance(by: .milliseconds(1_999))
        #expect(world.active == ["light", "gong", "outer strike"])
        world.advance(by: .milliseconds(1))
        #expect(world.active == ["light"])
    }

    @Test("What goes, or is on another line, or works otherwise, is at rest first, and nothing else moves")
    func gone() {
        var world = Self.busy()
        var new = HouseConfiguration.entrance
        new.outputs["gong"] = nil
        new.outputs["light"]?.mode = .pulse
        new.doors["outer"]?.lock.line = "gate"
        new.outputs["gate"] = nil
        let effects = world.tell(.configured(new))
        #expect(world.active == [])
        #expect(!effects.contains { if case .setLine(_, let level) = $0 { level > 0 } else { false } })
        #expect(world.story.suffix(3) == ["door-locked outer", "output-off gong", "output-off light"])
        // It was released until now: the shunt time goes on.
        world.advance(by: .milliseconds(4_980))
        world.turn("outer contact", on: true)
        #expect(world.alarms == [])
    }

    @Test("A tamper switch that is new is told if it is active already, without the lines being opened anew")
    func newContact() {
        var old = HouseConfiguration.entrance
        old.contacts["cover"] = nil
        var world = World(old)
        world.tell(.level(line: "cover", active: true))
        #expect(world.alarms == [])
        world.tell(.configured(.entrance))
        #expect(world.alarms == ["tampered cover"])
    }

    @Test("A contact whose line is wired the other way round now is read anew: that is no force")
    func rewired() {
        var world = World.entrance()
        var new = HouseConfiguration.entrance
        new.lines["outer contact"]?.isActiveLow = true
        world.tell(.configured(new))
        world.tell(.level(line: "outer contact", active: true))
        #expect(world.alarms == [] && world.story == ["door-opened outer"])
    }

    @Test("A door that was forced while the lines were opened anew is told")
    func forcedMeanwhile() {
        var world = World.entrance()
        var new = HouseConfiguration.entrance
        new.lines["spare"] = .init(direction: .output, place: .name("spare"))
        world.tell(.configured(new))
        world.tell(.level(line: "outer contact", active: true))
        #expect(world.alarms == ["door-forced outer"])
    }

    @Test("A door that is open stays so, forced or not, and one that lost its contact is not known to be")
    func doors() {
        var world = World.entrance()
        world.turn("outer contact", on: true)
        world.tell(.configured(.entrance))
        #expect(world.alarms == ["door-forced outer"])
        var new = HouseConfiguration.entrance
        new.contacts["outer contact"] = nil
        world.tell(.configured(new))
        #expect(world.alarms == [])
        #expect(world.story.last == "door-closed outer")
        #expect(world.house.snapshot(at: world.now).doors.map(\.isOpen) == [false, nil])
    }
}
