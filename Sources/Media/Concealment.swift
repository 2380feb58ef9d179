/// Fills gaps in speech by waveform: the last period of the voice goes on, and leads to what follows where that is known.
///
/// When nothing is known of what follows, as in G.711 Appendix I: pitch by correlation, repetition, fading. When the next
/// packet is at hand, which the wait for late packets makes the rule, what goes on is bent so that it arrives in phase with
/// it, and fades over into its first period carried on backwards. Belongs to the audio thread.
final class Concealment {
    /// Milliseconds before a gap that are looked at: the window and the longest period, and one for joining.
    static let memory = 36
    /// The longest gap that is led over to what follows, in milliseconds.
    static let longestBridge = 80
    /// Where fading begins and ends, in milliseconds of a gap: beyond a syllable a voice that goes on is a lie.
    private static let fading = (start: 20, end: 100)
    /// Below this likeness there is no voice: the longest period, so that noise does not buzz.
    private static let voiced: Float = 0.4

    private let range: Pitch.Range
    private let millisecond: Int
    private let window: Int
    private let period: UnsafeMutablePointer<Float>
    private let forward: UnsafeMutablePointer<Float>
    private let backward: UnsafeMutablePointer<Float>
    private let capacity: Int
    private var pitch = Pitch()
    private var position = 0
    /// By what the repetition would begin with a step, led off over two milliseconds.
    private var edge: Float = 0
    /// Samples filled since the last packet; 0 while none is missing.
    private(set) var filled = 0

    init(sampleRate: Int) {
        range = Pitch.Range(sampleRate: sampleRate)
        millisecond = sampleRate / 1_000
        window = 20 * millisecond
        capacity = millisecond * (Self.longestBridge + 30)
        period = .allocate(capacity: range.longest)
        period.initialize(repeating: 0, count: range.longest)
        forward = .allocate(capacity: capacity)
        forward.initialize(repeating: 0, count: capacity)
        backward = .allocate(capacity: capacity)
        backward.initialize(repeating: 0, count: capacity)
    }

    deinit {
        period.deallocate()
        forward.deallocate()
        backward.deallocate()
    }

    func reset() { filled = 0 }

    /// Whether nothing is heard any more of what was filled in.
    var isFaded: Bool { filled >= Self.fading.end * millisecond }
    /// How much of it is not heard any more, 0 to 1.
    var fadedShare: Float { filled == 0 ? 0 : 1 - gain(filled) }

    /// Fills `count` samples from `end`; what was heard is before it.
    func fill(_ end: UnsafeMutablePointer<Float>, _ count: Int) {
        if filled == 0 { begin(end) }
        for index in 0..<count { end[index] = next() }
    }

    /// Joins the speech that begins at `start` to what was filled in before it.
    func join(_ start: UnsafeMutablePointer<Float>, _ count: Int) {
        guard filled > 0 else { return }
        // The longer the gap, the less what goes on and what comes have to do with each other.
        let overlap = min(count, millisecond * (filled > 20 * millisecond ? 8 : 5))
        for index in 0..<overlap {
            let share = Float(index + 1) / Float(overlap + 1)
            start[index] = (1 - share) * next() + share * start[index]
        }
        filled = 0
    }

    /// Lets what was heard before `end` go out over the `count` samples from there, in which a pause begins.
    func goOut(_ end: UnsafeMutablePointer<Float>, _ count: Int) {
        if filled == 0 { begin(end) }
        for index in 0..<count { end[index] += next() * (1 - Float(index + 1) / Float(count)) }
        filled = 0
    }

    /// From here on what was heard would go on: what comes next does not follow it, and is to be joined to it.
    func cut(_ end: UnsafeMutablePointer<Float>) {
        guard filled == 0 else { return }
        begin(end)
        filled = 1
    }

    /// Fills the `gap` samples from `end`, behind which `count` samples of what follows lie already.
    func bridge(_ end: UnsafeMutablePointer<Float>, gap: Int, following count: Int) {
        guard gap > 0, gap <= Self.longestBridge * millisecond else { return join(end + max(0, gap), count) }
        if filled == 0 { begin(end) }
        let following = end + gap
        let reach = min(pitch.lag / 2, gap / 2)
        let compared = min(count, 10 * millisecond)
        let total = gap + reach + compared + 1
        for index in 0..<total { forward[index] = next() }
        let (bend, likeness) = bend(towards: following, gap: gap, reach: reach, compared)
        lead(to: following, gap: gap, count: count)
        let scale = Float(gap + bend) / Float(gap)
        for index in 0..<gap {
            let place = Float(index) * scale
            let whole = Int(place)
            let ahead = forward[whole] + (forward[whole + 1] - forward[whole]) * (place - Float(whole))
            let share = (Float(index) + 0.5) / Float(gap)
            // Two voices in phase add up by amplitude, two noises by power.
            let up = likeness * share + (1 - likeness) * share.squareRoot()
            let down = likeness * (1 - share) + (1 - likeness) * (1 - share).squareRoot()
            end[index] = down * ahead + up * backward[index]
        }
        filled = 0
    }
}

// MARK: - Going on from what was heard

extension Concealment {
    private func begin(_ end: UnsafeMutablePointer<Float>) {
        pitch = Pitch.find(end - window, window: window, direction: -1, range, longest: range.longest)
        if pitch.likeness < Self.voiced { pitch.lag = range.longest }
        let lag = pitch.lag
        let start = end - lag
        for index in 0..<lag { period[index] = start[index] }
        // The period's end runs into its beginning over a quarter of it, so that repetition does not click.
        let overlap = lag / 4
        for index in 0..<overlap {
            let share = Float(index + 1) / Float(overlap + 1)
            let place = lag - overlap + index
            period[place] = (1 - share) * period[place] + share * start[index - overlap]
        }
        edge = end[-1] - start[-1]
        position = 0
        filled = 0
    }

    private func next() -> Float {
        var sample = period[position] * gain(filled)
        if filled < 2 * millisecond {
            sample += edge
            edge *= 1 - 1 / Float(millisecond)
        }
        position = position + 1 >= pitch.lag ? 0 : position + 1
        filled += 1
        return sample
    }

    /// How loud a repetition is, so many samples away from what it repeats.
    private func gain(_ distance: Int) -> Float {
        let start = Self.fading.start * millisecond
        guard distance > start else { return 1 }
        return max(0, 1 - Float(distance - start) / Float((Self.fading.end - Self.fading.start) * millisecond))
    }
}

// MARK: - Leading to what follows

extension Concealment {
    /// By how many samples what goes on has to be longer so that it arrives in phase, and how alike both then are.
    private func bend(
        towards following: UnsafePointer<Float>, gap: Int, reach: Int, _ count: Int
    ) -> (samples: Int, likeness: Float) {
        var best = (samples: 0, likeness: Float(0))
        var most: Float = 0
        guard count > 0 else { return best }
        for candidate in -reach...reach {
            let likeness = Pitch.likeness(forward + gap + candidate, following, count, step: 1)
            // Of two that are equally alike, the one that bends less.
            let score = likeness * (1 - 0.2 * Float(abs(candidate)) / Float(reach + 1))
            if score > most { (most, best) = (score, (candidate, likeness)) }
        }
        return best.likeness > 0.5 ? best : (0, best.likeness)
    }

    /// What follows, carried on backwards over the gap, from its first period.
    private func lead(to following: UnsafePointer<Float>, gap: Int, count: Int) {
        let longest = min(range.longest, count / 2)
        guard longest >= range.shortest else {
            backward.update(repeating: 0, count: gap)
            return
        }
        let found = Pitch.find(following, window: min(window, count - longest), direction: 1, range, longest: longest)
        let lag = found.likeness < Self.voiced ? longest : found.lag
        for index in 0..<lag { period[index] = following[index] }
        let overlap = min(lag / 4, count - lag)
        for index in 0..<overlap {
            let share = Float(overlap - index) / Float(overlap + 1)
            period[index] = (1 - share) * period[index] + share * following[lag + index]
        }
        var edge = lag < count ? following[0] - following[lag] : 0
        var position = lag - 1
        for distance in 0..<gap {
            backward[gap - 1 - distance] = period[position] * gain(distance) + edge
            edge = distance < 2 * millisecond ? edge * (1 - 1 / Float(millisecond)) : 0
            position = position == 0 ? lag - 1 : position - 1
        }
    }
}
