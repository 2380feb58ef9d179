import Base
import SIP
import Testing

@Suite("DeadlineQueue")
struct TransactionDeadlineQueueTests {
    @Test("Owners come out in the order of their deadlines, and among equals in the order of asking")
    func order() {
        var queue = DeadlineQueue<String>()
        for (owner, second) in [("c", 3), ("a", 1), ("b2", 2), ("b1", 2), ("d", 4)] {
            queue.set(owner, Instant() + .seconds(second))
        }
        var out: [String] = []
        while let owner = queue.popDue(at: Instant() + .seconds(3)) { out.append(owner) }
        #expect(out == ["a", "b2", "b1", "c"])
        #expect(queue.next == Instant() + .seconds(4))
    }

    @Test("A moved or cancelled deadline is not heard of again")
    func moved() {
        var queue = DeadlineQueue<Int>()
        queue.set(1, Instant() + .seconds(1))
        queue.set(2, Instant() + .seconds(2))
        queue.set(1, Instant() + .seconds(3))
        #expect(queue.next == Instant() + .seconds(2))
        queue.set(2, nil)
        #expect(queue.next == Instant() + .seconds(3))
        queue.set(1, nil)
        #expect(queue.next == nil)
        #expect(queue.isEmpty)
    }

    @Test("It agrees with a sorted list over 20,000 random changes", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var queue = DeadlineQueue<Int>()
        var model: [Int: Instant] = [:]
        for _ in 0..<20_000 {
            let owner = Int.random(in: 0..<50, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                queue.set(owner, nil)
                model[owner] = nil
            case 1:
                let now = Instant(nanoseconds: .random(in: 0..<1000, using: &random))
                if let due = queue.popDue(at: now) {
                    #expect(model[due] == model.values.min())
                    model[due] = nil
                } else {
                    #expect(model.values.allSatisfy { $0 > now })
                }
            default:
                let deadline = Instant(nanoseconds: .random(in: 0..<1000, using: &random))
                queue.set(owner, deadline)
                model[owner] = deadline
            }
            #expect(queue.next == model.values.min())
        }
    }
}
