/// The period of a voice, found by normalised correlation.
struct Pitch {
    /// Samples of one period.
    var lag = 1
    /// How alike two neighbouring periods are, 0 to 1.
    var likeness: Float = 0

    /// Which lags come into question, and how coarsely they are tried first.
    struct Range {
        /// 400 to 66 Hz.
        var shortest: Int
        var longest: Int
        /// Every so many lags and samples: as good as all of them for a voice below 2 kHz.
        var step: Int

        init(sampleRate: Int) {
            shortest = sampleRate / 400
            longest = sampleRate * 15 / 1_000
            step = sampleRate / 4_000
        }
    }

    /// The lag of `range`, at most `longest`, by which the `window` samples from `start` are most like what is before them
    /// (`direction` −1) or behind (1).
    static func find(
        _ start: UnsafePointer<Float>, window: Int, direction: Int, _ range: Range, longest: Int
    ) -> Pitch {
        let longest = min(range.longest, longest)
        var best = Pitch(lag: range.shortest, likeness: 0)
        guard window > 0, range.shortest <= longest else { return best }
        var lag = range.shortest
        while lag <= longest {
            let likeness = likeness(start, start + lag * direction, window, step: range.step)
            if likeness > best.likeness { best = Pitch(lag: lag, likeness: likeness) }
            lag += range.step
        }
        let coarse = best.lag
        best.likeness = 0
        for lag in max(range.shortest, coarse - range.step + 1)...min(longest, coarse + range.step - 1) {
            let likeness = likeness(start, start + lag * direction, window, step: 1)
            if likeness > best.likeness { best = Pitch(lag: lag, likeness: likeness) }
        }
        return best
    }

    /// The correlation of two stretches over their energies; 0 where it is negative.
    static func likeness(_ one: UnsafePointer<Float>, _ other: UnsafePointer<Float>, _ window: Int, step: Int) -> Float {
        var product: Float = 0
        var energy: Float = 1
        var otherEnergy: Float = 1
        var index = 0
        while index < window {
            let (a, b) = (one[index], other[index])
            product += a * b
            energy += a * a
            otherEnergy += b * b
            index += step
        }
        return product <= 0 ? 0 : product / (energy * otherEnergy).squareRoot()
    }
}
