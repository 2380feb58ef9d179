import CSpeexDSP

/// The E-model: ITU-T G.107, with all inputs that are not measured at their defaults; impairments of G.711 by G.113.
public enum QualityModel {
    /// Transmission rating factor R, 0 to 100.
    ///
    /// - Parameters:
    ///   - delay: mouth to ear, one way, in milliseconds.
    ///   - loss: packets lost or late, as a fraction 0 to 1, taken as random.
    public static func rating(delay: Double, loss: Double) -> Double {
        // R = Ro − Is − Id − Ie,eff + A; Ro − Is is 93.2 at the defaults, with Id's echo parts at their default too.
        min(max(93.2 - delayImpairment(delay) - equipmentImpairment(loss), 0), 100)
    }

    /// Idd of G.107 §7.4: nothing up to 100 ms.
    static func delayImpairment(_ delay: Double) -> Double {
        guard delay > 100 else { return 0 }
        let x = csound_log10(delay / 100) / csound_log10(2)
        return 25 * (csound_pow(1 + csound_pow(x, 6), 1.0 / 6) - 3 * csound_pow(1 + csound_pow(x / 3, 6), 1.0 / 6) + 2)
    }

    /// Ie,eff of G.107 §7.5 for G.711 with loss concealment (G.113: Ie 0, Bpl 25.1), burst ratio 1.
    static func equipmentImpairment(_ loss: Double) -> Double {
        let percent = min(max(loss, 0), 1) * 100
        return 95 * percent / (percent + 25.1)
    }

    /// Mean opinion score of a rating: G.107 Annex B.
    public static func meanOpinionScore(rating: Double) -> Double {
        if rating <= 0 { return 1 }
        if rating >= 100 { return 4.5 }
        return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
    }
}
