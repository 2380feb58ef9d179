import Base

/// The keys of a code as they come in during one call. Prints without them.
///
/// A code is complete with `#`, or when it is as long as the longest code there is, or by a pause. Then it is judged whole and
/// once, so that no code is found by a suffix of what was keyed in.
struct CodeEntry: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    /// The shortest and the longest code, and the pause that ends one.
    struct Rules: Equatable {
        var shortest: Int
        var longest: Int
        var timeout: Duration
    }

    private var keys: [UInt8] = []
    private var deadline: Instant?

    /// Takes a key; the code when it is complete with it.
    mutating func key(_ key: UInt8, rules: Rules, at now: Instant) -> [UInt8]? {
        if let deadline, deadline <= now { clear() }
        keys.append(key)
        let isEnd = key == UInt8(ascii: "#")
        guard isEnd || keys.count >= rules.longest else {
            deadline = now + rules.timeout
            return nil
        }
        defer { clear() }
        // A lone # after a code that was complete without it.
        return isEnd && keys.count == 1 ? nil : keys
    }

    /// The pause is over: what was keyed in, if it may be a code, and is forgotten otherwise.
    mutating func wake(rules: Rules, at now: Instant) -> [UInt8]? {
        guard let deadline, deadline <= now else { return nil }
        defer { clear() }
        return keys.count >= rules.shortest ? keys : nil
    }

    mutating func clear() {
        keys = []
        deadline = nil
    }

    var nextDeadline: Instant? { deadline }

    var description: String { "(secret)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
