/// The power of steady noise in each bin of a spectrum: its mean near the minimum of the last seconds.
final class NoiseFloor {
    let bins: Int
    /// Room for whole groups of four.
    let level: UnsafeMutablePointer<Float>
    private let smooth: UnsafeMutablePointer<Float>
    private let least: UnsafeMutablePointer<Float>
    private let next: UnsafeMutablePointer<Float>
    private var periods = 0
    private var turn = 20
    private var isFresh = true

    /// The minimum is over one to two of these: 3 s, since speech leaves no shorter gap in every bin; shorter ones cost near speech.
    private static let span = 300
    /// Up to this many times the minimum there is noise only; a smoothed power's minimum is about a third of its mean.
    private static let near: Float = 2.5
    private static let most: Float = 3

    init(bins: Int) {
        self.bins = bins
        level = .zeros((bins + 3) / 4 * 4)
        smooth = .zeros(bins)
        least = .zeros(bins)
        next = .zeros(bins)
    }

    deinit {
        for pointer in [level, smooth, least, next] { pointer.deallocate() }
    }

    /// One period's power.
    func update(_ power: UnsafePointer<Float>) {
        if isFresh {
            isFresh = false
            smooth.update(from: power, count: bins)
            least.update(from: power, count: bins)
            next.update(from: power, count: bins)
            level.update(from: power, count: bins)
        }
        periods &+= 1
        var turns = false
        if periods >= turn {
            // At first the minimum is sought over less, so that something is known soon.
            turn = periods &+ min(Self.span, max(20, periods / 2))
            turns = true
        }
        for bin in 0..<bins {
            let value = 0.85 * smooth[bin] + 0.15 * power[bin]
            smooth[bin] = value
            if turns {
                least[bin] = min(next[bin], value)
                next[bin] = value
            } else {
                least[bin] = min(least[bin], value)
                next[bin] = min(next[bin], value)
            }
            if value < Self.near * least[bin] { level[bin] += 0.05 * (power[bin] - level[bin]) }
            level[bin] = min(max(level[bin], 1.2 * least[bin]), Self.most * least[bin])
        }
    }
}
