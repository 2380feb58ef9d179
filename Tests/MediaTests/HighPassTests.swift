import Testing

@testable import Media

@Suite("HighPass")
struct HighPassTests {
    /// How loud a square wave comes out, as a part of what went in; its overtones count too. 0 Hz is a steady level.
    private func gain(_ frequency: Int, through limit: Double, rate: Int = 16_000) -> Double {
        let frames = rate / 100
        let filter = HighPass(frequency: limit, sampleRate: rate, frames: frames)
        var energy = 0.0
        for period in 0..<200 {
            let samples = (0..<frames).map { index -> Int16 in
                guard frequency > 0 else { return 10_000 }
                return (period * frames + index) * frequency * 2 / rate % 2 == 0 ? 10_000 : -10_000
            }
            let out = samples.withUnsafeBufferPointer { Array(filter.process($0)) }
            if period >= 100 { energy += out.reduce(0) { $0 + Double($1) * Double($1) } }
        }
        return (energy / Double(100 * frames)).squareRoot() / 10_000
    }

    @Test("A steady offset is gone, a voice is untouched")
    func offset() {
        #expect(gain(0, through: 100) < 0.001)
        #expect((0.98...1.02).contains(gain(1_000, through: 100)))
        #expect((0.98...1.02).contains(gain(1_000, through: 100, rate: 8_000)))
    }

    @Test("What lies an octave or more below is weaker the higher the limit")
    func slope() {
        let hum = [60.0, 100, 200, 400].map { gain(25, through: $0) }
        #expect(hum == hum.sorted(by: >))
        #expect(hum[3] < 0.5)
    }

    @Test("Off, it hands through what it got")
    func off() {
        #expect(gain(0, through: 0) == 1)
        #expect(gain(0, through: 9_000) == 1)
    }
}
