import Glibc
import Testing

@testable import Board

@Suite("Stretching what is played")
struct DriftResamplerTests {
    /// A tone, stretched by `stretch(period)`, in periods of 160 samples.
    private func stretched(_ input: [Int16], by stretch: (Int) -> Double) -> [Int16] {
        let resampler = DriftResampler(mostSamples: 160)
        var output: [Int16] = []
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: 177) { buffer in
            buffer.initialize(repeating: 0)
            input.withUnsafeBufferPointer { input in
                for period in 0..<input.count / 160 {
                    let count = resampler.process(
                        UnsafeBufferPointer(rebasing: input[period * 160..<period * 160 + 160]), stretch: stretch(period),
                        into: buffer)
                    output += buffer[..<count]
                }
            }
        }
        return output
    }

    private func tone(_ frequency: Double, seconds: Int) -> [Int16] {
        (0..<seconds * 16_000).map { Int16((10_000 * sin(2 * .pi * frequency * Double($0) / 16_000)).rounded()) }
    }

    @Test("While nothing is to be stretched it only delays, bit by bit")
    func untouched() {
        let input = tone(700, seconds: 1)
        let output = stretched(input) { _ in 0 }
        let isSame = output == Array(repeating: 0, count: DriftResampler.latency) + input.dropLast(DriftResampler.latency)
        #expect(isSame)
    }

    @Test("It makes as many samples more or fewer as it is told to", arguments: [-0.002, -0.000_05, 0.000_1, 0.002])
    func length(stretch: Double) {
        let input = tone(700, seconds: 20)
        let output = stretched(input) { _ in stretch }
        let expected = Double(input.count) * (1 + stretch)
        #expect(abs(Double(output.count) - expected) < 2)
    }

    @Test("Silence between tones is silence, and changes nothing else", arguments: [0, 0.000_3, -0.000_3])
    func silence(stretch: Double) {
        let (before, between, after) = (tone(3_000, seconds: 1), tone(700, seconds: 1), tone(1_000, seconds: 1))
        let sounding = stretched(before + between + after) { _ in stretch }
        let pausing = stretched(before + between.map { _ in 0 } + after) { _ in stretch }
        #expect(pausing.count == sounding.count)
        // A sample that comes out hears as many before it as after it, and is half of them late.
        func place(_ second: Int) -> Int { Int(Double(second * 16_000) * (1 + stretch)) + DriftResampler.latency }
        let reach = DriftResampler.latency + 1
        #expect(pausing[..<(place(1) - reach)] == sounding[..<(place(1) - reach)])
        #expect(pausing[(place(2) + reach)...] == sounding[(place(2) + reach)...])
        #expect(pausing[(place(1) + reach)..<(place(2) - reach)].allSatisfy { $0 == 0 })
        // The first tone does not break off where it is still heard.
        #expect(stretch == 0 || pausing[place(1)..<(place(1) + reach)].contains { $0 != 0 })
    }

    @Test("A tone stays a tone: what is left beside it is 70 dB lower, even while the stretch changes")
    func clean() {
        let frequency = 3_000.0
        let output = stretched(tone(frequency, seconds: 4)) { period in period < 200 ? 0 : 0.000_1 }
        // The tone that fits best, over pieces that are too short to hear the stretch in.
        var rest = 0.0
        var power = 0.0
        for start in stride(from: 1_600, to: output.count - 320, by: 320) {
            let piece = output[start..<start + 320].map(Double.init)
            for pitch in [frequency / (start < 32_000 ? 1 : 1.000_1)] {
                var (sine, cosine) = (0.0, 0.0)
                for (index, value) in piece.enumerated() {
                    sine += value * sin(2 * .pi * pitch * Double(index) / 16_000)
                    cosine += value * cos(2 * .pi * pitch * Double(index) / 16_000)
                }
                for (index, value) in piece.enumerated() {
                    let angle = 2 * Double.pi * pitch * Double(index) / 16_000
                    let error = value - (sine * sin(angle) + cosine * cos(angle)) / 160
                    rest += error * error
                    power += value * value
                }
            }
        }
        #expect(10 * log10(power / rest) > 60)
    }
}
