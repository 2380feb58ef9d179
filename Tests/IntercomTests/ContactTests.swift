import Base
import Configuration
import Testing

@testable import Intercom

@Suite("Contacts: doors, covers, requests to exit, motion")
struct ContactTests {
    @Test("A door that was released is opened and closed, and that is all")
    func opened() {
        var world = World.entrance()
        world.tell(.open(door: "outer"))
        world.advance(by: .seconds(1))
        world.turn("outer contact", on: true)
        world.advance(by: .seconds(4))
        world.turn("outer contact", on: false)
        world.advance(by: .seconds(100))
        #expect(world.story == ["door-released outer", "door-opened outer", "door-locked outer", "door-closed outer"])
    }

    @Test("A door that opens without a release is forced: told, on the lamp, and to the guard, until it is closed")
    func forced() {
        var world = World.entrance { $0.alarms.message = "guard" }
        world.turn("outer contact", on: true)
        #expect(world.story == ["door-opened outer", "door-forced outer"])
        #expect(world.alarms == ["door-forced outer"])
        #expect(world.shows("lamp") == "alarm")
        #expect(world.count(.sendText(uri: "sip:guard@10.0.0.9", account: nil, "door outer was forced")) == 1)
        world.turn("outer contact", on: false)
        #expect(world.alarms == [] && world.shows("lamp") == "idle")
    }

    @Test(
        "From a release on until the shunt time after its end a door may be opened, and not before or after",
        arguments: [(0, false), (2_980, false), (7_980, false), (7_981, true), (60_000, true)] as [(Int, Bool)])
    func shunt(milliseconds: Int, isForced: Bool) {
        // A pulse of 3 s and a shunt of 5 s; a contact counts 20 ms after it moved.
        var world = World.entrance()
        world.tell(.open(door: "outer"))
        world.advance(by: .milliseconds(milliseconds))
        world.turn("outer contact", on: true)
        #expect(world.story.contains("door-forced outer") == isForced)
    }

    @Test("A release of one door does not allow to open the other")
    func otherDoor() {
        var world = World.entrance { $0.doors["inner"]?.lock.interlock = [] }
        world.tell(.open(door: "inner"))
        world.turn("outer contact", on: true)
        #expect(world.alarms == ["door-forced outer"])
    }

    @Test("A release after the door was opened does not undo that it was forced")
    func tooLate() {
        var world = World.entrance()
        world.turn("outer contact", on: true)
        world.tell(.open(door: "outer"))
        #expect(world.alarms == ["door-forced outer"])
    }

    @Test(
        "A door that was opened before a release and is heard of after it is forced, unless an earlier release allowed it",
        arguments: [false, true])
    func heardLate(wasReleased: Bool) {
        var world = World.entrance()
        world.advance(by: .seconds(1))
        if wasReleased { world.tell(.open(door: "outer")) }
        world.advance(by: .milliseconds(7_900))
        let time = world.now
        world.advance(by: .milliseconds(50))
        world.tellAtOnce([.open(door: "outer"), .edge(line: "outer contact", active: true, time: time)])
        world.advance(by: .seconds(1))
        #expect(world.alarms.isEmpty == wasReleased)
    }

    @Test("A contact that bounces, or an interference on its wire, is one opening or none")
    func bounce() {
        var world = World.entrance()
        for isActive in [true, false, true, false] {
            world.tell(.edge(line: "outer contact", active: isActive))
            world.advance(by: .milliseconds(19))
        }
        world.advance(by: .seconds(1))
        #expect(world.story == [])
        for isActive in [true, false, true] {
            world.tell(.edge(line: "outer contact", active: isActive))
            world.advance(by: .milliseconds(5))
        }
        world.advance(by: .seconds(1))
        #expect(world.story == ["door-opened outer", "door-forced outer"])
    }

    @Test("A change that the kernel has debounced counts at once")
    func debouncedByTheKernel() {
        var world = World.entrance()
        world.tell(.edge(line: "outer contact", active: true, isDebounced: true))
        #expect(world.story == ["door-opened outer", "door-forced outer"])
    }

    @Test("An interference whose edges are heard late is none")
    func lateInterference() {
        var world = World.entrance()
        world.advance(by: .seconds(1))
        let time = world.now - .milliseconds(60)
        world.tellAtOnce([
            .edge(line: "outer contact", active: true, time: time),
            .edge(line: "outer contact", active: false, time: time + .milliseconds(5)),
        ])
        world.advance(by: .seconds(1))
        #expect(world.story == [])
    }

    @Test("An alarm that comes again and again is a text once a minute")
    func texts() {
        var world = World.entrance { $0.alarms.message = "guard" }
        for _ in 0..<100 {
            world.turn("cover", on: true)
            world.turn("cover", on: false)
            world.advance(by: .milliseconds(960))
        }
        #expect(world.events("tampered").count == 100)
        #expect(world.count(.sendText(uri: "sip:guard@10.0.0.9", account: nil, "cover was tampered with")) == 2)
    }

    @Test("A request to exit releases the door by its pulse, once for each")
    func exit() {
        var world = World.entrance()
        world.turn("exit", on: true)
        #expect(world.active == ["outer strike"])
        world.advance(by: .seconds(3))
        #expect(world.active == [])
        world.turn("outer contact", on: true)
        world.advance(by: .seconds(60))
        #expect(!world.active.contains("outer strike"))
        #expect(
            world.story == [
                "exit-requested outer", "door-released outer", "door-locked outer", "door-opened outer",
                "door-open-too-long outer",
            ])
    }

    @Test("A handle's request to exit releases nothing and lets the door be opened while it is held and shortly after")
    func handle() {
        for (wait, isForced) in [(0, false), (4_980, false), (4_981, true)] {
            var world = World.entrance()
            world.turn("handle", on: true)
            world.advance(by: .seconds(20))
            world.turn("handle", on: false)
            world.advance(by: .milliseconds(wait))
            world.turn("inner contact", on: true)
            #expect(world.count(.setLine("inner strike", active: true)) == 0)
            #expect(world.alarms.isEmpty != isForced, "\(wait) ms")
        }
    }

    @Test(
        "Who presses the handle and opens at the same moment has asked, in whatever order it is heard", arguments: [false, true])
    func sameMoment(doorFirst: Bool) {
        var world = World.entrance()
        let edges: [Event] = [
            .edge(line: "handle", active: true, time: world.now), .edge(line: "inner contact", active: true, time: world.now),
        ]
        world.tellAtOnce(doorFirst ? edges.reversed() : edges)
        world.advance(by: .seconds(1))
        #expect(world.story == ["exit-requested inner", "door-opened inner"])
    }

    @Test("A request to exit that is there from the start opens nothing until it was let go")
    func stuckExit() {
        var world = World.entrance(active: ["exit"])
        world.advance(by: .seconds(10))
        #expect(world.log.isEmpty)
        world.turn("exit", on: false)
        world.turn("exit", on: true)
        #expect(world.active == ["outer strike"])
    }

    @Test("Open too long is told once, at its time, and ends when the door is closed")
    func tooLong() {
        var world = World.entrance()
        world.tell(.open(door: "outer"))
        world.turn("outer contact", on: true)
        world.advance(by: .milliseconds(29_999))
        #expect(world.alarms == [])
        world.advance(by: .milliseconds(1))
        #expect(world.alarms == ["door-open-too-long outer"])
        #expect(world.events("door-open-too-long").map { $0.value("seconds") } == [.number(30)])
        world.advance(by: .seconds(600))
        #expect(world.events("door-open-too-long").count == 1)
        world.turn("outer contact", on: false)
        #expect(world.alarms == [])
    }

    @Test("A door that is latched open may stay open, and its time counts from when it is locked")
    func latchedOpen() {
        var world = World.entrance { $0.doors["outer"]?.lock.mode = .latch }
        world.tell(.open(door: "outer"))
        world.turn("outer contact", on: true)
        world.advance(by: .seconds(3600))
        #expect(world.alarms == [])
        world.tell(.open(door: "outer"))
        world.advance(by: .milliseconds(29_999))
        #expect(world.alarms == [])
        world.advance(by: .milliseconds(1))
        #expect(world.alarms == ["door-open-too-long outer"])
    }

    @Test("A door found open at the start was not forced, and its time counts from then")
    func openAtStart() {
        var world = World.entrance(active: ["outer contact"])
        #expect(world.story == ["door-opened outer"])
        world.advance(by: .seconds(30))
        #expect(world.alarms == ["door-open-too-long outer"])
    }

    @Test("A cover that is off at the start is told, and so is its end")
    func tamper() {
        var world = World.entrance(active: ["cover"]) { $0.alarms.message = "guard" }
        #expect(world.story == ["tampered cover"] && world.shows("lamp") == "alarm")
        #expect(world.count(.sendText(uri: "sip:guard@10.0.0.9", account: nil, "cover was tampered with")) == 1)
        world.turn("cover", on: false)
        #expect(world.story == ["tampered cover", "tamper-ended cover"] && world.alarms == [])
        world.turn("cover", on: true)
        #expect(world.alarms == ["tampered cover"])
    }

    @Test("Motion is one event however often the sensor speaks, and over once it was silent for a while")
    func motion() {
        var world = World.entrance()
        for _ in 0..<50 {
            world.turn("sensor", on: true)
            world.advance(by: .seconds(2))
            world.turn("sensor", on: false)
            world.advance(by: .seconds(27))
        }
        #expect(world.story == ["motion sensor"])
        world.advance(by: .milliseconds(2_999))
        #expect(world.story == ["motion sensor"])
        world.advance(by: .milliseconds(1))
        #expect(world.story == ["motion sensor", "motion-ended sensor"])
        world.turn("sensor", on: true)
        #expect(world.events("motion").count == 2)
    }

    @Test("A lock that relocks on open ends its pulse when the door is open, and only then")
    func relock() {
        var world = World.entrance { $0.doors["outer"]?.relocksOnOpen = true }
        world.tell(.open(door: "outer"))
        world.advance(by: .seconds(1))
        #expect(world.active == ["outer strike"])
        world.turn("outer contact", on: true)
        #expect(world.active == [] && world.alarms == [])
        world.turn("outer contact", on: false)
        world.tell(.open(door: "outer"))
        world.advance(by: .milliseconds(2_999))
        #expect(world.active == ["outer strike"])
    }

    @Test("A door with two wings is open while one of them is")
    func wings() {
        var world = World.entrance { $0.contacts["wing"] = HouseConfiguration.contact("wing contact", .door, door: "outer") }
        world.tell(.open(door: "outer"))
        world.turn("outer contact", on: true)
        world.turn("wing contact", on: true)
        world.turn("outer contact", on: false)
        #expect(world.events("door-opened").count == 1 && world.events("door-closed").isEmpty)
        world.turn("wing contact", on: false)
        #expect(world.events("door-closed").count == 1)
    }

    @Test("What contacts and doors are is in the state")
    func state() {
        var world = World.entrance(active: ["inner contact"])
        world.tell(.open(door: "outer"))
        let snapshot = world.house.snapshot(at: world.now)
        #expect(snapshot.doors.map(\.isOpen) == [true, false])
        #expect(snapshot.contacts.map(\.name) == ["cover", "exit", "handle", "inner contact", "outer contact", "sensor"])
        #expect(snapshot.contacts.map(\.isActive) == [false, false, false, true, false, false])
        #expect(World(.entrance).house.snapshot(at: Instant()).doors.map(\.isOpen) == [nil, nil])
    }
}
