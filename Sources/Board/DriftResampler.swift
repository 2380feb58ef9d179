import Glibc

/// Makes a stream of samples some millionths longer or shorter, without clicks: what a second clock needs.
///
/// A windowed sinc of 32 taps, read out between the samples. While nothing is to be corrected, samples come through as they are,
/// `latency` samples late. Neither allocates nor waits.
final class DriftResampler {
    static let latency = taps / 2

    private static let taps = 32
    /// Between two of them the filter is interpolated, which then is right to -85 dB.
    private static let phases = 128

    private let filters: UnsafeMutablePointer<Float>
    private let samples: UnsafeMutablePointer<Float>
    private let capacity: Int
    private var count = taps - 1
    /// After the last sample that is not zero: from there on silence comes out, and a door is silent for most of its life.
    private var silence = 0
    /// Where the next sample to come out lies: the first tap's place in `samples`.
    private var position = 0.0

    /// For at most so many samples at a time.
    init(mostSamples: Int) {
        capacity = mostSamples + Self.taps * 2
        samples = .allocate(capacity: capacity)
        samples.initialize(repeating: 0, count: capacity)
        filters = .allocate(capacity: (Self.phases + 1) * Self.taps)
        for phase in 0...Self.phases {
            for tap in 0..<Self.taps {
                let distance = Double(tap - Self.taps / 2 + 1) - Double(phase) / Double(Self.phases)
                filters[phase * Self.taps + tap] = Float(Self.sinc(distance) * Self.window(distance))
            }
        }
    }

    deinit {
        samples.deallocate()
        filters.deallocate()
    }

    /// Writes what `input` becomes when it is stretched by `stretch` (0.0001 is 100 parts per million longer).
    ///
    /// - Returns: how many samples were written; those for which there is no room are lost.
    func process(_ input: UnsafeBufferPointer<Int16>, stretch: Double, into output: UnsafeMutableBufferPointer<Int16>) -> Int {
        append(input[..<min(input.count, capacity - count)])
        let step = 1 / (1 + min(max(stretch, -0.01), 0.01))
        let end = Double(count - Self.taps + 1)
        var written = 0
        while position < end {
            if written < output.count { output[written] = position < Double(silence) ? sample(at: position) : 0 }
            written += 1
            position += step
        }
        let used = min(Int(position), count)
        if used > 0 {
            samples.update(from: samples + used, count: count - used)
            count -= used
            position -= Double(used)
            silence = max(0, silence - used)
        }
        return min(written, output.count)
    }

    private func append(_ input: Slice<UnsafeBufferPointer<Int16>>) {
        if silence == 0, input.allSatisfy({ $0 == 0 }) {
            (samples + count).update(repeating: 0, count: input.count)
        } else {
            for (index, sample) in input.enumerated() {
                samples[count + index] = Float(sample)
                if sample != 0 { silence = count + index + 1 }
            }
        }
        count += input.count
    }

    private func sample(at position: Double) -> Int16 {
        let start = samples + Int(position)
        let between = Float((position - Double(Int(position))) * Double(Self.phases))
        if between == 0 { return Int16(clamping: Int(start[Self.taps / 2 - 1])) }
        let phase = min(Int(between), Self.phases - 1)
        let weight = between - Float(phase)
        let lower = filters + phase * Self.taps
        let upper = lower + Self.taps
        var sum: Float = 0
        for tap in 0..<Self.taps { sum += start[tap] * (lower[tap] + weight * (upper[tap] - lower[tap])) }
        return Int16(clamping: Int(sum.rounded()))
    }

    private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }

    /// Kaiser's, with its side lobes at -80 dB or so.
    private static func window(_ distance: Double) -> Double {
        let x = distance / Double(taps / 2)
        return abs(x) >= 1 ? 0 : bessel(8 * (1 - x * x).squareRoot()) / bessel(8)
    }

    /// The modified Bessel function I0, by its series.
    private static func bessel(_ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        for k in 1..<40 {
            term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
            sum += term
        }
        return sum
    }
}
