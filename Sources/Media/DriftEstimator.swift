import CSpeexDSP

/// Finds how fast the echo's delay grows: the clocks of loudspeaker and microphone differ by that.
///
/// The echo's way, averaged over a part of a second, is laid upon the way as it was before; a fit between samples gives the shift.
final class DriftEstimator {
    /// By how much the microphone's clock is faster, as a fraction.
    private(set) var drift: Double = 0
    /// Parts per million squared: how unsure that is.
    private var variance: Double = 80 * 80

    private static let before = 24
    private static let length = 160
    private let sum = UnsafeMutablePointer<Float>.zeros(length)
    private let old = UnsafeMutablePointer<Float>.zeros(length)
    private var base = -1
    private var count = 0
    private var firstBlock = 0
    private var lastMiddle: Double?
    private var interval = 16

    deinit {
        sum.deallocate()
        old.deallocate()
    }

    /// Where the delay jumped, the old way says nothing.
    func restart() {
        base = -1
        lastMiddle = nil
        count = 0
    }

    /// A new response of `BulkDelay`; `time` is in blocks. Says whether `drift` was changed.
    func put(_ response: UnsafePointer<Float>, peak: Int, time: Int) -> Bool {
        if base < 0 {
            base = min(max(0, peak - Self.before), BulkDelay.range - Self.length)
            count = 0
        }
        if count == 0 {
            sum.update(repeating: 0, count: Self.length)
            firstBlock = time
        }
        for index in 0..<Self.length { sum[index] += response[base + index] }
        count += 1
        guard time - firstBlock >= interval else { return false }
        let middle = Double(time + firstBlock) / 2
        defer {
            old.update(from: sum, count: Self.length)
            count = 0
        }
        guard let last = lastMiddle else {
            lastMiddle = middle
            return false
        }
        lastMiddle = middle
        guard let (offset, likeness) = Self.offset(of: sum, from: old, count: Self.length) else { return false }
        let elapsed = (middle - last) * Double(BulkDelay.block)
        let measured = Double(offset) / elapsed * 1e6
        guard likeness > 0.6, abs(measured) < 400, elapsed < 40_000 else { return false }
        // A shift is known to a hundredth of a sample or so, the better the more alike both are.
        let error = (0.012 + 0.1 * Double(1 - likeness)) / elapsed * 1e6
        // Where the way itself changed, that is no drift.
        guard measured * measured < 16 * (variance + error * error) + 25 else {
            variance += 100
            return false
        }
        let gain = variance / (variance + error * error)
        variance = (1 - gain) * variance + 4
        drift += gain * measured * 1e-6
        if abs(gain * measured) > 5 {
            // The next is to be laid upon one with the same drift.
            lastMiddle = nil
        }
        interval = min(64, interval + 8)
        return true
    }

    /// By how many samples, in parts too, `new` is later than `old`, and how alike they then are; `nil` beyond two samples.
    static func offset(of new: UnsafePointer<Float>, from old: UnsafePointer<Float>, count: Int) -> (Float, Float)? {
        let reach = 3
        var energyOld: Float = 1e-12
        var energyNew: Float = 1e-12
        for index in 8..<count - 8 {
            energyOld += old[index] * old[index]
            energyNew += new[index] * new[index]
        }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 16) { values -> (Float, Float)? in
            for lag in -8...7 {
                var sum: Float = 0
                for index in 8..<count - 8 { sum += new[index + lag] * old[index] }
                values[lag + 8] = sum
            }
            // Both are band-limited: so is their correlation, and it is known between its samples.
            func at(_ place: Double) -> Float {
                var sum = 0.0
                for lag in -8...7 {
                    let x = Double.pi * (place - Double(lag))
                    let window = 0.5 + 0.5 * csound_sin(x / 10 + Double.pi / 2)
                    sum += Double(values[lag + 8]) * (abs(x) < 1e-6 ? 1 : csound_sin(x) / x * window)
                }
                return Float(sum)
            }
            var (best, place) = (at(0), 0.0)
            for step in -reach * 8...reach * 8 {
                let value = at(Double(step) / 8)
                if value > best { (best, place) = (value, Double(step) / 8) }
            }
            guard abs(place) < Double(reach) else { return nil }
            let (left, right) = (at(place - 0.125), at(place + 0.125))
            let bend = left - 2 * best + right
            if bend < 0 { place += 0.125 * Double(0.5 * (left - right) / bend) }
            return (Float(place), best / (energyOld * energyNew).squareRoot())
        }
    }
}
