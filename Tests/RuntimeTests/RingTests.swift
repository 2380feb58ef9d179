import Base
import Testing

@testable import Runtime

@Suite("Ring")
struct RingTests {
    @Test("It gives what it was given, in order, however it grows and wraps", arguments: 0..<20)
    func model(seed: UInt64) {
        var random = RandomSource(seed: seed)
        var ring = Ring<Int>(capacity: 2)
        var model: [Int] = []
        for number in 0..<2_000 {
            if Int.random(in: 0..<100, using: &random) < 52 {
                ring.append(number)
                model.append(number)
            } else {
                let expected = model.isEmpty ? nil : model.removeFirst()
                #expect(ring.popFirst() == expected)
            }
            #expect(ring.count == model.count)
            #expect(ring.isEmpty == model.isEmpty)
        }
        while let expected = model.first {
            model.removeFirst()
            #expect(ring.popFirst() == expected)
        }
        #expect(ring.popFirst() == nil)
    }

    @Test("What was taken out is released")
    func released() {
        final class Thing {}
        var ring = Ring<Thing>()
        weak var weakly: Thing?
        do {
            let thing = Thing()
            weakly = thing
            ring.append(thing)
        }
        #expect(weakly != nil)
        _ = ring.popFirst()
        #expect(weakly == nil)
    }
}
