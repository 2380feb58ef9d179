/// Notices that microphone and loudspeaker feed each other by way of the far side, and takes that tone out.
///
/// Howling is one tone that is loud, holds for more than half a second at one place, and sounds on both sides. Speech never stands so still.
final class HowlingGuard {
    private let bins: Int
    private var place = 0
    private var periods = 0
    private var rest = 0
    /// Bin of the tone that is taken out now; `nil` when there is none.
    var tone: Int? { rest > 0 ? held : nil }
    private var held = 0

    /// Half a second and more: longer than a syllable that is sung, shorter than what hurts.
    private static let patience = 60
    /// Three seconds; then the loop is tried again.
    private static let hold = 300
    /// Of the whole power in the tone's bins.
    private static let share: Float = 0.85

    init(bins: Int) {
        self.bins = bins
    }

    /// One period of what would be sent and of the echo in it; `loud` is the power from which a tone hurts.
    func update(_ power: UnsafePointer<Float>, echo: UnsafePointer<Float>, loud: Float) {
        if rest > 0 { rest -= 1 }
        var (total, best, bestBin): (Float, Float, Int) = (1, 0, 0)
        for bin in 2..<bins - 2 {
            total += power[bin]
            if power[bin] > best { (best, bestBin) = (power[bin], bin) }
        }
        var (tone, far, farTotal): (Float, Float, Float) = (0, 0, 1)
        for bin in max(2, bestBin - 2)...min(bins - 3, bestBin + 2) {
            tone += power[bin]
            far += echo[bin]
        }
        for bin in 2..<bins - 2 { farTotal += echo[bin] }
        guard tone > loud, tone > Self.share * total, far > Self.share * farTotal, abs(bestBin - place) <= 1 else {
            periods = 0
            place = bestBin
            return
        }
        place = bestBin
        periods += 1
        if periods >= Self.patience {
            held = place
            rest = Self.hold
        }
    }
}
