/// Which counts of which nonces have been used: RFC 7616 §3.4, `nc`. Bounded, and no replay gets through by that.
///
/// Only nonces that came with a right password are kept. Of each the highest count and the 64 below it are known, because
/// datagrams overtake each other; what is lower counts as used. What falls out of the table takes all nonces of its age with
/// it: they are stale, and whoever has one asks anew.
struct NonceCounts: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        var birth: UInt32
        var highest: UInt32
        /// Bit n is set when `highest - n` was used.
        var used: UInt64
    }

    static let capacity = 256
    private var entries: [String: Entry] = [:]
    /// Nonces made in this second or before it are good no more.
    private var floor: UInt32?

    var count: Int { entries.count }

    /// Takes one use of the nonce; false when it was used, or may have been.
    mutating func admit(_ nonce: String, born birth: UInt32, count: UInt32) -> Bool {
        guard count > 0 else { return false }
        guard var entry = entries[nonce] else {
            if let floor, birth <= floor { return false }
            makeRoom()
            entries[nonce] = Entry(birth: birth, highest: count, used: 1)
            return true
        }
        if count > entry.highest {
            let step = count - entry.highest
            entry.used = step < 64 ? entry.used << UInt64(step) | 1 : 1
            entry.highest = count
        } else {
            let age = entry.highest - count
            guard age < 64, entry.used & (1 << UInt64(age)) == 0 else { return false }
            entry.used |= 1 << UInt64(age)
        }
        entries[nonce] = entry
        return true
    }

    /// Forgets what nobody can use any more.
    mutating func forget(bornBefore limit: UInt32) {
        guard !entries.isEmpty else { return }
        entries = entries.filter { $0.value.birth >= limit }
    }

    private mutating func makeRoom() {
        guard entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.birth < $1.value.birth }) else { return }
        floor = max(floor ?? 0, oldest.value.birth)
        entries[oldest.key] = nil
    }
}
