import Base

extension [ServiceRecord] {
    /// The order in which to try them: by priority, and among equals at random by weight. RFC 2782, "Weight".
    ///
    /// A weight of 0 has a very small chance beside others. Records without a port are useless and left out.
    public func ordered(by random: inout RandomSource) -> [ServiceRecord] {
        var result: [ServiceRecord] = []
        // Sorted by everything first, so that the same seed gives the same order however the server mixed its answer.
        var rest = Set(self).filter { $0.port != 0 }.sorted {
            ($0.priority, $0.weight, $0.target, $0.port) < ($1.priority, $1.weight, $1.target, $1.port)
        }[...]
        while let priority = rest.first?.priority {
            var equals = Array(rest.prefix { $0.priority == priority })
            rest = rest.dropFirst(equals.count)
            var sum = equals.reduce(0) { $0 + UInt64($1.weight) }
            while !equals.isEmpty {
                let drawn = UInt64.random(in: 0...sum, using: &random)
                var running: UInt64 = 0
                let index = equals.firstIndex { record in
                    running += UInt64(record.weight)
                    return running >= drawn
                }
                let chosen = equals.remove(at: index ?? 0)
                sum -= UInt64(chosen.weight)
                result.append(chosen)
            }
        }
        return result
    }
}
