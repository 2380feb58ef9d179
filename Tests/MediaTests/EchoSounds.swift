import Base

@testable import Media

/// Sounds for the echo path's tests: what is played, a small room, and somebody who speaks.
enum EchoSounds {
    static let rate = 16_000

    /// Noise of even level, -peak...peak.
    static func noise(_ count: Int, peak: Int, seed: UInt64) -> [Int16] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in Int16(truncatingIfNeeded: Int(random.next() % UInt64(2 * peak + 1)) - peak) }
    }

    /// Noise in syllables of 200 ms with breaks of 120 ms, lower tones stronger: what echo cancellers take for speech.
    static func speech(_ count: Int, peak: Int, seed: UInt64) -> [Int16] {
        var smooth: Float = 0
        return noise(count, peak: peak, seed: seed).enumerated().map { index, sample in
            smooth += 0.5 * (Float(sample) - smooth)
            let place = index % (rate * 320 / 1_000)
            let edge = Float(min(place, max(0, rate / 5 - place))) / 400
            return Int16(smooth * min(1, edge) * 1.5)
        }
    }

    /// A direct path at `delay` samples and reflections that die away within 50 ms; without drift.
    static func echo(of played: [Int16], delay: Int, gain: Float = 0.4, seed: UInt64 = 77) -> [Float] {
        var random = RandomSource(seed: seed)
        var taps: [(Int, Float)] = [(delay, gain)]
        for index in 1...20 {
            let strength = gain * 0.5 * (1 - Float(index) / 21)
            taps.append((delay + index * 40 + Int(random.next() % 30), random.next() % 2 == 0 ? strength : -strength))
        }
        var heard = [Float](repeating: 0, count: played.count)
        for (lag, strength) in taps {
            for index in lag..<max(lag, played.count) { heard[index] += strength * Float(played[index - lag]) }
        }
        return heard
    }

    static func samples(_ values: [Float]) -> [Int16] { values.map { Int16(clamping: Int($0.rounded())) } }

    static func power(_ samples: some Collection<Int16>) -> Float {
        samples.reduce(0) { $0 + Float($1) * Float($1) } / Float(max(1, samples.count))
    }

    /// In dB.
    static func level(_ samples: some Collection<Int16>, above other: some Collection<Int16>) -> Float {
        Decibels.of((power(samples) + 0.1) / (power(other) + 0.1))
    }
}
