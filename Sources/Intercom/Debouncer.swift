import Base

/// A level that counts once it has stood for a time, on both edges: bounce neither swallows a change nor makes a second one.
struct Debouncer: Sendable, Equatable {
    let time: Duration
    /// The level that stands.
    private(set) var isActive = false
    /// The other level, which does not stand yet.
    private var candidate: Candidate?

    private struct Candidate: Sendable, Equatable {
        var since: Instant
        var settles: Instant
    }

    init(_ time: Duration) {
        self.time = time
    }

    /// A change of the line. One that was debounced before it came here, as by the kernel, stands already.
    mutating func edge(isActive: Bool, at time: Instant, isDebounced: Bool) {
        guard isActive != self.isActive else {
            candidate = nil
            return
        }
        candidate = Candidate(since: time, settles: isDebounced ? time : time + self.time)
    }

    /// Takes the level that is there.
    mutating func begin(isActive: Bool) {
        self.isActive = isActive
        candidate = nil
    }

    /// The level that stands from now on, if it changed.
    mutating func settle(at now: Instant) -> Bool? {
        guard let candidate, candidate.settles <= now else { return nil }
        self.candidate = nil
        isActive.toggle()
        return isActive
    }

    /// Whether the other level is there since before that time, though it does not stand yet.
    func wavers(before time: Instant) -> Bool { candidate.map { $0.since < time } ?? false }

    var nextDeadline: Instant? { candidate?.settles }
}
