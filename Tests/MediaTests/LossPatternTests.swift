import Testing

@testable import Media

@Suite("Bursts and gaps of losses: RFC 3611 §4.7.2")
struct LossPatternTests {
    /// 1 came, 0 was lost, X came too late.
    private func pattern(_ text: String, from start: UInt32 = 65_500) -> LossPattern.Summary {
        var pattern = LossPattern()
        for (index, sign) in text.enumerated() where sign != "0" {
            pattern.arrive(start &+ UInt32(index), isInTime: sign == "1")
        }
        return pattern.summary
    }

    @Test("The RFC's own example: a burst of twelve packets between two gaps")
    func example() {
        let summary = pattern("11110111111111111111111X111X1011110111111111111111111X111111111")
        #expect(summary.expected == 63 && summary.lost == 3 && summary.discarded == 3)
        #expect(summary.burstPackets == 12 && summary.burstDensity == 4.0 / 12)
        #expect(summary.gapPackets == 51 && summary.gapDensity == 2.0 / 51)
    }

    @Test("Sixteen packets in a row that came part two losses; fifteen make them one burst", arguments: [15, 16])
    func gap(count: Int) {
        let summary = pattern("1110" + String(repeating: "1", count: count) + "011")
        #expect((summary.burstPackets > 0) == (count == 15))
        if count == 15 { #expect(summary.burstPackets == 17 && summary.burstDensity == 2.0 / 17) }
    }

    @Test("A stream without loss is one gap; one that never came in time is one burst")
    func extremes() {
        let whole = pattern(String(repeating: "1", count: 200))
        #expect(whole.gapPackets == 200 && whole.gapDensity == 0 && whole.burstPackets == 0 && whole.burstRatio == 1)
        let none = pattern(String(repeating: "X", count: 200))
        #expect(none.burstPackets == 200 && none.burstDensity == 1 && none.discarded == 200)
        #expect(LossPattern().summary == LossPattern.Summary())
    }

    @Test("What comes out of order, twice, or after a roll-over was not lost; what comes 64 packets late was")
    func order() {
        var pattern = LossPattern()
        for sequence in [65_534, 65_533, 65_536, 65_535, 65_535, 65_537] as [UInt32] { pattern.arrive(sequence, isInTime: true) }
        #expect(pattern.summary.lost == 0)
        for sequence in 65_539...65_602 as ClosedRange<UInt32> { pattern.arrive(sequence, isInTime: true) }
        pattern.arrive(65_538, isInTime: true)
        #expect(pattern.summary.lost == 1 && pattern.summary.expected == 69)
    }

    @Test("A copy that comes late does not make a packet late")
    func copies() {
        var pattern = LossPattern()
        pattern.arrive(1, isInTime: true)
        pattern.arrive(1, isInTime: false)
        pattern.arrive(2, isInTime: false)
        pattern.arrive(2, isInTime: true)
        #expect(pattern.summary.discarded == 1 && pattern.summary.lost == 0)
    }

    @Test("What a copy brought back was not lost; of what came, or is long past, nothing is brought back")
    func recovered() {
        var pattern = LossPattern()
        for sequence in [65_534, 65_535, 65_537, 65_540] as [UInt32] { pattern.arrive(sequence, isInTime: true) }
        for sequence in [0, 3, 3, 1, 5, 40_000] as [UInt16] { pattern.recover(sequence) }
        #expect(pattern.recovered == 2)
        #expect(pattern.summary.lost == 1 && pattern.summary.expected == 7)
        pattern.arrive(65_536, isInTime: false)
        #expect(pattern.summary.discarded == 0)
    }

    @Test("A jump of thousands is a source that began anew")
    func jump() {
        var pattern = LossPattern()
        pattern.arrive(1, isInTime: true)
        pattern.arrive(20_000, isInTime: true)
        pattern.arrive(20_001, isInTime: true)
        #expect(pattern.summary.expected == 3 && pattern.summary.lost == 0)
    }

    @Test("Losses in runs of three make a burst ratio of nearly three")
    func ratio() {
        let runs = pattern(String(repeating: "000" + String(repeating: "1", count: 57), count: 10) + "1")
        #expect(abs(runs.burstRatio - 3 * 0.95) < 0.02)
        let single = pattern(String(repeating: "0" + String(repeating: "1", count: 19), count: 10) + "1")
        #expect(single.burstRatio == 1)
    }
}
