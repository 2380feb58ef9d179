import Base
import Configuration

@testable import Intercom

/// A change of a button's line, in milliseconds from the start.
struct Edge: Equatable {
    var line: String
    var isDown: Bool
    var at: Int
    var isDebounced = false
}

struct TimedPress: Equatable {
    var press: ButtonPanel.Press
    var time: Int64
}

extension ButtonPanel.Press {
    var kind: String {
        switch self {
        case .button(_, let kind): kind.rawValue
        case .chord: "chord"
        }
    }

    var name: String {
        switch self {
        case .button(let name, _), .chord(let name): name
        }
    }
}

/// What the edges make of the house's buttons, which are woken whenever they ask.
func play(_ edges: [Edge], in house: HouseConfiguration, until end: Int) -> [TimedPress] {
    var panel = ButtonPanel(house)
    var told: [TimedPress] = []
    func at(_ milliseconds: Int) -> Instant { Instant() + .milliseconds(milliseconds) }
    func tell(_ presses: [ButtonPanel.Press], _ time: Instant) {
        told += presses.map { TimedPress(press: $0, time: time.nanoseconds / 1_000_000) }
    }
    func wake(before time: Instant) {
        while let deadline = panel.nextDeadline, deadline < time { tell(panel.wake(at: deadline), deadline) }
    }
    for edge in edges where edge.at < end {
        wake(before: at(edge.at))
        tell(panel.edge(edge.line, isDown: edge.isDown, at: at(edge.at), isDebounced: edge.isDebounced), at(edge.at))
    }
    wake(before: at(end))
    return told
}
