/// Decibels of a ratio of powers, within 0.01 dB; without the cost of a logarithm.
enum Decibels {
    static func of(_ ratio: Float) -> Float {
        guard ratio > 1e-20, ratio < 1e20 else { return ratio < 1 ? -200 : 200 }
        let bits = ratio.bitPattern
        let exponent = Float(Int32(bits >> 23) - 127)
        let fraction = Float(bitPattern: bits & 0x007F_FFFF | 0x3F80_0000) - 1
        // log2(1 + x) on 0 to 1.
        let logarithm =
            fraction
            * (1.441_740_3 + fraction
                * (-0.707_770_4 + fraction * (0.412_345_1 + fraction * (-0.190_320_2 + fraction * 0.044_005_2))))
        return 3.010_299_96 * (exponent + logarithm)
    }
}
