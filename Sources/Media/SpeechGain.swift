/// By how much a bin of a spectrum is to be turned down so that speech is left of speech and noise.
enum SpeechGain {
    /// The gain with the least error of the logarithm of the amplitude (Ephraim and Malah 1985): the Wiener filter times exp(E1(v)/2).
    ///
    /// Four bins at a time. `prior` and `posterior` are powers over that of the noise: of the speech as it is believed to be, and of what was measured. The
    /// exponential integral is drawn nearer to by its two ends, exp(-C)/v and exp(-v)/v: the gain is right to 2 %.
    @inline(__always)
    static func of(prior: SIMD4<Float>, posterior: SIMD4<Float>) -> SIMD4<Float> {
        let wiener = prior / (1 + prior)
        let v = (wiener * posterior).atLeast(0.01)
        // exp(v), by its series, Horner's way; where it is wrong nothing is added anyway.
        let third: SIMD4<Float> = v * (1 / 24) + 1 / 6
        let second: SIMD4<Float> = v * third + 0.5
        let growth: SIMD4<Float> = v * (v * second + 1) + 1
        return (wiener * (1 + smallArgument / (v * growth)).squareRoot()).atMost(1)
    }

    /// exp(-C), C being Euler's constant.
    private static let smallArgument: Float = 0.561_46
}
