import CSpeexDSP

/// Takes every n-th sample after a low-pass, for what needs to know when and not what.
final class Decimator {
    private let factor: Int
    private let taps: Int
    private let kernel: UnsafeMutablePointer<Float>
    /// The last samples, oldest first; new ones come behind them.
    private let history: UnsafeMutablePointer<Float>
    private var phase = 0

    /// `most` samples at a time.
    init(factor: Int, most: Int) {
        self.factor = factor
        taps = 8 * factor
        kernel = .zeros(taps)
        history = .zeros(taps + most)
        var sum: Float = 0
        for index in 0..<taps {
            let x = Double.pi * (Double(index) - Double(taps - 1) / 2) / Double(factor)
            let window = 0.5 - 0.5 * csound_sin(2 * Double.pi * (Double(index) + 0.5) / Double(taps) + Double.pi / 2)
            // The edge a little below half of the new rate.
            kernel[index] = Float((x == 0 ? 0.9 : csound_sin(0.9 * x) / x) * window)
            sum += kernel[index]
        }
        for index in 0..<taps { kernel[index] /= sum }
    }

    deinit {
        kernel.deallocate()
        history.deallocate()
    }

    /// Says how many samples it wrote to `out`.
    func process(_ samples: UnsafePointer<Int16>, _ count: Int, into out: UnsafeMutablePointer<Float>) -> Int {
        for index in 0..<count { history[taps &+ index] = Float(samples[index]) }
        var written = 0
        var place = phase
        while place < count {
            let from = history + place + 1
            var sum = SIMD4<Float>.zero
            for tap in stride(from: 0, to: taps, by: 4) { sum += SIMD4(four: kernel + tap) * SIMD4(four: from + tap) }
            out[written] = sum.sum()
            written += 1
            place += factor
        }
        phase = place - count
        for index in 0..<taps { history[index] = history[count &+ index] }
        return written
    }
}
