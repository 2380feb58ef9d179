import CSpeexDSP

enum Gain {
    /// The factor of a gain in dB.
    static func factor(_ decibels: Double) -> Float {
        decibels == 0 ? 1 : Float(csound_pow(10, decibels / 20))
    }
}
