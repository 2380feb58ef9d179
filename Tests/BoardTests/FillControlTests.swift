import Glibc
import Testing

@testable import Board

/// Two clocks and the buffers between them, in seconds of true time.
private struct TwoClocks {
    var control = FillControl(period: 0.01, margin: 0.006)
    /// By how much the loudspeaker's clock is faster.
    var drift: Double
    /// In the loudspeaker's buffer.
    var queue = 0.02
    var random: UInt64 = 7
    var dropped = 0
    var ranDry = 0
    var least = 1.0
    var most = 0.0

    /// Up to 2 ms late.
    mutating func lateness() -> Double {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(random >> 40) / Double(1 << 24) * 0.002
    }

    mutating func run(seconds: Int) {
        for _ in 0..<seconds * 100 {
            queue -= 0.01 * (1 + drift)
            if queue < 0 {
                ranDry += 1
                queue = 0.01
                control.restart(ranDry: true)
            }
            let late = lateness()
            least = min(least, queue - late)
            most = max(most, queue)
            if control.note(fill: queue, ahead: queue - late) {
                dropped += 1
            } else {
                queue += 0.01 * (1 + control.stretch)
            }
        }
    }
}

@Suite("Two clocks, and the buffers between them")
struct FillControlTests {
    @Test("One clock: nothing is ever stretched or dropped, in an hour")
    func oneClock() {
        var card = TwoClocks(drift: 0)
        card.run(seconds: 3_600)
        #expect(card.control.stretch == 0)
        #expect(card.dropped == 0 && card.ranDry == 0)
    }

    @Test(
        "Two clocks: neither dry nor late in six hours, and what is stretched is the drift",
        arguments: [-200e-6, -50e-6, 50e-6, 200e-6])
    func twoClocks(drift: Double) {
        var card = TwoClocks(drift: drift)
        card.run(seconds: 6 * 3_600)
        #expect(card.ranDry == 0 && card.dropped == 0)
        #expect(abs(card.control.stretch - drift) < 5e-6)
        #expect(card.least > 0.002)
        #expect(card.most < 0.016)
    }

    @Test("A drift that changes as cards warm up is followed")
    func warmingUp() {
        var card = TwoClocks(drift: 20e-6)
        card.run(seconds: 600)
        for step in 1...60 {
            card.drift = 20e-6 + Double(step) * 1e-6
            card.run(seconds: 60)
        }
        #expect(abs(card.control.stretch - 80e-6) < 10e-6)
        #expect(card.ranDry == 0 && card.dropped == 0)
    }

    @Test("Far too much in the buffers after a burst is dropped within seconds; a little too much is stretched away without")
    func tooMuch() {
        var card = TwoClocks(drift: 0)
        card.run(seconds: 10)
        card.queue += 0.05
        card.run(seconds: 20)
        #expect((1...4).contains(card.dropped))
        #expect(card.queue < 0.035)
        let dropped = card.dropped
        card.run(seconds: 60)
        #expect(card.dropped == dropped)
        #expect(card.queue < 0.015)
    }

    @Test("After it ran dry more is kept, at most 20 ms")
    func ranDry() {
        var control = FillControl(period: 0.01, margin: 0.006)
        for _ in 0..<10 { control.restart(ranDry: true) }
        for _ in 0..<FillControl.window * 4 { _ = control.note(fill: 0.03, ahead: 0.03) }
        let target = control.target ?? 0
        #expect(abs(target - 0.02) < 1e-6)
    }
}
