import Base
import Configuration
import Intercom

/// What fingers do for a press: lines that go up or down, each so long after the start.
struct FingerMoves: Sendable, Equatable {
    struct Move: Sendable, Equatable {
        var line: String
        var isDown: Bool
        var after: Duration
    }

    private(set) var moves: [Move] = []

    /// A press of one button, as its settings tell short, double and long presses apart.
    init?(_ name: String, _ kind: PressKind, _ house: HouseConfiguration) {
        guard let button = house.buttons[name] else { return nil }
        let debounce = house.lines[button.line]?.debounce ?? .zero
        // As people press, but for longer than bounce, and short enough not to be a long press.
        let room = button.long == nil ? Self.usual : button.longPress - debounce
        let short = debounce + min(Self.usual, room / 2)
        switch kind {
        case .short: press(button.line, after: .zero, for: short)
        case .long: press(button.line, after: .zero, for: button.longPress + debounce + Self.usual)
        case .double:
            guard button.double != nil else { return nil }
            press(button.line, after: .zero, for: short)
            press(button.line, after: short + (debounce + button.doublePress) / 2, for: short)
        }
    }

    /// All buttons of a chord, held for as long as it takes.
    init?(chord name: String, _ house: HouseConfiguration) {
        guard let chord = house.chords[name] else { return nil }
        let lines = chord.buttons.compactMap { house.buttons[$0]?.line }
        let debounce = lines.compactMap { house.lines[$0]?.debounce }.max() ?? .zero
        for line in lines { press(line, after: .zero, for: debounce + chord.hold + Self.usual) }
    }

    private static let usual = Duration.milliseconds(150)

    private mutating func press(_ line: String, after start: Duration, for duration: Duration) {
        moves.append(Move(line: line, isDown: true, after: start))
        moves.append(Move(line: line, isDown: false, after: start + duration))
    }
}
