import CSpeexDSP

/// The echo part of the E-model: ITU-T G.107 §7.4, with the noise floor and the loudness ratings at their defaults.
extension QualityModel {
    /// TELR at the defaults, in dB: what a peer that says nothing of its echo is taken to have.
    public static let defaultTalkerEchoLoudness = 65.0
    /// SLR and RLR at their defaults, in dB.
    private static let sendLoudness = 8.0
    private static let receiveLoudness = 2.0
    /// No at the defaults, in dBm0p.
    private static let noise = -61.18

    /// TELR of whoever speaks to an end with this residual echo return loss (RFC 3611 §4.7.4); both in dB.
    public static func talkerEchoLoudness(residualEchoReturnLoss: Double) -> Double {
        sendLoudness + residualEchoReturnLoss + receiveLoudness
    }

    /// Idte: how much hearing oneself come back costs.
    ///
    /// - Parameters:
    ///   - delay: mouth to ear, one way, in milliseconds: the echo comes after twice that.
    ///   - loudness: TELR, in dB.
    static func talkerEchoImpairment(delay: Double, loudness: Double) -> Double {
        guard delay > 0 else { return 0 }
        let masked = loudness - 40 * csound_log10((1 + delay / 10) / (1 + delay / 150)) + 6 * exponential(-0.3 * delay * delay)
        let echo = 80 + 2.5 * (masked - 14)
        let reference = -1.5 * (noise - receiveLoudness)
        let half = (reference - echo) / 2
        return max(0, (half + csound_pow(half * half + 100, 0.5) - 1) * (1 - exponential(-delay)))
    }

    private static func exponential(_ exponent: Double) -> Double { csound_pow(2.718281828459045, exponent) }
}
