import CSpeexDSP

/// The low-pass filter between 8 and 16 kHz, both ways: linear phase, half-band, so that half of it costs nothing.
///
/// 47 taps under a Kaiser window: flat within 0.01 dB to 3.4 kHz, 60 dB down from 4.6 kHz. It delays by 23 samples of
/// 16 kHz, which is 1.44 ms.
enum HalfBand {
    /// Delay in samples at the higher rate.
    static let delay = 23
    /// Taps that are neither zero nor the middle one.
    static let taps = 24
    /// Samples taken at a time.
    static let chunk = 256

    /// The taps on every second place, which sum up to 1; lives as long as the process.
    ///
    /// `@unchecked`: written before it is seen by anybody, and only read from then on.
    private struct Table: @unchecked Sendable { let taps: UnsafePointer<Float> }
    private static let table: Table = {
        let table = UnsafeMutablePointer<Float>.allocate(capacity: taps)
        // Kaiser's β for 60 dB.
        let beta = 5.65
        var sum = 0.0
        var values = [Double](repeating: 0, count: taps)
        for index in 0..<taps {
            let offset = Double(2 * index - delay)
            let place = offset / Double(delay + 1)
            let window = bessel(beta * csound_pow(1 - place * place, 0.5)) / bessel(beta)
            values[index] = csound_sin(.pi / 2 * offset) / (.pi / 2 * offset) * window
            sum += values[index]
        }
        for index in 0..<taps { table[index] = Float(values[index] / sum) }
        return Table(taps: UnsafePointer(table))
    }()

    /// Made by who is not the audio thread, and handed to it.
    static func coefficients() -> UnsafePointer<Float> { table.taps }

    /// The modified Bessel function of order 0, by its series.
    private static func bessel(_ x: Double) -> Double {
        var term = 1.0
        var sum = 1.0
        for index in 1...30 {
            term *= (x / 2 / Double(index)) * (x / 2 / Double(index))
            sum += term
        }
        return sum
    }
}

/// Speech of 8 kHz at 16 kHz.
struct Upsampler {
    private let taps = HalfBand.coefficients()
    /// The last samples of the past, then those at hand.
    private let line: UnsafeMutablePointer<Float>
    private static let past = HalfBand.taps - 1

    /// Disposed of by `deallocate`.
    init() {
        line = .allocate(capacity: Self.past + HalfBand.chunk)
        line.initialize(repeating: 0, count: Self.past + HalfBand.chunk)
    }

    func deallocate() { line.deallocate() }

    func reset() { line.update(repeating: 0, count: Self.past) }

    /// Writes twice as many samples as it reads.
    func process(_ source: UnsafePointer<Int16>, _ count: Int, into target: UnsafeMutablePointer<Int16>) {
        var done = 0
        while done < count {
            let piece = min(count - done, HalfBand.chunk)
            for index in 0..<piece { line[Self.past + index] = Float(source[done + index]) }
            for index in 0..<piece {
                let window = line + index
                var sum: Float = 0
                for tap in 0..<HalfBand.taps / 2 { sum += taps[tap] * (window[tap] + window[Self.past - tap]) }
                let place = target + 2 * (done + index)
                place[0] = Int16(clamping: Int(sum.rounded()))
                // The sample in the middle itself.
                place[1] = Int16(clamping: Int(window[HalfBand.taps / 2]))
            }
            line.update(from: line + piece, count: Self.past)
            done += piece
        }
    }
}

/// Speech of 16 kHz at 8 kHz.
struct Downsampler {
    private let taps = HalfBand.coefficients()
    private let even: UnsafeMutablePointer<Float>
    private let odd: UnsafeMutablePointer<Float>
    private static let past = HalfBand.taps - 1

    /// Disposed of by `deallocate`.
    init() {
        even = .allocate(capacity: Self.past + HalfBand.chunk)
        even.initialize(repeating: 0, count: Self.past + HalfBand.chunk)
        odd = .allocate(capacity: Self.past + HalfBand.chunk)
        odd.initialize(repeating: 0, count: Self.past + HalfBand.chunk)
    }

    func deallocate() {
        even.deallocate()
        odd.deallocate()
    }

    func reset() {
        even.update(repeating: 0, count: Self.past)
        odd.update(repeating: 0, count: Self.past)
    }

    /// Writes half as many samples as it reads; `count` is even. May work in place.
    func process(_ source: UnsafePointer<Int16>, _ count: Int, into target: UnsafeMutablePointer<Int16>) {
        var done = 0
        while done < count / 2 {
            let piece = min(count / 2 - done, HalfBand.chunk)
            for index in 0..<piece {
                even[Self.past + index] = Float(source[2 * (done + index)])
                odd[Self.past + index] = Float(source[2 * (done + index) + 1])
            }
            for index in 0..<piece {
                let window = odd + index
                var sum = even[index + HalfBand.taps / 2]
                for tap in 0..<HalfBand.taps / 2 { sum += taps[tap] * (window[tap] + window[Self.past - tap]) }
                target[done + index] = Int16(clamping: Int((sum / 2).rounded()))
            }
            even.update(from: even + piece, count: Self.past)
            odd.update(from: odd + piece, count: Self.past)
            done += piece
        }
    }
}
