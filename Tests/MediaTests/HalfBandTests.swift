import Testing

@testable import Media

@Suite("Between 8 and 16 kHz")
struct HalfBandTests {
    private func tone(_ frequency: Double, rate: Double, count: Int) -> [Int16] {
        (0..<count).map { Int16((10_000 * sine(2 * .pi * frequency * Double($0) / rate)).rounded()) }
    }

    private func sine(_ x: Double) -> Double {
        // Test targets have no libm of their own either: a series about the nearest multiple of 2π.
        let y = x - (x / (2 * .pi)).rounded() * 2 * .pi
        var term = y
        var sum = y
        for index in 1...14 {
            term *= -y * y / Double(2 * index) / Double(2 * index + 1)
            sum += term
        }
        return sum
    }

    private func up(_ samples: [Int16]) -> [Int16] {
        let filter = Upsampler()
        defer { filter.deallocate() }
        var result = [Int16](repeating: 0, count: samples.count * 2)
        result.withUnsafeMutableBufferPointer { filter.process(samples, samples.count, into: $0.baseAddress!) }
        return result
    }

    private func down(_ samples: [Int16]) -> [Int16] {
        let filter = Downsampler()
        defer { filter.deallocate() }
        var result = [Int16](repeating: 0, count: samples.count / 2)
        result.withUnsafeMutableBufferPointer { filter.process(samples, samples.count, into: $0.baseAddress!) }
        return result
    }

    /// Mean square of the difference over that of the signal, in settled samples.
    private func error(_ left: [Int16], _ right: [Int16]) -> Double {
        var difference = 0.0
        var power = 1.0
        for index in 200..<min(left.count, right.count) - 200 {
            difference += (Double(left[index]) - Double(right[index])) * (Double(left[index]) - Double(right[index]))
            power += Double(left[index]) * Double(left[index])
        }
        return difference / power
    }

    @Test("A tone of the telephone's band goes up the same, 23 samples later", arguments: [100.0, 300, 1_000, 2_500, 3_400])
    func upwards(frequency: Double) {
        let expected = tone(frequency, rate: 16_000, count: 3_200)
        let found = Array(up(tone(frequency, rate: 8_000, count: 1_600)).dropFirst(HalfBand.delay))
        #expect(error(expected, found) < 1e-5)
    }

    @Test("It goes down the same, 22 samples of 16 kHz later", arguments: [100.0, 300, 1_000, 2_500, 3_400])
    func downwards(frequency: Double) {
        let expected = tone(frequency, rate: 8_000, count: 1_600)
        let found = Array(down(tone(frequency, rate: 16_000, count: 3_200)).dropFirst((HalfBand.delay - 1) / 2))
        #expect(error(expected, found) < 1e-5)
    }

    @Test("What 8 kHz cannot carry does not come back as another tone", arguments: [4_600.0, 5_200, 6_000, 7_500])
    func aliasing(frequency: Double) {
        let left = down(tone(frequency, rate: 16_000, count: 3_200)).dropFirst(100).map { Double($0) * Double($0) }
        // 60 dB below the 10 000 that went in; an 8 is about one step of rounding.
        #expect((left.reduce(0, +) / Double(left.count)).squareRoot() < 8)
    }

    @Test("Full scale of either sign is clipped and does not trap")
    func extremes() {
        let square = (0..<800).map { $0 / 5 % 2 == 0 ? Int16.max : .min }
        #expect(up(square).contains(.max) && down(up(square)).contains(.min))
    }
}
