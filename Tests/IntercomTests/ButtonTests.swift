import Base
import Configuration
import Testing

@testable import Intercom

private func at(_ milliseconds: Int) -> Instant { Instant() + .milliseconds(milliseconds) }

/// The presses that a train of edges makes, and when: an edge at each time, the first one down, woken whenever it asks.
private func presses(_ edges: [Int], long: Bool = false, until end: Int = 5000) -> [String] {
    var settings = HouseConfiguration.Button(line: "bell")
    settings.short = .hangUp
    if long { settings.long = .hangUp }
    var button = Button(settings, debounce: .milliseconds(20))
    var told: [String] = []
    var isDown = false
    func tell(_ kinds: [PressKind], _ time: Instant) { told += kinds.map { "\($0) \(time.nanoseconds / 1_000_000)" } }
    for edge in edges.map(at) + [at(end)] {
        while let deadline = button.nextDeadline, deadline < edge { tell(button.wake(at: deadline), deadline) }
        guard edge < at(end) else { break }
        isDown.toggle()
        tell(button.edge(isDown: isDown, at: edge), edge)
    }
    return told
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
            ([0, 300], ["short 320"]), ([0], ["long 1000"]), ([0, 3000], ["long 1000"]),
            // Let go in time, though it counts later.
            ([0, 990], ["short 1010"]),
            // A contact that bounces across the limit is still held.
            ([0, 990, 995], ["long 1000"]),
        ])
    func long(edges: [Int], expected: [String]) {
        #expect(presses(edges, long: true) == expected)
    }

    @Test("Edges that are handled late and at once are taken by their own time")
    func late() {
        var world = World()
        world.advance(by: .milliseconds(500))
        world.tellAtOnce(
            [(100, true), (104, false), (107, true), (300, false)].map { .edge(line: "bell", active: $1, time: at($0)) })
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
}
