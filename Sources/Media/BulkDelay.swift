/// Finds the delay from loudspeaker to microphone, all the time: cross-spectra of both over half a second of delays at 4 kHz.
///
/// Each spectrum is whitened by what both sides have (the smoothed coherence transform), so that the echo's way shows as a sharp
/// peak whatever is said, and the near side's speech does not show at all.
final class BulkDelay {
    /// Samples at 4 kHz of one block: 32 ms; delays are sought over `partitions` of them.
    static let block = 128
    private static let partitions = 16
    static let range = block * partitions
    private static let bins = block + 1

    private let factor: Int
    private let fft = RealFFT(size: 2 * block)
    private let referenceDecimator: Decimator
    private let microphoneDecimator: Decimator
    private let reference = UnsafeMutablePointer<Float>.zeros(3 * block)
    private let microphone = UnsafeMutablePointer<Float>.zeros(3 * block)
    private var filled = 0
    private var (lastReference, lastMicrophone): (Float, Float) = (0, 0)
    private static let emphasis: Float = 0.95
    private let buffer = UnsafeMutablePointer<Float>.zeros(2 * block)
    private let real = UnsafeMutablePointer<Float>.zeros(bins)
    private let imaginary = UnsafeMutablePointer<Float>.zeros(bins)
    private let weight = UnsafeMutablePointer<Float>.zeros(bins)
    /// Spectra of the last blocks of the reference; a ring.
    private let pastReal = UnsafeMutablePointer<Float>.zeros(partitions * bins)
    private let pastImaginary = UnsafeMutablePointer<Float>.zeros(partitions * bins)
    private let pastEnergy = UnsafeMutablePointer<Float>.zeros(partitions)
    private var newest = 0
    private let crossReal = UnsafeMutablePointer<Float>.zeros(partitions * bins)
    private let crossImaginary = UnsafeMutablePointer<Float>.zeros(partitions * bins)
    private let referencePower = UnsafeMutablePointer<Float>.zeros(bins)
    private let microphonePower = UnsafeMutablePointer<Float>.zeros(bins)
    /// The echo's way, whitened: by delay, at 4 kHz.
    let response = UnsafeMutablePointer<Float>.zeros(range)
    private var next = 0
    private var blocks = 0

    /// The delay of the strongest path in samples at 4 kHz; `nil` while unknown.
    private(set) var peak: Int?
    private var candidate = 0
    private var votes = 0
    /// How far the peak stands above the rest: 6 and more is sure.
    private(set) var confidence: Float = 0
    /// Blocks with something to learn from, ever; for those who average.
    private(set) var learnt = 0
    /// A whole new `response` is there; set by `put`.
    private(set) var isFresh = false

    /// Some 160 ms: a delay that jumps must show within a quarter of a second.
    private static let keep: Float = 0.82

    init(sampleRate: Int, frames: Int) {
        factor = max(1, sampleRate / 4_000)
        referenceDecimator = Decimator(factor: factor, most: frames)
        microphoneDecimator = Decimator(factor: factor, most: frames)
    }

    deinit {
        for pointer in [
            reference, microphone, buffer, real, imaginary, weight, pastReal, pastImaginary, pastEnergy, crossReal,
            crossImaginary,
            referencePower, microphonePower, response,
        ] { pointer.deallocate() }
    }

    /// One period of both. The first `block` places of the buffers hold the block before.
    func put(_ played: UnsafePointer<Int16>, _ captured: UnsafePointer<Int16>, _ count: Int) {
        isFresh = false
        let place = Self.block + filled
        let got = referenceDecimator.process(played, count, into: reference + place)
        _ = microphoneDecimator.process(captured, count, into: microphone + place)
        // Speech is strong where it is low; flattened, the edges of the blocks do not show through in what is whitened.
        for index in place..<place + got {
            let (far, near) = (reference[index], microphone[index])
            reference[index] = far - Self.emphasis * lastReference
            microphone[index] = near - Self.emphasis * lastMicrophone
            (lastReference, lastMicrophone) = (far, near)
        }
        filled += got
        guard filled >= Self.block else { return }
        learn()
        evaluate()
        let rest = filled
        for index in 0..<rest {
            reference[index] = reference[Self.block + index]
            microphone[index] = microphone[Self.block + index]
        }
        filled -= Self.block
    }

    private func learn() {
        newest = (newest + 1) % Self.partitions
        let slot = newest * Self.bins
        fft.forward(reference, pastReal + slot, pastImaginary + slot)
        var energy: Float = 0
        for index in 0..<Self.block { energy += reference[Self.block + index] * reference[Self.block + index] }
        pastEnergy[newest] = energy
        var sounding: Float = 0
        for index in 0..<Self.partitions { sounding = max(sounding, pastEnergy[index]) }
        // Nothing is learnt where nothing was played above −55 dBFS.
        guard sounding > Float(Self.block) * 1_000 else { return }
        learnt += 1
        for index in 0..<Self.block {
            buffer[index] = 0
            buffer[Self.block + index] = microphone[Self.block + index]
        }
        fft.forward(buffer, real, imaginary)
        let keep = Self.keep
        let new = 1 - keep
        for bin in 0..<Self.bins {
            let (xr, xi) = (pastReal[slot + bin], pastImaginary[slot + bin])
            referencePower[bin] = keep * referencePower[bin] + new * (xr * xr + xi * xi)
            microphonePower[bin] = keep * microphonePower[bin] + new * (real[bin] * real[bin] + imaginary[bin] * imaginary[bin])
        }
        for partition in 0..<Self.partitions {
            let past = ((newest - partition + Self.partitions) % Self.partitions) * Self.bins
            let (xr, xi) = (pastReal + past, pastImaginary + past)
            let (cr, ci) = (crossReal + partition * Self.bins, crossImaginary + partition * Self.bins)
            for bin in 0..<Self.bins {
                cr[bin] = keep * cr[bin] + new * (real[bin] * xr[bin] + imaginary[bin] * xi[bin])
                ci[bin] = keep * ci[bin] + new * (imaginary[bin] * xr[bin] - real[bin] * xi[bin])
            }
        }
    }

    /// A part of the partitions at a time.
    private func evaluate() {
        guard learnt > 2 else { return }
        if next == 0 {
            var mean: Float = 0
            for bin in 0..<Self.bins {
                weight[bin] = referencePower[bin] * microphonePower[bin]
                mean += weight[bin]
            }
            let least = mean / Float(Self.bins) * 1e-6 + 1
            // Twice the block's length, half of it zero: a perfect echo gives 1.
            for bin in 0..<Self.bins { weight[bin] = 1.414 / (weight[bin] + least).squareRoot() }
        }
        for _ in 0..<Self.atOnce {
            let slot = next * Self.bins
            for bin in 0..<Self.bins {
                real[bin] = crossReal[slot + bin] * weight[bin]
                imaginary[bin] = crossImaginary[slot + bin] * weight[bin]
            }
            imaginary[0] = 0
            imaginary[Self.bins - 1] = 0
            fft.inverse(real, imaginary, buffer)
            for index in 0..<Self.block { response[next * Self.block + index] = buffer[index] }
            next += 1
        }
        guard next == Self.partitions else { return }
        next = 0
        isFresh = true
    }

    private static let atOnce = 8

    /// Looks at a fresh response. Where the peak `holds`, another one is not believed.
    func judge(holds: Bool) {
        var sum: Float = 0
        var (best, place): (Float, Int) = (0, 0)
        for index in 0..<Self.range {
            let value = abs(response[index])
            sum += value * value
            if value > best { (best, place) = (value, index) }
        }
        let spread = (sum / Float(Self.range)).squareRoot()
        confidence = best / max(spread, 1e-9)
        guard confidence > 7, best > 0.06 else {
            votes = 0
            return
        }
        if let peak {
            var here: Float = 0
            for index in max(0, peak - 6)...min(Self.range - 1, peak + 6) { here = max(here, abs(response[index])) }
            if abs(place - peak) <= 6 || holds {
                votes = 0
                return
            }
            // Another way is now clearly the stronger one.
            guard best > 1.3 * here else {
                votes = 0
                return
            }
        }
        votes = abs(place - candidate) <= 2 ? votes + 1 : 1
        candidate = place
        if votes >= 2 {
            peak = place
            votes = 0
        }
    }

    /// The reference became later by so many samples at 4 kHz: what was found is that much less.
    func shift(by count: Int) {
        guard let old = peak else { return }
        peak = max(0, old - count)
    }
}
