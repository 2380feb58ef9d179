import Foundation

/// What comes from another thread in order, and the wait for one that fits; each item is taken once.
public final class Inbox<Item: Sendable>: @unchecked Sendable {
    // One lock for all; the condition is signalled for each new item.
    private let condition = NSCondition()
    private var waiting: [Item] = []
    private var history: [Item] = []
    private var isClosed = false

    public init() {}

    public func add(_ item: Item) {
        condition.lock()
        waiting.append(item)
        history.append(item)
        condition.broadcast()
        condition.unlock()
    }

    /// Nothing will come any more: whoever waits is let go.
    public func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }

    /// All that ever came.
    public var all: [Item] {
        condition.lock()
        defer { condition.unlock() }
        return history
    }

    /// Takes the first item that fits out, waiting for it; `nil` when it did not come in time or cannot come any more.
    public func take(within seconds: Double, where fits: (Item) -> Bool) -> Item? {
        let end = Date(timeIntervalSinceNow: seconds)
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let index = waiting.firstIndex(where: fits) { return waiting.remove(at: index) }
            if isClosed || !condition.wait(until: end) {
                return waiting.firstIndex(where: fits).map { waiting.remove(at: $0) }
            }
        }
    }

    /// Takes the next item, however long it takes; `nil` when none can come any more.
    public func next() -> Item? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed { condition.wait() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Forgets what nobody has taken.
    public func skip() {
        condition.lock()
        waiting.removeAll()
        condition.unlock()
    }
}
