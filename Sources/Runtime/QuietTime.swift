import Base

/// Names that changed, each held back until nothing happened to it for a while: a file still being uploaded is not told.
struct QuietTime: Equatable {
    let quiet: Duration
    private var deadlines: [String: Instant] = [:]

    init(_ quiet: Duration) {
        self.quiet = quiet
    }

    var nextDeadline: Instant? { deadlines.values.min() }

    mutating func changed(_ name: String, at now: Instant) {
        deadlines[name] = now + quiet
    }

    /// Those that were quiet long enough, the longest quiet first, then by name.
    mutating func due(at now: Instant) -> [String] {
        let due = deadlines.filter { $0.value <= now }
        for name in due.keys { deadlines[name] = nil }
        return due.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value < $1.value }.map(\.key)
    }
}
