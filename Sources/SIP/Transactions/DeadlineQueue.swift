import Base

/// Who wants to be woken when: a binary heap in which a changed mind leaves its old entry behind until it surfaces.
///
/// Asking for the next deadline costs nothing, changing one costs a push; the cost does not grow with what waits.
public struct DeadlineQueue<Owner: Hashable & Sendable>: Sendable {
    private struct Entry {
        var deadline: Instant
        /// Among equal deadlines, who asked first is woken first, so that every run is the same.
        var sequence: UInt64
        var owner: Owner

        static func < (left: Entry, right: Entry) -> Bool {
            left.deadline == right.deadline ? left.sequence < right.sequence : left.deadline < right.deadline
        }
    }

    private var heap: [Entry] = []
    private var current: [Owner: Instant] = [:]
    private var sequence: UInt64 = 0

    public init() {}

    public var isEmpty: Bool { current.isEmpty }
    public var count: Int { current.count }

    /// The earliest deadline of all.
    public var next: Instant? { heap.first?.deadline }

    /// Sets, moves or (`nil`) cancels the deadline of `owner`.
    public mutating func set(_ owner: Owner, _ deadline: Instant?) {
        let old = current[owner]
        guard old != deadline else { return }
        current[owner] = deadline
        if let deadline {
            sequence += 1
            push(Entry(deadline: deadline, sequence: sequence, owner: owner))
        }
        if old != nil { dropStale() }
    }

    /// Takes out an owner whose deadline has come; each is given once and has to be set again.
    public mutating func popDue(at now: Instant) -> Owner? {
        guard let top = heap.first, top.deadline <= now else { return nil }
        current[top.owner] = nil
        removeTop()
        dropStale()
        return top.owner
    }

    /// The top must be current; and when most entries are stale, all of them go.
    private mutating func dropStale() {
        while let top = heap.first, current[top.owner] != top.deadline { removeTop() }
        guard heap.count > 64, heap.count > 3 * current.count else { return }
        heap = heap.filter { current[$0.owner] == $0.deadline }.sorted(by: <)
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func removeTop() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            let left = 2 * parent + 1
            guard left < heap.count else { return }
            let right = left + 1
            let child = right < heap.count && heap[right] < heap[left] ? right : left
            guard heap[child] < heap[parent] else { return }
            heap.swapAt(child, parent)
            parent = child
        }
    }
}
