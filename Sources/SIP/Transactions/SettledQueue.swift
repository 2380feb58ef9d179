/// The transactions that are kept for late copies only, oldest first, in a ring of fixed size.
struct SettledQueue: Sendable {
    private let capacity: Int
    private var keys: [ServerKey] = []
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = max(capacity, 1)
    }

    /// Takes one in; returns the oldest when it has to go for that.
    mutating func add(_ key: ServerKey) -> ServerKey? {
        guard keys.count == capacity else {
            keys.append(key)
            return nil
        }
        let old = keys[oldest]
        keys[oldest] = key
        oldest = (oldest + 1) % capacity
        return old
    }
}
