/// By how much a bin of a spectrum is to be turned down so that speech is left of speech and noise.
enum SpeechGain {
    /// The gain with the least error of the logarithm of the amplitude (Ephraim and Malah 1985): the Wiener filter times exp(E1(v)/2).
    ///
    /// `prior` and `posterior` are powers over that of the noise: of the speech as it is believed to be, and of what was measured. The
    /// exponential integral is drawn nearer to by its two ends, exp(-C)/v and exp(-v)/v: the gain is right to 2 %.
    @inline(__always)
    static func of(prior: Float, posterior: Float) -> Float {
        let wiener = prior / (1 + prior)
        let v = max(wiener * posterior, 0.01)
        // exp(v), by its series; where it is wrong nothing is added anyway.
        let growth = 1 + v * (1 + v * (1 / 2 + v * (1 / 6 + v / 24)))
        return min(1, wiener * (1 + smallArgument / (v * growth)).squareRoot())
    }

    /// exp(-C), C being Euler's constant.
    private static let smallArgument: Float = 0.561_46
}
