import Base
import Configuration

/// All buttons and their chords: edges in, presses out, in the order of their times, however late the edges are handled.
struct ButtonPanel: Sendable, Equatable {
    private(set) var buttons: [String: Button] = [:]
    private(set) var chords: [String: Chord] = [:]

    enum Press: Sendable, Equatable {
        case button(String, PressKind)
        case chord(String)
    }

    /// Buttons held together.
    struct Chord: Sendable, Equatable {
        let settings: HouseConfiguration.Chord
        /// Since when all are down; `nil` once it was told or one was let go.
        fileprivate(set) var heldSince: Instant?

        fileprivate var deadline: Instant? { heldSince.map { $0 + settings.hold } }
    }

    init(_ configuration: HouseConfiguration) {
        buttons = configuration.buttons.reduce(into: [:]) { buttons, entry in
            let (name, settings) = entry
            let forming = configuration.chords.values.filter { $0.buttons.contains(name) }.map(\.within).max()
            let debounce = configuration.lines[settings.line]?.debounce ?? .zero
            buttons[name] = Button(settings, debounce: debounce, forming: forming ?? .zero)
        }
        chords = configuration.chords.mapValues { Chord(settings: $0) }
    }

    /// What goes on in buttons that stay as they are goes on.
    mutating func keep(from old: ButtonPanel) {
        for (name, before) in old.buttons {
            guard let now = buttons[name], now.settings == before.settings, now.debounce == before.debounce,
                now.forming == before.forming
            else { continue }
            buttons[name] = before
        }
        for (name, before) in old.chords where chords[name]?.settings == before.settings { chords[name] = before }
    }

    /// The line was opened; a button that was down before is not known to be so still.
    mutating func begin(_ line: String, isDown: Bool) {
        for name in buttons.keys where buttons[name]?.settings.line == line {
            buttons[name]?.begin(isDown: isDown)
            for (chord, its) in chords where its.settings.buttons.contains(name) { chords[chord]?.heldSince = nil }
        }
    }

    mutating func edge(_ line: String, isDown: Bool, at time: Instant, isDebounced: Bool) -> [Press] {
        var presses = wake(at: time)
        for name in buttons.keys where buttons[name]?.settings.line == line {
            buttons[name]?.edge(isDown: isDown, at: time, isDebounced: isDebounced)
        }
        presses += step(at: time)
        return presses
    }

    /// Lets time pass, from one deadline to the next.
    mutating func wake(at now: Instant) -> [Press] {
        var presses: [Press] = []
        while let deadline = nextDeadline, deadline <= now { presses += step(at: deadline) }
        return presses
    }

    var nextDeadline: Instant? {
        var deadline: Instant?
        for button in buttons.values { deadline = earliest(deadline, button.nextDeadline) }
        for chord in chords.values { deadline = earliest(deadline, chord.deadline) }
        return deadline
    }

    /// Levels first, then chords, which take presses away from buttons, and then what the buttons make of the rest.
    private mutating func step(at now: Instant) -> [Press] {
        var presses: [Press] = []
        let names = buttons.keys.sorted()
        for name in names { if let kind = buttons[name]?.settle(at: now) { presses.append(.button(name, kind)) } }
        for name in chords.keys.sorted() { presses += stepChord(name, at: now) }
        for name in names { if let kind = buttons[name]?.decide(at: now) { presses.append(.button(name, kind)) } }
        return presses
    }

    private mutating func stepChord(_ name: String, at now: Instant) -> [Press] {
        guard let chord = chords[name] else { return [] }
        let members = chord.settings.buttons
        guard let deadline = chord.deadline else {
            guard isFormed(chord.settings) else { return [] }
            chords[name]?.heldSince = now
            let before: [Press] = members.sorted().compactMap { member in
                buttons[member]?.join().map { .button(member, $0) }
            }
            return before + (chord.settings.hold == .zero ? stepChord(name, at: now) : [])
        }
        let isHeld = members.allSatisfy { buttons[$0]?.isDown ?? false }
        guard isHeld, now < deadline else {
            chords[name]?.heldSince = nil
            return isHeld ? [.chord(name)] : []
        }
        return []
    }

    /// Whether all its buttons went down in time, and none of them is about to be up again.
    private func isFormed(_ chord: HouseConfiguration.Chord) -> Bool {
        let since = chord.buttons.compactMap { buttons[$0]?.freeSince }
        guard since.count == chord.buttons.count, let first = since.min(), let last = since.max() else { return false }
        return last - first <= chord.within && !chord.buttons.contains { buttons[$0]?.mayBeUp(before: last) ?? true }
    }
}
