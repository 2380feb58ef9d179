import Base
import Configuration
import Testing

@testable import Intercom

@Suite("Key codes")
struct CodeTests {
    /// A call that talks.
    private static func talking(_ configuration: HouseConfiguration = .villa) -> (World, CallID) {
        var world = World(configuration)
        world.press()
        world.tell(.answered(.outgoing(1)))
        return (world, .outgoing(1))
    }

    private static func villa(codes: [String], gate: [String] = []) -> HouseConfiguration {
        var house = HouseConfiguration.villa
        house.doors["front"]?.codes = codes.map { Secret($0) }
        if !gate.isEmpty {
            house.doors["gate"] = .init(line: "gate")
            house.doors["gate"]?.codes = gate.map { Secret($0) }
        }
        return house
    }

    @Test("The code pulses the relay for its time, and both sides hear it")
    func opens() {
        var (world, call) = Self.talking()
        world.key("4711", call: call)
        #expect(!world.active.contains("strike"))
        let effects = world.tell(.digit(call, "#"))
        #expect(world.active.contains("strike"))
        #expect(effects.contains(.toneToPeer(call, .opened)))
        #expect(effects.contains(.chime(.opened)))
        #expect(world.events("door-released").map { $0.value("door") } == [.text("front")])
        world.advance(by: .milliseconds(2999))
        #expect(world.active.contains("strike"))
        world.advance(by: .milliseconds(1))
        #expect(!world.active.contains("strike"))
        #expect(world.count(.setLine("strike", active: true)) == 1)
    }

    @Test("Each key is told with its way and without its value", arguments: [DigitMethod.telephoneEvent, .info, .inband])
    func digits(method: DigitMethod) {
        var (world, call) = Self.talking()
        for key in "47" { world.tell(.digit(call, key, method)) }
        #expect(world.events("digit").map { $0.value("method") } == Array(repeating: .text(method.rawValue), count: 2))
        #expect(world.events("digit").allSatisfy { $0.values.map(\.name) == ["call", "method"] })
    }

    @Test("A phone that sends each key both ways is heard once", arguments: [false, true])
    func both(infoFirst: Bool) {
        var (world, call) = Self.talking()
        for key in "4711#" {
            world.tell(.digit(call, key, infoFirst ? .info : .telephoneEvent))
            world.tell(.digit(call, key, infoFirst ? .telephoneEvent : .info))
        }
        #expect(world.events("digit").count == 5)
        #expect(world.events("door-released").count == 1)
        #expect(world.events("code-wrong") == [])
    }

    @Test(
        "A phone that sends tones and signals is heard by its signals, whichever come first",
        arguments: [DigitMethod.telephoneEvent, .info], [false, true])
    func tonesToo(method: DigitMethod, tonesFirst: Bool) {
        var (world, call) = Self.talking()
        for key in "4711#" {
            // Once it sends telephone events its tones are not listened to.
            let tells = tonesFirst ? [.inband, method] : [method, .inband]
            for way in tells where way != .inband || method == .info || (tonesFirst && world.events("digit").isEmpty) {
                world.tell(.digit(call, key, way))
            }
        }
        #expect(world.events("digit").count == (tonesFirst ? 6 : 5))
        #expect(world.events("door-released").count == 1)
        #expect(world.events("code-wrong") == [])
    }

    @Test("Tones count after telephone events: the call went on to a phone that has none")
    func tonesAfterwards() {
        var (world, call) = Self.talking()
        world.tell(.digit(call, "#", .telephoneEvent))
        for key in "4711#" { world.tell(.digit(call, key, .inband)) }
        #expect(world.events("door-released").count == 1)
    }

    @Test(
        "It must be exact: no suffix, no prefix, no more",
        arguments: ["14711#", "471#", "47111#", "4711", "4710#", "44711#", "711#", "#4711*", "4711D"])
    func exact(keys: String) {
        var (world, call) = Self.talking(Self.villa(codes: ["4711#"]))
        world.key(keys, call: call)
        world.advance(by: .seconds(6))
        #expect(world.count(.setLine("strike", active: true)) == 0)
    }

    @Test("A stream of keys does not open by a suffix")
    func stream() {
        var house = Self.villa(codes: ["4711"])
        house.doors["front"]?.wrongCodes = 100
        var (world, call) = Self.talking(house)
        // Shifted by one key, 4711 is never a whole entry.
        world.key("9" + String(repeating: "4711", count: 20), call: call)
        #expect(world.count(.setLine("strike", active: true)) == 0)
        #expect(world.events("code-wrong").count == 20)
    }

    @Test("After a pause the keys are forgotten, and what was too short to be a code is not counted as wrong")
    func pause() {
        var (world, call) = Self.talking()
        world.key("47", call: call)
        world.advance(by: .seconds(5))
        world.key("11#", call: call)
        #expect(world.events("door-released") == [])
        #expect(world.events("code-wrong").count == 1)
        world.key("4711#", call: call)
        #expect(world.events("door-released").count == 1)
    }

    @Test("A shorter code opens after # or the pause where a longer one exists, a longest one at once")
    func lengths() {
        for (keys, pause, opens) in [("12", 0, false), ("12", 5, true), ("12#", 0, true), ("1234", 0, true), ("123", 5, false)] {
            var (world, call) = Self.talking(Self.villa(codes: ["12", "1234"]))
            world.key(keys, call: call)
            world.advance(by: .seconds(pause))
            #expect((world.events("door-released").count == 1) == opens, "\(keys) and \(pause) s")
        }
    }

    @Test("A # after a code that was complete without it is no wrong code")
    func lateEnd() {
        var (world, call) = Self.talking(Self.villa(codes: ["4711"]))
        world.key("4711#", call: call)
        #expect(world.events("door-released").count == 1)
        #expect(world.events("code-wrong") == [])
    }

    @Test("Wrong codes lock out for growing times up to the limit, and a right one starts over")
    func lockOut() {
        var house = HouseConfiguration.villa
        house.calls.callTime = nil
        house.doors["front"]?.lockOutLimit = .seconds(100)
        var (world, call) = Self.talking(house)
        for expected in [30, 60, 100, 100] {
            for _ in 0..<3 { world.key("0000#", call: call) }
            #expect(world.events("locked-out").last?.value("seconds") == .number(Double(expected)))
            world.advance(by: .seconds(expected) - .milliseconds(1))
            world.key("4711#", call: call)
            #expect(world.events("door-released") == [])
            world.advance(by: .milliseconds(1))
        }
        world.key("4711#", call: call)
        #expect(world.events("door-released").count == 1)
        for _ in 0..<3 { world.key("0000#", call: call) }
        #expect(world.events("locked-out").last?.value("seconds") == .number(30))
    }

    @Test("While locked out, right and wrong look the same, and wrong ones do not lengthen it")
    func lockedAlike() {
        var (world, call) = Self.talking()
        for _ in 0..<3 { world.key("0000#", call: call) }
        func effects(_ keys: String) -> [Effect] {
            var copy = world
            let start = copy.log.count
            copy.key(keys, call: call)
            return Array(copy.log[start...])
        }
        #expect(effects("4711#") == effects("9999#"))
        for _ in 0..<10 { world.key("0000#", call: call) }
        world.advance(by: .seconds(30))
        world.key("4711#", call: call)
        #expect(world.events("door-released").count == 1)
    }

    @Test("The lock-out outlives the call")
    func acrossCalls() {
        var (world, call) = Self.talking()
        for _ in 0..<2 { world.key("0000#", call: call) }
        world.tell(.ended(call, .hungUpThere))
        world.tell(.incoming(.incoming(1), .family))
        world.tell(.answered(.incoming(1)))
        world.key("0000#", call: .incoming(1))
        #expect(world.events("locked-out").count == 1)
        world.tell(.ended(.incoming(1), .hungUpThere))
        world.press()
        world.tell(.answered(.outgoing(2)))
        world.key("4711#", call: .outgoing(2))
        #expect(world.events("door-released") == [])
        #expect(world.house.snapshot(at: world.now).doors.first?.lockedOut ?? .zero > .zero)
    }

    @Test("Keys of one call do not complete the code of the next")
    func newCall() {
        var (world, call) = Self.talking()
        world.key("47", call: call)
        world.press()
        world.press()
        world.tell(.answered(.outgoing(2)))
        world.key("11#", call: .outgoing(2))
        #expect(world.events("door-released") == [])
    }

    @Test("The code of one door is not wrong for the other")
    func twoDoors() {
        var (world, call) = Self.talking(Self.villa(codes: ["1#"], gate: ["2#"]))
        for _ in 0..<4 { world.key("2#", call: call) }
        #expect(world.events("door-released").count == 4)
        #expect(world.events("code-wrong") == [])
        #expect(world.active.contains("gate") && !world.active.contains("strike"))
        for _ in 0..<3 { world.key("3#", call: call) }
        #expect(world.events("locked-out").count == 2)
    }

    @Test("A code while the door is open does not hold it open longer")
    func again() {
        var (world, call) = Self.talking()
        world.key("4711#", call: call)
        world.advance(by: .seconds(2))
        world.key("4711#", call: call)
        world.advance(by: .seconds(1))
        #expect(!world.active.contains("strike"))
    }

    @Test("The relay falls at its deadline though the call ended, and at once when the house stops")
    func falls() {
        var (world, call) = Self.talking()
        world.key("4711#", call: call)
        world.tell(.ended(call, .hungUpThere))
        #expect(world.active == ["strike"])
        var stopped = world
        world.advance(by: .seconds(3))
        #expect(world.active == [])
        stopped.tell(.stop)
        #expect(stopped.active == [])
    }

    @Test("Keys before the answer, of another call, or in a house without codes do nothing")
    func elsewhere() {
        var world = World()
        world.press()
        world.key("4711#", call: .outgoing(1))
        world.tell(.answered(.outgoing(1)))
        world.key("4711#", call: .outgoing(9))
        #expect(world.events("door-released") == [])
        #expect(world.events("digit") == [])
        var (codeless, call) = Self.talking(Self.villa(codes: []))
        codeless.key("4711#", call: call)
        #expect(codeless.events("digit").count == 5)
        #expect(codeless.events("code-wrong") == [])
    }

    @Test("No description or dump of the house shows what was keyed in, or a code")
    func hidden() {
        var (world, call) = Self.talking()
        world.key("4711", call: call)
        var dumped = ""
        dump(world.house, to: &dumped)
        #expect(dumped.contains("strike"))
        // The bytes of the keys, one a line.
        #expect(!dumped.contains("4711") && !dumped.contains("- 55"))
    }
}
