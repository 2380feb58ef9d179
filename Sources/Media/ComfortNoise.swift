/// Random points of a spectrum with mean power 1, in place of what was taken out: silence on the line sounds as if the call were gone.
struct ComfortNoise {
    private var state = SIMD4<UInt32>(0x9E37_79B9, 0x3C6E_F372, 0xDAA6_6D2B, 0x78DD_E6E4)

    /// Four points.
    mutating func next() -> (real: SIMD4<Float>, imaginary: SIMD4<Float>) {
        let real = draw()
        return (real, draw())
    }

    /// Even distributions of variance 1/2 each.
    private mutating func draw() -> SIMD4<Float> {
        state = state &* 1_664_525 &+ 1_013_904_223
        let places = SIMD4<Int32>(truncatingIfNeeded: state &>> 16) &- 32_768
        return SIMD4<Float>(places) * (1.224_744_9 / 32_768)
    }
}
