import Rig

/// The same noise on every run, from -1 to 1.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(Int32(truncatingIfNeeded: state >> 16)) / 2_147_483_648
    }
}

/// Telephone sound from samples between -1 and 1.
func sound(_ samples: [Double]) -> WAV {
    WAV(rate: 8_000, samples: samples.map { Int16(max(-32_768, min(32_767, ($0 * 32_767).rounded()))) })
}

func silence(_ count: Int) -> [Double] { [Double](repeating: 0, count: count) }

/// Something like speech: syllables of a buzz at a wandering pitch, with breath in it, louder and softer.
func babble(seed: UInt64, seconds: Int) -> [Double] {
    var noise = Noise(seed: seed)
    var samples: [Double] = []
    var phase = 0.0
    while samples.count < seconds * 8_000 {
        let length = 900 + Int(600 * noise.next())
        let pitch = 150 + 60 * noise.next()
        let loudness = 0.3 + 0.2 * noise.next()
        let breath = 0.15 * abs(noise.next())
        for index in 0..<length {
            phase += pitch / 8_000
            let buzz = (1...6).reduce(0.0) { $0 + sine(phase * Double($1)) / Double($1 + 1) }
            let shape = sine(Double(index) / Double(2 * length))
            samples.append(loudness * shape * (buzz + breath * noise.next()) / 2)
        }
    }
    return Array(samples.prefix(seconds * 8_000))
}

/// The sine of so many turns, by a polynomial: good enough, and the same on every machine.
func sine(_ turns: Double) -> Double {
    var turn = turns.truncatingRemainder(dividingBy: 1)
    if turn < 0 { turn += 1 }
    let sign = turn < 0.5 ? 1.0 : -1.0
    let half = (turn < 0.5 ? turn : turn - 0.5) * 2 * .pi
    let angle = half > .pi / 2 ? .pi - half : half
    let square = angle * angle
    return sign * angle * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72))))
}
