import Testing

@testable import Board

@Suite("The ring from the audio thread to control")
struct EventRingTests {
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
