/// A first-in, first-out queue in one block of memory that grows by doubling and never shrinks.
struct Ring<Element> {
    private var storage: ContiguousArray<Element?>
    private var head = 0
    private(set) var count = 0

    /// `capacity` is a power of two.
    init(capacity: Int = 64) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "the capacity of a ring is a power of two")
        storage = ContiguousArray(repeating: nil, count: capacity)
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(head &+ count) & (storage.count &- 1)] = element
        count &+= 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            storage[head] = nil
            head = (head &+ 1) & (storage.count &- 1)
            count &-= 1
        }
        return storage[head]
    }

    private mutating func grow() {
        let old = storage
        storage = ContiguousArray(repeating: nil, count: old.count * 2)
        for index in 0..<count { storage[index] = old[(head + index) & (old.count - 1)] }
        head = 0
    }
}
