import Base
import CSpeexDSP

/// The E-model: ITU-T G.107, with all inputs that are not measured at their defaults; impairments of codecs by G.113.
///
/// The scale is the narrowband one for every codec, so that figures of different calls can be compared: a perfect call has
/// 93.2 whether it is narrow or wide. On the wideband scale (G.107.1) that call would have 129, and G.711 93 of them.
public enum QualityModel {
    /// Transmission rating factor R, 0 to 100: Ro − Is − Id − Ie,eff + A, where Ro − Is is 93.2 at the defaults.
    ///
    /// - Parameters:
    ///   - loss: packets lost or late, as a fraction 0 to 1.
    ///   - burstRatio: 1 for random losses; more when they come in runs.
    ///   - codec: what the peer's speech comes in.
    ///   - delay: mouth to ear, one way, in milliseconds; without it, R of listening alone.
    ///   - talkerEchoLoudness: TELR, in dB: how far below one's voice it comes back.
    public static func rating(
        loss: Double, burstRatio: Double = 1, codec: Codec, delay: Double = 0,
        talkerEchoLoudness: Double = defaultTalkerEchoLoudness
    ) -> Double {
        let impairment = delayImpairment(delay) + talkerEchoImpairment(delay: delay, loudness: talkerEchoLoudness)
        return min(max(93.2 - impairment - equipmentImpairment(loss, burstRatio, codec), 0), 100)
    }

    /// Idd of G.107 §7.4: nothing up to 100 ms.
    static func delayImpairment(_ delay: Double) -> Double {
        guard delay > 100 else { return 0 }
        let x = csound_log10(delay / 100) / csound_log10(2)
        return 25 * (csound_pow(1 + csound_pow(x, 6), 1.0 / 6) - 3 * csound_pow(1 + csound_pow(x / 3, 6), 1.0 / 6) + 2)
    }

    /// Ie and Bpl of a codec with loss concealment, on the narrowband scale.
    ///
    /// G.711 by G.113 Appendix I: 0 and 25.1. G.722 at 64 kbit/s has Ie,wb 13 by G.113 Appendix IV, far less than the 36 or
    /// so that the narrow band alone costs there; so has Opus at our rate, and L16 has nothing: 0 here. No Bpl is published
    /// for them. Those that are concealed as G.711 is get its 25.1, and so does Opus; what in-band FEC brings back is not lost.
    static func impairment(_ codec: Codec) -> (factor: Double, robustness: Double) {
        switch codec {
        case .pcma, .pcmu, .g722, .opus, .l16: (0, 25.1)
        }
    }

    /// Ie,eff of G.107 §7.5.
    static func equipmentImpairment(_ loss: Double, _ burstRatio: Double, _ codec: Codec) -> Double {
        let percent = min(max(loss, 0), 1) * 100
        let (factor, robustness) = impairment(codec)
        return factor + (95 - factor) * percent / (percent / max(burstRatio, 1) + robustness)
    }

    /// Mean opinion score of a rating: G.107 Annex B.
    public static func meanOpinionScore(rating: Double) -> Double {
        if rating <= 0 { return 1 }
        if rating >= 100 { return 4.5 }
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }
}
