import Base
import Testing

@testable import Media

@Suite("A leg whose peer holds by c=0.0.0.0: RFC 3264 §8.4")
struct HeldLegTests {
    /// How many RTP and RTCP packets leave in half a minute of this leg, and in its end.
    private func departures(_ leg: VoicePlan.Leg) -> Int {
        let engine = VoiceEngine(VoiceSettings())
        let arrivals = PacketBatch(capacity: 4)
        let departures = PacketBatch(capacity: 16)
        let captured = [Int16](repeating: 100, count: 160)
        var playback = captured
        var count = 0
        var plan = VoicePlan()
        plan.legs = [leg]
        engine.submit(plan)
        for period in 0..<3_100 {
            if period == 3_000 { engine.submit(VoicePlan()) }
            captured.withUnsafeBufferPointer { captured in
                playback.withUnsafeMutableBufferPointer { playback in
                    engine.process(
                        captured: captured, playback: playback, arrivals: arrivals, departures: departures,
                        now: Instant(nanoseconds: 1_000_000_000 + Int64(period) * 10_000_000))
                }
            }
            count += departures.count
        }
        return count
    }

    @Test("It sends nothing at all, not even RTCP, while one with an address reports and says good-bye")
    func nothing() {
        var leg = EngineRig.leg(0)
        leg.sends = false
        #expect(departures(leg) >= 5)
        leg.remote.address = .anyIPv4
        leg.remoteControl.address = .anyIPv4
        #expect(departures(leg) == 0)
    }
}
