import Base
import Configuration
import Intercom
import Testing

@testable import App

private func house(debounce: Int, double: Bool, long: Bool) -> HouseConfiguration {
    var house = HouseConfiguration()
    for name in ["a", "b"] {
        house.lines[name] = .init(direction: .input, place: .name(name))
        house.lines[name]?.debounce = .milliseconds(debounce)
        house.buttons[name] = .init(line: name)
        house.buttons[name]?.double = double ? .hangUp : nil
        house.buttons[name]?.long = long ? .hangUp : nil
        house.buttons[name]?.doublePress = .milliseconds(max(400, debounce + 100))
        house.buttons[name]?.longPress = .milliseconds(max(1000, debounce + 200))
    }
    house.chords["service"] = .init(buttons: ["a", "b"], action: .hangUp)
    return house
}

/// What the house makes of the moves.
private func told(_ fingers: FingerMoves?, _ configuration: HouseConfiguration) throws -> [[HouseEvent.Value]] {
    var house = House(configuration: configuration, at: Instant())
    var effects: [Effect] = []
    for move in try #require(fingers).moves.sorted(by: { $0.after < $1.after }) {
        while let deadline = house.nextDeadline, deadline < Instant() + move.after { effects += house.wake(at: deadline) }
        effects += house.handle(.edge(line: move.line, active: move.isDown), at: Instant() + move.after)
    }
    while let deadline = house.nextDeadline { effects += house.wake(at: deadline) }
    return effects.compactMap { if case .publish(let event) = $0 { event.values.map(\.value) } else { nil } }
}

@Suite("Fingers on a simulated board")
struct FingerMovesTests {
    private static let debounces = [0, 20, 150, 1000]

    @Test("They make the press that was asked for, and no other", arguments: debounces, [false, true])
    func presses(debounce: Int, long: Bool) throws {
        let configuration = house(debounce: debounce, double: true, long: long)
        #expect(try told(FingerMoves("a", .short, configuration), configuration) == [[.text("a"), .text("short")]])
        #expect(try told(FingerMoves("a", .double, configuration), configuration) == [[.text("a"), .text("double")]])
        #expect(try told(FingerMoves(chord: "service", configuration), configuration) == [[.text("service")]])
        guard long else { return }
        #expect(try told(FingerMoves("a", .long, configuration), configuration) == [[.text("a"), .text("long")]])
    }

    @Test("They cannot press what is not there, nor twice where twice is two presses")
    func absent() {
        let configuration = house(debounce: 20, double: false, long: false)
        #expect(FingerMoves("c", .short, configuration) == nil)
        #expect(FingerMoves("a", .double, configuration) == nil)
        #expect(FingerMoves(chord: "party", configuration) == nil)
    }
}
