/// Fills gaps in decoded speech: the last pitch period goes on and fades, and joins what follows without a click.
///
/// After the method of G.711 Appendix I: pitch by normalised correlation over 5 to 15 ms, repetition, fading after 10 ms to
/// nothing at 60 ms, and an overlapping join. Without the Appendix's delay. Belongs to the audio thread.
final class Concealment {
    private static let longestPitch = 120
    private static let shortestPitch = 40
    private static let window = 160
    /// Samples kept of what was played.
    private static let memory = longestPitch + window
    private static let fadeStart = 80
    private static let fadeEnd = 480
    private static let join = 40

    private let history: UnsafeMutablePointer<Float>
    private let period: UnsafeMutablePointer<Float>
    private var pitch = 0
    private var position = 0
    /// Samples filled since the last packet; 0 while none is missing.
    private var filled = 0

    init() {
        history = .allocate(capacity: Self.memory)
        history.initialize(repeating: 0, count: Self.memory)
        period = .allocate(capacity: Self.longestPitch)
        period.initialize(repeating: 0, count: Self.longestPitch)
    }

    deinit {
        history.deallocate()
        period.deallocate()
    }

    func reset() {
        history.update(repeating: 0, count: Self.memory)
        filled = 0
    }

    /// Speech that came: joined to what was filled in before, and remembered.
    func received(_ samples: UnsafeMutableBufferPointer<Int16>) {
        if filled > 0 {
            for index in 0..<min(Self.join, samples.count) {
                let share = Float(index + 1) / Float(Self.join + 1)
                samples[index] = Int16(clamping: Int((1 - share) * nextSample() + share * Float(samples[index])))
            }
            filled = 0
        }
        remember(UnsafeBufferPointer(samples))
    }

    /// Fills `samples` in place of speech that did not come.
    func fill(_ samples: UnsafeMutableBufferPointer<Int16>) {
        if filled == 0 { findPitch() }
        for index in samples.indices { samples[index] = Int16(clamping: Int(nextSample())) }
        remember(UnsafeBufferPointer(samples))
    }

    private func nextSample() -> Float {
        guard pitch > 0 else { return 0 }
        let gain: Float =
            filled < Self.fadeStart
            ? 1 : max(0, 1 - Float(filled - Self.fadeStart) / Float(Self.fadeEnd - Self.fadeStart))
        let sample = period[position] * gain
        position = position + 1 == pitch ? 0 : position + 1
        filled += 1
        return sample
    }

    /// The lag of the highest normalised correlation of the last window with what was before it.
    private func findPitch() {
        var best = Self.shortestPitch
        var bestScore: Float = -1
        let recent = history + (Self.memory - Self.window)
        // Every second lag and sample first, then the neighbours exactly: a quarter of the work.
        for lag in stride(from: Self.shortestPitch, through: Self.longestPitch, by: 2) {
            let score = correlation(recent, lag, step: 2)
            if score > bestScore { (best, bestScore) = (lag, score) }
        }
        let coarse = best
        bestScore = -1
        for lag in max(Self.shortestPitch, coarse - 1)...min(Self.longestPitch, coarse + 1) {
            let score = correlation(recent, lag, step: 1)
            if score > bestScore { (best, bestScore) = (lag, score) }
        }
        pitch = best
        position = 0
        // The period's end runs into its beginning over a quarter of it, so that repetition does not click.
        let start = history + (Self.memory - pitch)
        for index in 0..<pitch { period[index] = start[index] }
        let overlap = pitch / 4
        for index in 0..<overlap {
            let share = Float(index + 1) / Float(overlap + 1)
            let place = pitch - overlap + index
            period[place] = (1 - share) * period[place] + share * (start - overlap + index).pointee
        }
    }

    private func correlation(_ recent: UnsafeMutablePointer<Float>, _ lag: Int, step: Int) -> Float {
        var product: Float = 0
        var energy: Float = 1
        var index = 0
        while index < Self.window {
            let past = recent[index - lag]
            product += recent[index] * past
            energy += past * past
            index += step
        }
        return product <= 0 ? 0 : product * product / energy
    }

    private func remember(_ samples: UnsafeBufferPointer<Int16>) {
        let count = min(samples.count, Self.memory)
        let kept = Self.memory - count
        for index in 0..<kept { history[index] = history[index + count] }
        for index in 0..<count { history[kept + index] = Float(samples[samples.count - count + index]) }
    }
}
