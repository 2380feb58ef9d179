import Base
import Configuration
import Testing

@testable import Intercom

/// The presses that a train of edges makes, and when: an edge at each time, the first one down, woken whenever it asks.
private func presses(_ edges: [Int], double: Bool = false, long: Bool = false, until end: Int = 5000) -> [String] {
    var house = HouseConfiguration.villa
    house.buttons = ["bell": .init(line: "bell")]
    house.buttons["bell"]?.short = .hangUp
    if double { house.buttons["bell"]?.double = .hangUp }
    if long { house.buttons["bell"]?.long = .hangUp }
    let train = edges.enumerated().map { Edge(line: "bell", isDown: $0.offset % 2 == 0, at: $0.element) }
    return play(train, in: house, until: end).map { "\($0.press.kind) \($0.time)" }
}

@Suite("A button")
struct ButtonTests {
    @Test(
        "It counts once for a press, whatever bounces",
        arguments: [
            ([0, 100], ["short 20"]),
            // Bounce when pressed, when let go, and both.
            ([0, 3, 5, 9, 12, 200], ["short 32"]),
            ([0, 100, 103, 108], ["short 20"]),
            ([0, 3, 5, 100, 103, 108, 111, 112], ["short 25"]),
            // Shorter than the debounce time: interference on the wire.
            ([0, 5], []), ([0, 19], []), ([0, 5, 10, 15], []),
            // Two presses, the second while the first release still bounces: one; after it: two.
            ([0, 100, 110, 200], ["short 20"]), ([0, 100, 121, 200], ["short 20", "short 141"]),
        ])
    func debounce(edges: [Int], expected: [String]) {
        #expect(presses(edges) == expected)
    }

    @Test(
        "With a long action, the short one waits for the release, and a long press is not also a short one",
        arguments: [
            ([0, 300], ["short 320"]), ([0], ["long 1020"]), ([0, 3000], ["long 1020"]),
            // Let go in time, though it counts later.
            ([0, 990], ["short 1010"]),
            // A contact that bounces across the limit is still held.
            ([0, 990, 995], ["long 1020"]),
        ])
    func long(edges: [Int], expected: [String]) {
        #expect(presses(edges, long: true) == expected)
    }

    @Test(
        "With a double action, the short one waits for a second press, which makes it a double one at once",
        arguments: [
            ([0, 100], ["short 520"]), ([0, 100, 300, 2000], ["double 320"]), ([0, 3000], ["short 3420"]),
            // The window is from the release to the next press; both ends of it count.
            ([0, 100, 500], ["double 520"]), ([0, 100, 501, 600], ["short 520", "short 1020"]),
            // Bounce of the release is no second press; interference meanwhile is none either.
            ([0, 100, 105, 110], ["short 530"]), ([0, 100, 200, 210], ["short 520"]),
            // A third press begins anew.
            ([0, 100, 200, 300, 400, 500], ["double 220", "short 920"]),
            ([0, 100, 200, 300, 400, 500, 600, 700], ["double 220", "double 620"]),
        ])
    func double(edges: [Int], expected: [String]) {
        #expect(presses(edges, double: true) == expected)
    }

    @Test(
        "With all three, each press is one of them",
        arguments: [
            ([0, 100], ["short 520"]), ([0, 2000], ["long 1020"]), ([0, 100, 300, 2300], ["double 320"]),
            ([0, 2000, 2100, 2200], ["long 1020", "short 2620"]), ([0, 990], ["short 1410"]),
        ])
    func all(edges: [Int], expected: [String]) {
        #expect(presses(edges, double: true, long: true) == expected)
    }

    @Test("Edges that are handled late and at once are taken by their own time")
    func late() {
        var world = World()
        world.advance(by: .milliseconds(500))
        world.tellAtOnce(
            [(100, true), (104, false), (107, true), (300, false)].map {
                .edge(line: "bell", active: $1, time: Instant() + .milliseconds($0))
            })
        world.advance(by: .milliseconds(1))
        #expect(world.events("pressed").count == 1)
        #expect(world.house.snapshot(at: world.now).buttons.first?.isDown == false)
    }

    @Test("A button that is down when the lines are opened is no press, and works once it was let go")
    func stuck() {
        var world = World()
        world.tell(.level(line: "bell", active: true))
        #expect(world.house.snapshot(at: world.now).buttons.first?.isDown == true)
        world.advance(by: .seconds(1))
        world.tell(.edge(line: "bell", active: false))
        world.advance(by: .seconds(1))
        #expect(world.events("pressed") == [])
        world.press()
        #expect(world.events("pressed").count == 1)
    }

    @Test("Without debounce an edge counts at once")
    func immediate() {
        var house = HouseConfiguration.villa
        house.lines["bell"]?.debounce = .zero
        var world = World(house)
        #expect(world.tell(.edge(line: "bell", active: true)).onCalls.count == 1)
    }

    @Test("What the kernel debounced is not debounced again")
    func kernel() {
        var world = World()
        #expect(world.tell(.edge(line: "bell", active: true, isDebounced: true)).onCalls.count == 1)
        world.tell(.edge(line: "bell", active: false, isDebounced: true))
        #expect(world.house.snapshot(at: world.now).buttons.first?.isDown == false)
    }
}
