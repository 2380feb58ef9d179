import Synchronization
import Testing

@testable import Board

@Suite("Handing over between control and the audio thread")
struct HandoverTests {
    private final class Counted: Sendable {
        static let alive = Atomic(0)
        let number: Int

        init(_ number: Int) {
            self.number = number
            Self.alive.wrappingAdd(1, ordering: .relaxed)
        }

        deinit { Self.alive.wrappingSubtract(1, ordering: .relaxed) }
    }

    @Test("The newest value wins and is seen once; what was lent is freed by control, and all in the end")
    func mailbox() {
        var seen: [Int] = []
        do {
            let mailbox = Mailbox<Counted>()
            mailbox.take { seen.append($0.number) }
            mailbox.post(Counted(1))
            mailbox.post(Counted(2))
            #expect(Counted.alive.load(ordering: .relaxed) == 1, "an unseen value is replaced at once")
            mailbox.take { seen.append($0.number) }
            mailbox.take { seen.append($0.number) }
            mailbox.post(Counted(3))
            mailbox.take { seen.append($0.number) }
            #expect(Counted.alive.load(ordering: .relaxed) == 2, "the audio thread frees nothing")
            mailbox.post(Counted(4))
            #expect(Counted.alive.load(ordering: .relaxed) == 2, "the lent one and the new one")
        }
        #expect(seen == [2, 3])
        #expect(Counted.alive.load(ordering: .relaxed) == 0)
    }

    @Test("A ring gives back in order what went in, and refuses what has no room")
    func ring() {
        let ring = EventRing<Int>(capacity: 4)
        #expect(ring.isEmpty && ring.popFirst() == nil)
        for round in 0..<3 {
            for number in 0..<4 { #expect(ring.append(round * 10 + number)) }
            #expect(!ring.append(99))
            #expect((0..<4).map { _ in ring.popFirst() } == (0..<4).map { round * 10 + $0 })
        }
        #expect(ring.isEmpty)
    }

    @Test("A ring carries everything from one thread to another")
    func threads() async {
        let ring = EventRing<Int>(capacity: 8)
        async let sum = Task.detached {
            var (sum, count) = (0, 0)
            while count < 10_000 {
                if let number = ring.popFirst() {
                    #expect(number == count)
                    (sum, count) = (sum + number, count + 1)
                } else {
                    await Task.yield()
                }
            }
            return sum
        }.value
        for number in 0..<10_000 { while !ring.append(number) { await Task.yield() } }
        #expect(await sum == 49_995_000)
    }
}
