/// Fills gaps in decoded speech: the last pitch period goes on and fades, and joins what follows without a click.
///
/// After the method of G.711 Appendix I: pitch by normalised correlation over 5 to 15 ms, repetition, fading after 10 ms to
/// nothing at 60 ms, and an overlapping join. Without the Appendix's delay. Belongs to the audio thread.
final class Concealment {
    private let longestPitch: Int
    private let shortestPitch: Int
    private let window: Int
    /// Samples kept of what was played.
    private let memory: Int
    private let fadeStart: Int
    private let fadeEnd: Int
    private let join: Int

    private let history: UnsafeMutablePointer<Float>
    private let period: UnsafeMutablePointer<Float>
    private var pitch = 0
    private var position = 0
    /// Samples filled since the last packet; 0 while none is missing.
    private var filled = 0

    init(sampleRate: Int) {
        longestPitch = sampleRate * 15 / 1_000
        shortestPitch = sampleRate * 5 / 1_000
        window = sampleRate * 20 / 1_000
        memory = longestPitch + window
        fadeStart = sampleRate * 10 / 1_000
        fadeEnd = sampleRate * 60 / 1_000
        join = sampleRate * 5 / 1_000
        history = .allocate(capacity: memory)
        history.initialize(repeating: 0, count: memory)
        period = .allocate(capacity: longestPitch)
        period.initialize(repeating: 0, count: longestPitch)
    }

    deinit {
        history.deallocate()
        period.deallocate()
    }

    func reset() {
        history.update(repeating: 0, count: memory)
        filled = 0
    }

    /// Speech that came: joined to what was filled in before, and remembered.
    func received(_ samples: UnsafeMutableBufferPointer<Int16>) {
        if filled > 0 {
            for index in 0..<min(join, samples.count) {
                let share = Float(index + 1) / Float(join + 1)
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
            filled < fadeStart
            ? 1 : max(0, 1 - Float(filled - fadeStart) / Float(fadeEnd - fadeStart))
        let sample = period[position] * gain
        position = position + 1 == pitch ? 0 : position + 1
        filled += 1
        return sample
    }

    /// The lag of the highest normalised correlation of the last window with what was before it.
    private func findPitch() {
        var best = shortestPitch
        var bestScore: Float = -1
        let recent = history + (memory - window)
        // Every second lag and sample first, then the neighbours exactly: a quarter of the work.
        for lag in stride(from: shortestPitch, through: longestPitch, by: 2) {
            let score = correlation(recent, lag, step: 2)
            if score > bestScore { (best, bestScore) = (lag, score) }
        }
        let coarse = best
        bestScore = -1
        for lag in max(shortestPitch, coarse - 1)...min(longestPitch, coarse + 1) {
            let score = correlation(recent, lag, step: 1)
            if score > bestScore { (best, bestScore) = (lag, score) }
        }
        pitch = best
        position = 0
        // The period's end runs into its beginning over a quarter of it, so that repetition does not click.
        let start = history + (memory - pitch)
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
        while index < window {
            let past = recent[index - lag]
            product += recent[index] * past
            energy += past * past
            index += step
        }
        return product <= 0 ? 0 : product * product / energy
    }

    private func remember(_ samples: UnsafeBufferPointer<Int16>) {
        let count = min(samples.count, memory)
        let kept = memory - count
        for index in 0..<kept { history[index] = history[index + count] }
        for index in 0..<count { history[kept + index] = Float(samples[samples.count - count + index]) }
    }
}
