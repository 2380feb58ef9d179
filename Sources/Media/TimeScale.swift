/// Makes sound longer or shorter without changing its pitch: leaves out or repeats, where it is alike, and fades over.
struct TimeScale {
    let range: Pitch.Range
    /// A cut or a repetition in a pause is faded over two milliseconds.
    let overlap: Int
    /// The least that is compared of two periods: ten milliseconds.
    let window: Int
    /// Two periods have to be so alike for one of them to be left out, or to be heard twice.
    private static let likeness: Float = 0.7

    init(sampleRate: Int) {
        range = Pitch.Range(sampleRate: sampleRate)
        overlap = sampleRate / 500
        window = sampleRate / 100
    }

    /// Leaves out up to `amount` samples of the pause of `count` at `start`; how many.
    func shortenPause(_ start: UnsafeMutablePointer<Float>, _ count: Int, by amount: Int) -> Int {
        cut(start, count, amount: min(amount, count - overlap), overlap: overlap)
    }

    /// Repeats up to `amount` samples of the pause of `count` at `start`, behind which is room; how many.
    func stretchPause(_ start: UnsafeMutablePointer<Float>, _ count: Int, by amount: Int) -> Int {
        let amount = min(amount, count - overlap)
        guard amount > 0 else { return 0 }
        // Heard: x[0 ..< amount + overlap], faded over into x[0 …].
        (start + amount).update(from: start, count: count)
        for index in 0..<overlap {
            let share = Float(index + 1) / Float(overlap + 1)
            let goingOn = amount + index < count ? start[2 * amount + index] : 0
            start[amount + index] = (1 - share) * goingOn + share * start[amount + index]
        }
        return amount
    }

    /// Leaves out one period of the voice in the `count` samples at `start`; how many samples, 0 where there is none.
    func shortenVoice(_ start: UnsafeMutablePointer<Float>, _ count: Int) -> Int {
        let longest = min(range.longest, count - window / 2)
        let found = Pitch.find(start, window: min(count - longest, window), direction: 1, range, longest: longest)
        guard found.likeness > Self.likeness else { return 0 }
        return cut(start, count, amount: found.lag, overlap: min(found.lag, count - found.lag))
    }

    /// Repeats one period of the voice at `start`, before which is what was heard; how many samples, 0 where there is none.
    func stretchVoice(_ start: UnsafeMutablePointer<Float>, _ count: Int) -> Int {
        let found = Pitch.find(start, window: min(count, window), direction: -1, range, longest: range.longest)
        guard found.likeness > Self.likeness else { return 0 }
        let lag = found.lag
        (start + lag).update(from: start, count: count)
        // What follows, faded over into the period that was just heard, which leads to what follows again.
        for index in 0..<lag {
            let share = Float(index + 1) / Float(lag + 1)
            let following = index < count ? start[lag + index] : 0
            start[index] = (1 - share) * following + share * start[index - lag]
        }
        return lag
    }

    private func cut(_ start: UnsafeMutablePointer<Float>, _ count: Int, amount: Int, overlap: Int) -> Int {
        guard amount > 0 else { return 0 }
        for index in 0..<overlap {
            let share = Float(index + 1) / Float(overlap + 1)
            start[index] = (1 - share) * start[index] + share * start[amount + index]
        }
        (start + overlap).update(from: start + overlap + amount, count: max(0, count - overlap - amount))
        return amount
    }
}
