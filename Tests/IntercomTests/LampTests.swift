import Base
import Configuration
import Testing

@testable import Intercom

@Suite("A lamp")
struct LampTests {
    /// When the line changes in the first two seconds of a state, in milliseconds.
    private func changes(_ pattern: LampPattern) -> [Int64] {
        var house = HouseConfiguration()
        house.lines["light"] = .init(direction: .output, place: .offset(1))
        house.lamps["lamp"] = .init(line: "light")
        house.lamps["lamp"]?.idle = pattern
        var lampHouse = House(configuration: house, at: Instant())
        var changes: [Int64] = []
        while let deadline = lampHouse.nextDeadline, deadline <= Instant() + .seconds(2) {
            for case .setLine in lampHouse.wake(at: deadline) { changes.append(deadline.nanoseconds / 1_000_000) }
        }
        return changes
    }

    @Test(
        "Its line changes when its pattern says, from the start",
        arguments: [
            (LampPattern.off, []), (.on, [0]), (.slowBlink, [0, 500, 1000, 1500, 2000]), (.flash, [0, 100, 1000, 1100, 2000]),
            (.doubleFlash, [0, 100, 250, 350, 1000, 1100, 1250, 1350, 2000]),
            (.steps([.init(.on, duration: .milliseconds(700)), .init(.on, duration: .seconds(1))]), [0]),
            (
                .steps([.init(.off, duration: .milliseconds(700)), .init(.on, duration: .milliseconds(600))]),
                [700, 1300, 2000]
            ),
        ] as [(LampPattern, [Int64])])
    func pattern(pattern: LampPattern, expected: [Int64]) {
        #expect(changes(pattern) == expected)
    }

    @Test("Colours go to the lines of their names, each as bright as the pattern says, and back to rest")
    func colours() {
        var house = HouseConfiguration()
        for name in ["r", "g", "b"] { house.lines[name] = .init(direction: .output, place: .name(name)) }
        var lamp = HouseConfiguration.Lamp(red: "r", green: "g", blue: "b")
        lamp.idle = .steps([.init(Light(100, 30, 0), duration: .seconds(1)), .init(Light(50, 0, 7), duration: .seconds(1))])
        lamp.calling = .off
        house.lamps["lamp"] = lamp
        var value = House(configuration: house, at: Instant())
        #expect(value.wake(at: Instant()) == [.setLine("g", level: 30), .setLine("r", level: 100)])
        #expect(
            value.wake(at: Instant() + .seconds(1))
                == [.setLine("g", level: 0), .setLine("b", level: 7), .setLine("r", level: 50)])
        #expect(value.snapshot(at: Instant() + .seconds(1)).lamps.first?.light == Light(50, 0, 7))
        #expect(value.handle(.stop, at: Instant() + .seconds(1)) == [.setLine("b", level: 0), .setLine("r", level: 0)])
    }

    @Test("One line is as bright as the light")
    func dimmed() {
        var house = HouseConfiguration.villa
        house.lamps["bell"]?.idle = .steady(Light(30, 30, 30))
        var value = House(configuration: house, at: Instant())
        #expect(value.wake(at: Instant()) == [.setLine("light", level: 30)])
    }

    @Test("Woken hours late, it is where its pattern is by then")
    func late() {
        var house = HouseConfiguration.villa
        house.lamps["bell"]?.idle = .slowBlink
        let world = World(house)
        #expect(world.active == ["light"])
        var late = world.house
        #expect(late.wake(at: Instant() + .seconds(7200) + .milliseconds(600)) == [.setLine("light", active: false)])
    }

    @Test("Each state has its own look by default")
    func distinct() {
        let lamp = HouseConfiguration.Lamp(line: "x")
        let patterns = [lamp.idle, lamp.calling, lamp.ringing, lamp.talking, lamp.busy, lamp.refused, lamp.noAnswer, lamp.fault]
        for (index, pattern) in patterns.enumerated() {
            #expect(!patterns[..<index].contains(pattern))
        }
    }

    @Test("It shows the calls of its button; calls of no button show on all")
    func concerns() {
        var world = World()
        world.tell(.call(target: "janitor"))
        #expect(world.shows("bell") == "calling")
        #expect(world.shows("second") == "calling")
        world.tell(.hangUp(nil))
        world.press("second")
        #expect(world.shows("bell") == "idle")
        #expect(world.shows("second") == "calling")
    }
}
