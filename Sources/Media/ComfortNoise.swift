/// Random points of a spectrum with mean power 1, in place of what was taken out: silence on the line sounds as if the call were gone.
struct ComfortNoise {
    private var state: UInt32 = 0x9E37_79B9

    mutating func next() -> (real: Float, imaginary: Float) {
        state = state &* 1_664_525 &+ 1_013_904_223
        // Two even distributions of variance 1/2 each.
        let scale: Float = 1.224_744_9 / 32_768
        let real = Float(Int32(state >> 16) - 32_768) * scale
        state = state &* 1_664_525 &+ 1_013_904_223
        return (real, Float(Int32(state >> 16) - 32_768) * scale)
    }
}
