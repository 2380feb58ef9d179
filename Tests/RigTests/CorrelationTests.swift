import Testing

@testable import Rig

@Suite("Who heard whom, by correlation")
struct CorrelationTests {
    @Test("The same sound is found, and how much later", arguments: [0, 1, 737, 4_000])
    func same(delay: Int) {
        let said = babble(seed: 1, seconds: 4)
        let found = Correlation(of: sound(silence(delay) + said), with: sound(said))
        #expect(found.isHeard)
        #expect(abs(found.lag * 8_000 - Double(delay)) < 1.5)
    }

    @Test("Of a recording that begins in the middle the delay is negative")
    func middle() {
        let said = babble(seed: 1, seconds: 5)
        let found = Correlation(of: sound(Array(said.dropFirst(12_000))), with: sound(said))
        #expect(found.isHeard)
        #expect(abs(found.lag + 1.5) < 0.001)
        #expect(abs(found.said.lowerBound - 1.5) < 0.001)
    }

    @Test("Another speaker is not taken for this one", arguments: [2, 3, 4])
    func other(seed: UInt64) {
        let found = Correlation(of: sound(babble(seed: seed, seconds: 5)), with: sound(babble(seed: 1, seconds: 5)))
        #expect(!found.isHeard)
        #expect(found.found <= 1)
    }

    @Test("Silence hears nobody, and neither does less than a second")
    func nothing() {
        let said = babble(seed: 1, seconds: 3)
        #expect(!Correlation(of: sound(silence(24_000)), with: sound(said)).isHeard)
        #expect(!Correlation(of: sound(Array(said.prefix(7_999))), with: sound(said)).isHeard)
        #expect(!Correlation(of: sound(said), with: sound([])).isHeard)
        #expect(Correlation(of: sound([]), with: sound(said)).windows == 0)
    }

    @Test("Soft, noisy and in the steps of a telephone it is still heard")
    func scratched() {
        let said = babble(seed: 1, seconds: 4)
        var noise = Noise(seed: 9)
        // Sixteen steps from each power of two to the next, as G.711 has.
        let recorded = said.map { sample in
            let soft = sample * 0.2 + 0.001 * noise.next()
            let step = soft.ulp * Double(1 << 48)
            return (soft / step).rounded() * step
        }
        #expect(Correlation(of: sound(silence(800) + recorded), with: sound(said)).isHeard)
    }

    @Test("A jitter buffer's slip spoils a window and not the verdict")
    func slip() {
        let said = babble(seed: 1, seconds: 6)
        let recorded = Array(said.prefix(20_000)) + silence(160) + said.dropFirst(20_000)
        let found = Correlation(of: sound(recorded), with: sound(said))
        #expect(found.isHeard)
        #expect(found.found >= found.windows - 1)
    }

    @Test("With its seconds in the wrong order it is not the same talk")
    func shuffled() {
        let said = babble(seed: 1, seconds: 6)
        let seconds = [4, 2, 0, 5, 3, 1].flatMap { said[$0 * 8_000..<($0 + 1) * 8_000] }
        #expect(!Correlation(of: sound(seconds), with: sound(said)).isHeard)
    }

    @Test("Where nobody spoke does not count against it")
    func pauses() {
        let said = babble(seed: 1, seconds: 4)
        let found = Correlation(of: sound(silence(24_000) + said + silence(24_000)), with: sound(said))
        #expect(found.isHeard)
        #expect(found.windows == 4)
    }

    @Test("Half of a call without the other side is not heard enough")
    func half() {
        let said = babble(seed: 1, seconds: 3)
        let found = Correlation(of: sound(said + babble(seed: 7, seconds: 4)), with: sound(said))
        #expect(!found.isHeard)
    }
}

@Suite("Spectrum")
struct SpectrumTests {
    @Test("A tone is one line and its mirror image")
    func tone() {
        var spectrum = Spectrum((0..<64).map { sine(5 * Double($0) / 64) }, size: 64)
        spectrum.transform()
        for index in 0..<64 {
            let power = spectrum.real[index] * spectrum.real[index] + spectrum.imaginary[index] * spectrum.imaginary[index]
            #expect(abs(power - (index == 5 || index == 59 ? 1_024 : 0)) < 0.1)
        }
    }

    @Test("A conjugate product, transformed back, is the sum of products at each lag")
    func correlation() {
        let (long, short): ([Double], [Double]) = ([1, 2, 3, 4, 5, 6], [1, -1, 2])
        var product = Spectrum(long, size: 16)
        var other = Spectrum(short, size: 16)
        product.transform()
        other.transform()
        product.multiply(conjugate: other)
        product.transform(inverse: true)
        // With or without the factor of the size: what matters is that all lags have the same.
        let scale = product.real[0] / (1 * 1 - 2 + 3 * 2)
        #expect(scale > 0)
        for lag in 0...3 {
            let expected = zip(long[lag...], short).reduce(0.0) { $0 + $1.0 * $1.1 }
            #expect(abs(product.real[lag] - expected * scale) < 1e-9 * scale)
        }
    }
}
