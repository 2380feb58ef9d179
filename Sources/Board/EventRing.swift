import Synchronization

/// A queue from one thread to one other in memory that was laid out once; neither side waits for the other.
///
/// `@unchecked`, for the compiler cannot see who owns a place: the writer until `written` passes it, then the reader until `taken`
/// does. Both counters are atomic, with release on one side and acquire on the other.
final class EventRing<Element: Sendable>: @unchecked Sendable {
    private let storage: UnsafeMutablePointer<Element?>
    private let mask: Int
    private let written = Atomic(0)
    private let taken = Atomic(0)

    /// `capacity` is a power of two.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "the capacity of a ring is a power of two")
        storage = .allocate(capacity: capacity)
        storage.initialize(repeating: nil, count: capacity)
        mask = capacity - 1
    }

    deinit {
        storage.deinitialize(count: mask + 1)
        storage.deallocate()
    }

    var isEmpty: Bool { written.load(ordering: .acquiring) == taken.load(ordering: .acquiring) }

    /// By the writing thread; false when the reader is a whole ring behind, and the element is lost.
    @discardableResult
    func append(_ element: Element) -> Bool {
        let position = written.load(ordering: .relaxed)
        guard position &- taken.load(ordering: .acquiring) <= mask else { return false }
        storage[position & mask] = element
        written.store(position &+ 1, ordering: .releasing)
        return true
    }

    /// By the reading thread.
    func popFirst() -> Element? {
        let position = taken.load(ordering: .relaxed)
        guard position != written.load(ordering: .acquiring) else { return nil }
        defer { taken.store(position &+ 1, ordering: .releasing) }
        return storage[position & mask]
    }
}
