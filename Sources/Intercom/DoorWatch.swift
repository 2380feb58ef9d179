import Base

/// Tells whether a door that opens was released before, and whether it stays open too long.
struct DoorWatch: Sendable, Equatable {
    private(set) var isOpen = false
    private(set) var isForced = false
    private(set) var isOpenTooLong = false
    /// Since when the open door counts against its time.
    private var countsFrom: Instant?
    /// When it may be opened; with no end while it is released.
    private var release: Release?

    private struct Release: Sendable, Equatable {
        var from: Instant
        var until: Instant?
    }

    /// The lock was released, or a handle's request to exit began.
    mutating func release(at time: Instant, shunt: Duration) {
        guard let last = release else { return release = Release(from: time) }
        guard let until = last.until else { return }
        // A release in the time after another one goes on with it.
        release = Release(from: time <= until + shunt ? last.from : time)
    }

    /// From now on it may be opened for the shunt time only.
    mutating func lock(at time: Instant) {
        guard release?.until == nil else { return }
        release?.until = time
    }

    private func mayOpen(at time: Instant, shunt: Duration) -> Bool {
        guard let release else { return false }
        return release.from <= time && (release.until.map { time <= $0 + shunt } ?? true)
    }

    /// The door was opened at that time; whether by force.
    mutating func open(at time: Instant, shunt: Duration) -> Bool {
        begin(isOpen: true, at: time)
        isForced = !mayOpen(at: time, shunt: shunt)
        return isForced
    }

    mutating func close() {
        (isOpen, isForced, isOpenTooLong, countsFrom) = (false, false, false, nil)
    }

    /// What it was found to be, by nobody's doing.
    mutating func begin(isOpen: Bool, at now: Instant) {
        close()
        guard isOpen else { return }
        self.isOpen = true
        countsFrom = now
    }

    /// So far it was latched open, and may have been open.
    mutating func excuse(at now: Instant) {
        if isOpen { countsFrom = now }
    }

    /// Lets time pass; whether the door has been open too long from now on. A door that is latched open may stay so.
    mutating func wake(at now: Instant, limit: Duration?, isLatched: Bool) -> Bool {
        guard let deadline = nextDeadline(limit: limit, isLatched: isLatched), deadline <= now else { return false }
        isOpenTooLong = true
        return true
    }

    func nextDeadline(limit: Duration?, isLatched: Bool) -> Instant? {
        guard let limit, let countsFrom, !isOpenTooLong, !isLatched else { return nil }
        return countsFrom + limit
    }
}
