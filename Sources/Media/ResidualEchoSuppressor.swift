import CSpeexDSP

/// Takes out what the adaptive filter left of the echo, and steady noise, one period at a time: a short-time spectrum of two periods.
///
/// Residual echo is estimated from the filter's own echo estimate: its share that still hangs together with the estimate is known
/// even while both speak; the rest (reverberation beyond the tail, the loudspeaker's distortion) is learnt while only the far side speaks.
final class ResidualEchoSuppressor {
    let frames: Int
    private let bins: Int
    private let fft: RealFFT
    private let bands: Int
    private let edges: UnsafeMutablePointer<Int32>
    private let window: UnsafeMutablePointer<Float>

    private let errorHistory: UnsafeMutablePointer<Float>
    private let estimateHistory: UnsafeMutablePointer<Float>
    private let buffer: UnsafeMutablePointer<Float>
    private let errorReal: UnsafeMutablePointer<Float>
    private let errorImaginary: UnsafeMutablePointer<Float>
    private let echoReal: UnsafeMutablePointer<Float>
    private let echoImaginary: UnsafeMutablePointer<Float>
    private let errorPower: UnsafeMutablePointer<Float>
    private let echoPower: UnsafeMutablePointer<Float>
    private let residual: UnsafeMutablePointer<Float>
    private let clean: UnsafeMutablePointer<Float>
    private let overlap: UnsafeMutablePointer<Float>
    // Bands.
    private let crossReal: UnsafeMutablePointer<Float>
    private let crossImaginary: UnsafeMutablePointer<Float>
    private let crossEcho: UnsafeMutablePointer<Float>
    private let crossError: UnsafeMutablePointer<Float>
    private let bandError: UnsafeMutablePointer<Float>
    private let bandEcho: UnsafeMutablePointer<Float>
    private let bandNoise: UnsafeMutablePointer<Float>
    private let learntError: UnsafeMutablePointer<Float>
    private let learntEcho: UnsafeMutablePointer<Float>
    private let leak: UnsafeMutablePointer<Float>
    private let coherent: UnsafeMutablePointer<Float>
    private let bandExpected: UnsafeMutablePointer<Float>
    private let bandResidual: UnsafeMutablePointer<Float>

    private let noise: NoiseFloor
    private let howling: HowlingGuard
    private let howlingPower: Float
    var isHowling: Bool { howling.tone != nil }
    private var randomness = ComfortNoise()
    private let noiseFloorGain: Float

    /// 0: only echo; 1: somebody speaks here.
    private(set) var nearPresence: Float = 0
    private var odds: Float = -3
    /// How far the filter can be trusted: 0 as when cold, 1 when its estimate is the echo.
    private(set) var health: Float = 0
    private var failures = 0
    /// Whether the filter's estimate is the echo, as far as anybody can tell.
    var works: Bool { failures < 3 && health > 0 }
    private(set) var isFarActive = false

    /// Added to the evidence of near speech: between residual echo that passes and near speech whose start is lost.
    private static let nearBias: Float = 1.6
    private static let keptOdds: Float = 0.7
    private static let mostOdds: Float = 6
    /// Share of a period that is learnt of the leak: some second of echo.
    private static let learning: Float = 0.01
    /// How much of a period's residual echo is still there in the next: it rings.
    private static let ringing: Float = 0.7
    /// Coherence that chance makes over 150 ms.
    private static let chanceCoherence: Float = 0.1
    /// Residual echo counts this much more than it is estimated: under double talk the filter itself is worse than when it was learnt.
    private static let overestimate: Float = 1.5
    /// What is left at least of a bin with echo: deep while nobody speaks here; less so beside speech, where holes are heard.
    private static let floorFar: Float = 0.05
    private static let floorNear: Float = 0.12
    /// What passes of echo alone.
    private static let closed: Float = 0.003
    /// How much the estimate of speech follows the period before (Ephraim and Malah's decision-directed estimate).
    private static let decision: Float = 0.92

    init(sampleRate: Int, frames: Int, noiseSuppression: Float) {
        self.frames = frames
        let size = RealFFT.size(atLeast: 2 * frames)
        fft = RealFFT(size: size)
        bins = size / 2 + 1
        // What is done to four bins at a time may reach over the last.
        let room = (bins + 3) / 4 * 4
        noiseFloorGain = noiseSuppression
        noise = NoiseFloor(bins: bins)
        howling = HowlingGuard(bins: bins)
        // A tone at −30 dBFS in a window whose squares sum up to `frames`.
        howlingPower = 1_000_000 * Float(frames) * Float(frames) / 4
        window = .zeros(2 * frames)
        for index in 0..<2 * frames {
            window[index] = Float(csound_sin(Double.pi * (Double(index) + 0.5) / Double(2 * frames)))
        }
        // Some 100 Hz wide below 800 Hz, then a seventh of the frequency.
        let resolution = Float(sampleRate) / Float(size)
        var edge: Float = 0
        var places: [Int32] = [0]
        while Int(places[places.count - 1]) < bins {
            edge += max(125, edge / 6)
            let place = min(Int32(bins), Int32((edge / resolution).rounded()))
            places.append(Int32(bins) - place < 4 ? Int32(bins) : place)
        }
        bands = places.count - 1
        edges = .allocate(capacity: places.count)
        edges.initialize(from: places, count: places.count)
        errorHistory = .zeros(frames)
        estimateHistory = .zeros(frames)
        buffer = .zeros(size)
        errorReal = .zeros(room)
        errorImaginary = .zeros(room)
        echoReal = .zeros(room)
        echoImaginary = .zeros(room)
        errorPower = .zeros(room)
        echoPower = .zeros(room)
        residual = .zeros(room)
        clean = .zeros(room)
        overlap = .zeros(frames)
        crossReal = .zeros(bands)
        crossImaginary = .zeros(bands)
        crossEcho = .zeros(bands)
        crossError = .zeros(bands)
        bandError = .zeros(bands)
        bandEcho = .zeros(bands)
        bandNoise = .zeros(bands)
        learntError = .zeros(bands)
        learntEcho = .zeros(bands)
        leak = .zeros(bands)
        bandResidual = .zeros(bands)
        coherent = .zeros(bands)
        bandExpected = .zeros(bands)
        leak.update(repeating: 1, count: bands)
    }

    deinit {
        for pointer in [
            window, errorHistory, estimateHistory, buffer, errorReal, errorImaginary, echoReal, echoImaginary, errorPower,
            echoPower,
            residual, clean, overlap, crossReal, crossImaginary, crossEcho, crossError, bandError, bandEcho, bandNoise,
            learntError,
            learntEcho, leak, bandResidual, coherent, bandExpected,
        ] { pointer.deallocate() }
        edges.deallocate()
    }

    /// One period of what the filter left and of the echo that it took out, in; a period of what is to be sent, one period later, out.
    func process(
        _ error: UnsafePointer<Float>, _ estimate: UnsafePointer<Float>, isFarLoud: Bool, into out: UnsafeMutablePointer<Float>
    ) {
        analyse(error, errorHistory, errorReal, errorImaginary)
        analyse(estimate, estimateHistory, echoReal, echoImaginary)
        gatherBands()
        judgeFilter(isFarLoud: isFarLoud)
        judgeCoherence()
        judgeNear()
        learnLeak()
        noise.update(errorPower)
        applyGains()
        silenceHowling()
        synthesize(into: out)
    }

    private func analyse(
        _ samples: UnsafePointer<Float>, _ history: UnsafeMutablePointer<Float>, _ real: UnsafeMutablePointer<Float>,
        _ imaginary: UnsafeMutablePointer<Float>
    ) {
        for index in 0..<frames {
            buffer[index] = history[index] * window[index]
            buffer[frames &+ index] = samples[index] * window[frames &+ index]
            history[index] = samples[index]
        }
        for index in 2 * frames..<fft.size { buffer[index] = 0 }
        fft.forward(buffer, real, imaginary)
    }

    private func gatherBands() {
        // Over some 150 ms.
        let keep: Float = 0.93
        for band in 0..<bands {
            var (error, echo, real, imaginary): (Float, Float, Float, Float) = (0, 0, 0, 0)
            var floor: Float = 0
            for bin in Int(edges[band])..<Int(edges[band &+ 1]) {
                let (er, ei, yr, yi) = (errorReal[bin], errorImaginary[bin], echoReal[bin], echoImaginary[bin])
                let errorBin = er * er + ei * ei
                let echoBin = yr * yr + yi * yi
                errorPower[bin] = errorBin
                echoPower[bin] = echoBin
                error += errorBin
                echo += echoBin
                real += er * yr + ei * yi
                imaginary += ei * yr - er * yi
                floor += noise.level[bin]
            }
            bandError[band] = error
            bandEcho[band] = echo
            bandNoise[band] = floor
            crossReal[band] = keep * crossReal[band] + (1 - keep) * real
            crossImaginary[band] = keep * crossImaginary[band] + (1 - keep) * imaginary
            crossEcho[band] = keep * crossEcho[band] + (1 - keep) * echo
            crossError[band] = keep * crossError[band] + (1 - keep) * error
        }
    }

    /// Whether what is left still holds the echo as a whole: then the filter does not know the path (any more).
    private func judgeFilter(isFarLoud: Bool) {
        isFarActive = isFarLoud
        var (cross, echo, error): (Float, Float, Float) = (0, 0, 0)
        for band in 0..<bands {
            cross += crossReal[band]
            echo += crossEcho[band]
            error += crossError[band]
        }
        guard isFarLoud else { return }
        // The microphone is error + estimate. A filter that knows the path takes most of the echo away while nobody speaks here, and
        // nothing of what is left goes with its estimate, whoever speaks, but for chance.
        let microphone = max(error + echo + 2 * cross, 0)
        let chance = (error * echo * 0.01).squareRoot()
        if error < 0.2 * microphone {
            health = min(1, health + 0.1)
            failures = max(0, failures - 1)
        } else if abs(cross) > 0.3 * echo + 3 * chance {
            health = max(0, health - 0.2)
            failures = min(10, failures + 1)
        } else {
            // Nothing is wrong for 2.5 s: then there is no echo, or less than the noise.
            health = min(1, health + 0.004)
            failures = max(0, failures - 1)
        }
    }

    /// Whether more is there than residual echo and noise: a logistic regression over the bands, with a memory.
    private func judgeNear() {
        var (sum, first, second, third): (Float, Float, Float, Float) = (0, -5, -5, -5)
        var (error, expected): (Float, Float) = (0, 1)
        for band in 0..<bands {
            let known =
                max(Self.ringing * bandResidual[band], (leak[band] + coherent[band]) * bandEcho[band]) + 2 * bandNoise[band] + 1
            bandExpected[band] = known
            error += bandError[band]
            expected += known
            let excess = min(25, max(-5, Decibels.of(bandError[band] / known)))
            sum += excess
            if excess > first {
                (first, second, third) = (excess, first, second)
            } else if excess > second {
                (second, third) = (excess, second)
            } else if excess > third {
                third = excess
            }
        }
        let broad = min(25, max(-10, Decibels.of(error / expected)))
        var score = 0.0943 * sum / Float(bands) + 0.0944 * (first + second + third) / 3 + 0.083 * first + 0.266 * broad - 2.6
        score = min(5, max(-5, score + Self.nearBias))
        // Speech lasts: what was heard before speaks for now, and it goes on through its short breaks.
        odds = min(Self.mostOdds, max(-Self.mostOdds, Self.keptOdds * odds + score))
        let x = odds
        nearPresence = x > 0 ? (1 + x / (1 + x)) / 2 : (1 + x / (1 - x)) / 2
        nearPresence = min(1, max(0, (nearPresence - 0.3) / 0.4))
    }

    /// What hangs together with the estimate, less what chance makes of it: known even while both speak.
    private func judgeCoherence() {
        for band in 0..<bands {
            let energy = max(crossEcho[band], 1)
            let cross = (crossReal[band] * crossReal[band] + crossImaginary[band] * crossImaginary[band]) / (energy * energy)
            coherent[band] = min(1, max(0, cross - Self.chanceCoherence * crossError[band] / energy))
        }
    }

    private func learnLeak() {
        for band in 0..<bands {
            let echo = bandEcho[band]
            if nearPresence < 0.5, echo > 4 * bandNoise[band] {
                let rate: Float = Self.learning * (1 - 2 * nearPresence)
                learntEcho[band] += rate * (echo - learntEcho[band])
                learntError[band] += rate * (max(bandError[band] - bandNoise[band], 0) - learntError[band])
                leak[band] = min(1, learntError[band] / max(learntEcho[band], 1))
            }
            bandResidual[band] = max(Self.ringing * bandResidual[band], (leak[band] + coherent[band]) * echo)
        }
    }

    private func applyGains() {
        let near = nearPresence
        let echoFloor = Self.floorFar + (Self.floorNear - Self.floorFar) * near
        var (echoes, floors): (Float, Float) = (0, 1)
        for band in 0..<bands {
            echoes += bandResidual[band]
            floors += bandNoise[band]
        }
        // Echo alone: nothing passes but noise. So it is while the filter knows nothing; where no echo would be heard it is left alone.
        let audible = health < 1 ? 1 : min(1, echoes / (0.3 * floors))
        let gate = isFarActive ? 1 - audible * (1 - Self.closed) * (1 - near * health) : 1
        for band in 0..<bands {
            let (first, last) = (Int(edges[band]), Int(edges[band &+ 1]))
            var power: Float = 0
            for bin in first..<last { power += echoPower[bin] }
            let scale = bandResidual[band] / max(power, 1e-6)
            for bin in first..<last { residual[bin] = min(scale, 4) * echoPower[bin] }
        }
        for bin in stride(from: 0, to: bins, by: 4) {
            let power = SIMD4(four: errorPower + bin)
            let floor = SIMD4(four: noise.level + bin)
            let echo = SIMD4(four: residual + bin)
            let interference = floor + Self.overestimate * echo + 1
            let posterior = power / interference
            let prior = Self.decision * SIMD4(four: clean + bin) / interference + (1 - Self.decision) * (posterior - 1).atLeast(0)
            let speech = SpeechGain.of(prior: prior, posterior: posterior)
            (speech * speech * power).store(to: clean + bin)
            // The floor of noise is what noise suppression leaves; that of echo is lower.
            let echoShare = echo / (floor + echo + 1)
            let gain = speech.atLeast(noiseFloorGain + (echoFloor - noiseFloorGain) * echoShare) * gate
            // Where less than that is left of noise, there is comfort noise.
            let missing = (noiseFloorGain * noiseFloorGain - gain * gain).atLeast(0)
            let comfort = (floor * missing).squareRoot()
            let (real, imaginary) = randomness.next()
            (gain * SIMD4(four: errorReal + bin) + comfort * real).store(to: errorReal + bin)
            (gain * SIMD4(four: errorImaginary + bin) + comfort * imaginary).store(to: errorImaginary + bin)
        }
        errorImaginary[0] = 0
        errorImaginary[bins - 1] = 0
    }

    private func silenceHowling() {
        howling.update(errorPower, echo: echoPower, loud: howlingPower)
        guard let tone = howling.tone else { return }
        for bin in max(0, tone - 2)...min(bins - 1, tone + 2) {
            errorReal[bin] *= 0.02
            errorImaginary[bin] *= 0.02
        }
    }

    private func synthesize(into out: UnsafeMutablePointer<Float>) {
        fft.inverse(errorReal, errorImaginary, buffer)
        for index in 0..<frames {
            out[index] = overlap[index] + buffer[index] * window[index]
            overlap[index] = buffer[frames &+ index] * window[frames &+ index]
        }
    }
}
