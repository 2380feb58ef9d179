import Base
import Testing

@testable import Media

@Suite("When RTCP is sent: RFC 3550 §6.3")
struct ControlScheduleTests {
    private let start = Instant(nanoseconds: 1_000_000_000)

    private func intervals(_ count: Int, octets: Double = 8_600, seed: UInt64, hasPeer: Bool = true) -> [Double] {
        var random = RandomSource(seed: seed)
        var schedule = ControlSchedule(octets: octets, size: 92, at: start, random: &random)
        if hasPeer { schedule.received(92) }
        var last = start
        var result: [Double] = []
        while result.count < count {
            let now = schedule.next
            guard schedule.isDue(at: now, random: &random) else { continue }
            schedule.sent(92, at: now, random: &random)
            result.append(Double((now - last).milliseconds) / 1000)
            last = now
        }
        return result
    }

    @Test("Intervals are 5 s on average and never the same, the first 2.5 s")
    func mean() {
        let all = (1...40).map { intervals(50, seed: $0) }
        let later = all.flatMap { $0.dropFirst() }
        #expect(abs(later.reduce(0, +) / Double(later.count) - 5) < 0.25)
        #expect(later.allSatisfy { (2.05...6.16).contains($0) } && Set(later).count > 1_000)
        let first = (1...400).map { intervals(1, seed: $0)[0] }
        #expect(abs(first.reduce(0, +) / Double(first.count) - 2.5) < 0.2)
    }

    @Test("A stream of a few bytes a second has RTCP as seldom as 5 % of it allow")
    func narrow() {
        let slow = (1...20).flatMap { intervals(20, octets: 50, seed: $0).dropFirst() }
        // (92 + 28) octets × 2 members ÷ (50 × 2 × 5 %) = 48 s.
        #expect(abs(slow.reduce(0, +) / Double(slow.count) - 48) < 3)
        let alone = (1...20).flatMap { intervals(20, octets: 50, seed: $0, hasPeer: false).dropFirst() }
        #expect(abs(alone.reduce(0, +) / Double(alone.count) - 24) < 2)
    }

    @Test("A peer that appears puts off what was reckoned without it")
    func reconsideration() {
        var delays = 0
        for seed in 1...50 as ClosedRange<UInt64> {
            var random = RandomSource(seed: seed)
            var schedule = ControlSchedule(octets: 50, size: 92, at: start, random: &random)
            let first = schedule.next
            schedule.received(92)
            if !schedule.isDue(at: first, random: &random) {
                #expect(schedule.next > first)
                delays += 1
            }
        }
        #expect(delays > 25)
    }

    @Test("When the peer leaves, what is left of the interval halves")
    func goodbye() {
        var random = RandomSource(seed: 7)
        var schedule = ControlSchedule(octets: 8_600, size: 92, at: start, random: &random)
        schedule.received(92)
        let due = schedule.next
        _ = schedule.isDue(at: due, random: &random)
        schedule.sent(92, at: due, random: &random)
        let before = schedule.next - due
        schedule.left(at: due)
        #expect(abs(((schedule.next - due) - before / 2).milliseconds) <= 1)
        schedule.left(at: due)
        #expect(abs(((schedule.next - due) - before / 2).milliseconds) <= 1)
    }
}
