import Testing

@testable import Media

@Suite("RealFFT")
struct RealFFTTests {
    @Test(
        "Its bins are those of the sum that defines them, and the way back gives the samples",
        arguments: [32, 64, 160, 256, 320, 512, 640])
    func definition(size: Int) {
        let fft = RealFFT(size: size)
        let samples = EchoSounds.noise(size, peak: 1_000, seed: UInt64(size)).map { Float($0) }
        var real = [Float](repeating: 0, count: size / 2 + 1)
        var imaginary = real
        var back = [Float](repeating: 0, count: size)
        fft.forward(samples, &real, &imaginary)
        fft.inverse(real, imaginary, &back)
        for bin in stride(from: 0, through: size / 2, by: max(1, size / 32)) {
            var (expected, expectedImaginary) = (0.0, 0.0)
            for index in 0..<size {
                let angle = -2 * Double.pi * Double(bin * index % size) / Double(size)
                expected += Double(samples[index]) * csoundCosine(angle)
                expectedImaginary += Double(samples[index]) * csoundSine(angle)
            }
            #expect(abs(Double(real[bin]) - expected) < 0.5)
            #expect(abs(Double(imaginary[bin]) - expectedImaginary) < 0.5)
        }
        #expect(zip(back, samples).allSatisfy { abs($0 - $1) < 0.05 })
    }

    private func csoundSine(_ x: Double) -> Double { Sine.of(x) }
    private func csoundCosine(_ x: Double) -> Double { Sine.of(x + Double.pi / 2) }
}

/// The exponential without a library, for tests.
enum Exponential {
    static func of(_ x: Double) -> Double {
        // e^x = (e^(x/1024))^1024.
        let small = x / 1_024
        var result = 1 + small * (1 + small * (0.5 + small * (1.0 / 6 + small / 24)))
        for _ in 0..<10 { result *= result }
        return result
    }
}

/// The sine without a library, for tests.
enum Sine {
    static func of(_ angle: Double) -> Double {
        let x = angle.remainder(dividingBy: 2 * Double.pi)
        var (term, sum) = (x, x)
        for n in 1...14 {
            term *= -x * x / Double(2 * n * (2 * n + 1))
            sum += term
        }
        return sum
    }
}

@Suite("Decibels without a logarithm")
struct DecibelsTests {
    @Test(
        "Known ratios",
        arguments: [(1, 0), (10, 10), (2, 3.0103), (0.5, -3.0103), (1e-6, -60), (12_345, 40.9149)] as [(Float, Float)])
    func known(ratio: Float, decibels: Float) {
        #expect(abs(Decibels.of(ratio) - decibels) < 0.01)
    }

    @Test("Nothing, and what is no number, have bounds")
    func bounds() {
        #expect(Decibels.of(0) == -200)
        #expect(Decibels.of(.infinity) == 200)
        #expect(abs(Decibels.of(.nan)) == 200)
    }
}

@Suite("Decimator")
struct DecimatorTests {
    private func passes(_ frequency: Double) -> Float {
        let decimator = Decimator(factor: 4, most: 160)
        var out = [Float](repeating: 0, count: 40)
        var energy: Float = 0
        for period in 0..<20 {
            let samples = (0..<160).map {
                Int16(10_000 * Sine.of(2 * Double.pi * frequency * Double(period * 160 + $0) / 16_000))
            }
            #expect(decimator.process(samples, 160, into: &out) == 40)
            if period > 2 { energy += out.reduce(0) { $0 + $1 * $1 } }
        }
        return Decibels.of(energy / (17 * 40 * 5e7))
    }

    @Test("What is low passes, what would fold back does not")
    func bands() {
        #expect(abs(passes(500)) < 0.5)
        #expect(abs(passes(1_200)) < 1)
        #expect(passes(3_000) < -35)
        #expect(passes(5_000) < -35)
    }
}

@Suite("ReferenceLine: what was played, by the microphone's clock")
struct ReferenceLineTests {
    private static func wave(_ index: Double) -> Double { 8_000 * Sine.of(2 * Double.pi * 1_000 * index / 16_000) }

    /// The last period of `periods` with a drift, and the place in what was played that its first sample should have.
    private func last(_ periods: Int, drift: Double) -> (samples: [Int16], place: Double) {
        let line = ReferenceLine(frames: 160)
        line.drift = drift
        var moved = 0
        for period in 0..<periods {
            let played = (0..<160).map { Int16(Self.wave(Double(period * 160 + $0)).rounded()) }
            line.append(played, 160)
            moved += line.advance()
        }
        var samples = [Int16](repeating: 0, count: 160)
        // What moved is made up for by the lag, so that nothing jumps for who reads.
        line.copy(lag: 320 - moved, into: &samples)
        return (samples, Double((periods - 1) * 160 - 320) - drift * Double(periods * 160 - 320))
    }

    @Test("Without drift it is what was played, sample for sample")
    func plain() {
        let (samples, place) = last(20, drift: 0)
        #expect(samples.indices.allSatisfy { abs(Double(samples[$0]) - Self.wave(place + Double($0))) <= 1 })
    }

    @Test("With drift it is what was played at that pace, also after the room for it was used up", arguments: [300e-6, -300e-6])
    func drift(_ drift: Double) {
        let (samples, place) = last(600, drift: drift)
        let worst = samples.indices.map { abs(Double(samples[$0]) - Self.wave(place + Double($0) * (1 - drift))) }.max() ?? 0
        #expect(worst < 200)
    }

    @Test("After a time in which nothing was captured it is as far behind as before")
    func pause() {
        let line = ReferenceLine(frames: 160)
        var samples = [Int16](repeating: 0, count: 160)
        var next: Int16 = 0
        func play() {
            line.append((0..<160).map { next &+ $0 }, 160)
            next &+= 160
        }
        for _ in 0..<5 {
            play()
            _ = line.advance()
        }
        line.copy(lag: 0, into: &samples)
        let behind = next - samples[0]
        for _ in 0..<37 { play() }
        play()
        #expect(line.advance() == 0)
        line.copy(lag: 0, into: &samples)
        #expect(next - samples[0] == behind)
    }
}

@Suite("BulkDelay: how long sound takes from loudspeaker to microphone")
struct BulkDelayTests {
    private func find(_ played: [Int16], _ heard: [Int16], rate: Int) -> [Int?] {
        let bulk = BulkDelay(sampleRate: rate, frames: rate / 100)
        var found: [Int?] = []
        for start in stride(from: 0, to: played.count - rate / 100 + 1, by: rate / 100) {
            let count = rate / 100
            bulk.put(Array(played[start..<start + count]), Array(heard[start..<start + count]), count)
            if bulk.isFresh { bulk.judge(holds: false) }
            found.append(bulk.peak)
        }
        return found
    }

    @Test("It is known within a second, whatever it is", arguments: [(16_000, 10), (16_000, 123), (16_000, 400), (8_000, 77)])
    func delay(rate: Int, milliseconds: Int) {
        let played = EchoSounds.speech(rate * 12 / 10, peak: 10_000, seed: 12)
        let echo = EchoSounds.samples(EchoSounds.echo(of: played, delay: rate * milliseconds / 1_000))
        let found = find(played, echo, rate: rate).compactMap { $0 }
        #expect(found.last.map { abs($0 - 4 * milliseconds) <= 2 } == true)
    }

    @Test("Somebody who speaks here is not taken for an echo")
    func near() {
        let found = find(
            EchoSounds.speech(48_000, peak: 10_000, seed: 13), EchoSounds.speech(48_000, peak: 10_000, seed: 14), rate: 16_000)
        #expect(found.compactMap { $0 }.isEmpty)
    }

    @Test("Nothing is learnt from silence")
    func silence() {
        let found = find([Int16](repeating: 0, count: 16_000), EchoSounds.speech(16_000, peak: 10_000, seed: 14), rate: 16_000)
        #expect(found.compactMap { $0 }.isEmpty)
    }
}

@Suite("DriftEstimator")
struct DriftEstimatorTests {
    @Test("A shift between samples is measured to a hundredth of one", arguments: [-1.3, -0.25, 0, 0.4, 2.1])
    func offset(shift: Double) throws {
        func band(_ x: Double) -> Float {
            let scaled = 0.8 * Double.pi * x
            let window = abs(x) < 60 ? 0.5 + 0.5 * Sine.of(Double.pi * x / 60 + Double.pi / 2) : 0
            return Float((abs(scaled) < 1e-9 ? 1 : Sine.of(scaled) / scaled) * window)
        }
        func way(_ late: Double) -> [Float] {
            (0..<160).map { band(Double($0) - 60 - late) - 0.5 * band(Double($0) - 81.3 - late) }
        }
        let (found, likeness) = try #require(DriftEstimator.offset(of: way(shift), from: way(0), count: 160))
        #expect(abs(Double(found) - shift) < 0.02)
        #expect(likeness > 0.95)
    }

    @Test("Clocks that differ by 80 ppm are found to", arguments: [80.0, -80.0])
    func drift(ppm: Double) {
        let count = 16_000 * 7
        let played = EchoSounds.speech(count, peak: 16_000, seed: 15)
        // Read off between samples in a straight line: enough below 2 kHz, and that is where it looks.
        let heard = (0..<count).map { index -> Float in
            let place = Double(index) * (1 - ppm * 1e-6) - 600
            let whole = Int(place.rounded(.down))
            guard whole >= 0, whole + 1 < count else { return 0 }
            let part = Float(place - Double(whole))
            return 0.4 * (Float(played[whole]) * (1 - part) + Float(played[whole + 1]) * part)
        }
        var settings = VoiceSettings()
        settings.echoTail = 64
        let (_, seconds) = EchoTrial(settings).run(played: played, microphone: EchoSounds.samples(heard))
        #expect(abs(Double(seconds.last?.drift ?? 0) - ppm) < 10)
    }

    @Test("Clocks that are the same are found to be")
    func none() {
        let played = EchoSounds.speech(80_000, peak: 16_000, seed: 16)
        let heard = EchoSounds.samples(EchoSounds.echo(of: played, delay: 700))
        var settings = VoiceSettings()
        settings.echoTail = 64
        let (_, seconds) = EchoTrial(settings).run(played: played, microphone: heard)
        #expect(abs(seconds.last?.drift ?? 100) < 4)
    }
}

@Suite("ResidualEchoSuppressor and its parts")
struct ResidualEchoSuppressorTests {
    @Test("Noise's mean is found below speech that comes and goes")
    func noiseFloor() {
        let floor = NoiseFloor(bins: 4)
        for period in 0..<1_200 {
            let noise = EchoSounds.noise(4, peak: 100, seed: UInt64(period + 1)).map { Float($0) * Float($0) / 3_333 * 100 }
            let speech: Float = period % 80 < 40 ? 20_000 : 0
            floor.update(noise.map { $0 + speech })
        }
        for bin in 0..<4 { #expect((50...200).contains(floor.level[bin])) }
    }

    @Test("Comfort noise has the power 1 and no direction, and bins side by side have nothing to do with each other")
    func comfort() {
        var comfort = ComfortNoise()
        var (power, real, imaginary, together): (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>) = (
            .zero, .zero, .zero, .zero
        )
        for _ in 0..<10_000 {
            let (x, y) = comfort.next()
            power += x * x + y * y
            real += x
            imaginary += y
            together += x * SIMD4(x.w, x.x, x.y, x.z)
        }
        for lane in 0..<4 {
            #expect(abs(power[lane] / 10_000 - 1) < 0.05)
            #expect(abs(real[lane]) / 10_000 < 0.05 && abs(imaginary[lane]) / 10_000 < 0.05)
            #expect(abs(together[lane]) / 10_000 < 0.05)
        }
    }

    @Test(
        "The gain of speech is Ephraim and Malah's, to 2 %",
        arguments: [(0.1, 0.5), (0.1, 4), (1, 0.2), (1, 1), (1, 10), (30, 0.1), (30, 3), (300, 300)] as [(Float, Float)])
    func gain(prior: Float, posterior: Float) {
        let wiener = Double(prior / (1 + prior))
        let v = wiener * Double(posterior)
        // The exponential integral by its own definition, from v to far beyond where anything is left.
        let steps = 200_000
        let width = 40.0 / Double(steps)
        let integral = (0..<steps).reduce(0.0) { sum, step in
            let t = v + (Double(step) + 0.5) * width
            return sum + Exponential.of(-t) / t * width
        }
        let expected = min(1, wiener * Exponential.of(integral / 2))
        let found = SpeechGain.of(prior: SIMD4(repeating: prior), posterior: SIMD4(repeating: posterior))
        for lane in 0..<4 { #expect(abs(Double(found[lane]) / expected - 1) < 0.02) }
    }

    @Test("What is left of echo goes; the same sound without echo stays")
    func residual() {
        func sent(echo: Float) -> Float {
            let suppressor = ResidualEchoSuppressor(sampleRate: 16_000, frames: 160, noiseSuppression: 0.2)
            let sound = EchoSounds.speech(48_000, peak: 16_000, seed: 20).map { Float($0) }
            let other = EchoSounds.speech(48_000, peak: 16_000, seed: 21).map { Float($0) }
            var out = [Float](repeating: 0, count: 160)
            var energy: Float = 0
            for start in stride(from: 0, to: 48_000, by: 160) {
                // A twentieth is left of the echo, and not in step with it.
                let error = (0..<160).map { 0.05 * other[start + $0] }
                suppressor.process(error, (0..<160).map { echo * sound[start + $0] }, isFarLoud: echo > 0, into: &out)
                if start >= 24_000 { energy += out.reduce(0) { $0 + $1 * $1 } }
            }
            return energy
        }
        #expect(Decibels.of(sent(echo: 0) / sent(echo: 1)) > 12)
    }

    @Test("A tone that holds on both sides is howling; on one side, or speech, it is not")
    func howling() {
        func guarded(_ power: [Float], _ echo: [Float], periods: Int) -> Int? {
            let howling = HowlingGuard(bins: power.count)
            for _ in 0..<periods { howling.update(power, echo: echo, loud: 1_000) }
            return howling.tone
        }
        var tone = [Float](repeating: 1, count: 64)
        tone[20] = 100_000
        let speech = (0..<64).map { Float(10_000 / ($0 + 1)) }
        #expect(guarded(tone, tone, periods: 70) == 20)
        #expect(guarded(tone, tone, periods: 40) == nil)
        #expect(guarded(tone, speech, periods: 200) == nil)
        #expect(guarded(speech, speech, periods: 200) == nil)
    }
}
