import CSpeexDSP

/// The Fourier transform of real signals whose length is a power of two or five of it, in single precision and without allocation.
///
/// A complex transform of half the length (Stockham's order, radix 4, at last 5 and 2) and one pass that takes even and odd samples apart.
final class RealFFT {
    /// Real samples in, `size / 2 + 1` bins out.
    let size: Int
    private let half: Int
    /// e^(−2πi·k/half) for each of the complex transform's steps, and e^(−2πi·k/size) for the last pass.
    private let cosine: UnsafeMutablePointer<Float>
    private let sine: UnsafeMutablePointer<Float>
    private let workReal: UnsafeMutablePointer<Float>
    private let workImaginary: UnsafeMutablePointer<Float>
    private let otherReal: UnsafeMutablePointer<Float>
    private let otherImaginary: UnsafeMutablePointer<Float>

    init(size: Int) {
        precondition(Self.size(atLeast: size) == size, "a power of two, or five times one")
        self.size = size
        half = size / 2
        cosine = .zeros(size)
        sine = .zeros(size)
        for index in 0..<size {
            let angle = 2 * Double.pi * Double(index) / Double(size)
            cosine[index] = Float(csound_sin(angle + Double.pi / 2))
            sine[index] = Float(-csound_sin(angle))
        }
        workReal = .zeros(half)
        workImaginary = .zeros(half)
        otherReal = .zeros(half)
        otherImaginary = .zeros(half)
    }

    /// The least size that holds so many samples.
    static func size(atLeast samples: Int) -> Int {
        var (two, five) = (32, 160)
        while two < samples { two *= 2 }
        while five < samples { five *= 2 }
        return min(two, five)
    }

    deinit {
        for buffer in [cosine, sine, workReal, workImaginary, otherReal, otherImaginary] { buffer.deallocate() }
    }

    /// The spectrum of `size` samples: bins 0 to `size / 2`.
    func forward(_ samples: UnsafePointer<Float>, _ real: UnsafeMutablePointer<Float>, _ imaginary: UnsafeMutablePointer<Float>) {
        for index in 0..<half {
            workReal[index] = samples[2 &* index]
            workImaginary[index] = samples[2 &* index &+ 1]
        }
        let (re, im) = transform()
        real[0] = re[0] + im[0]
        imaginary[0] = 0
        real[half] = re[0] - im[0]
        imaginary[half] = 0
        for k in 1..<half {
            let mirror = half &- k
            let evenReal = 0.5 * (re[k] + re[mirror])
            let evenImaginary = 0.5 * (im[k] - im[mirror])
            let oddReal = 0.5 * (im[k] + im[mirror])
            let oddImaginary = 0.5 * (re[mirror] - re[k])
            real[k] = evenReal + cosine[k] * oddReal - sine[k] * oddImaginary
            imaginary[k] = evenImaginary + cosine[k] * oddImaginary + sine[k] * oddReal
        }
    }

    /// The samples of a spectrum, so that `inverse(forward(x))` is `x`.
    func inverse(_ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, _ samples: UnsafeMutablePointer<Float>) {
        // The conjugate's transform is the inverse's conjugate.
        let scale = 1 / Float(half)
        for k in 0..<half {
            let mirror = half &- k
            let evenReal = 0.5 * (real[k] + real[mirror])
            let evenImaginary = 0.5 * (imaginary[k] - imaginary[mirror])
            let differenceReal = 0.5 * (real[k] - real[mirror])
            let differenceImaginary = 0.5 * (imaginary[k] + imaginary[mirror])
            let oddReal = differenceReal * cosine[k] + differenceImaginary * sine[k]
            let oddImaginary = differenceImaginary * cosine[k] - differenceReal * sine[k]
            workReal[k] = (evenReal - oddImaginary) * scale
            workImaginary[k] = -(evenImaginary + oddReal) * scale
        }
        let (re, im) = transform()
        for index in 0..<half {
            samples[2 &* index] = re[index]
            samples[2 &* index &+ 1] = -im[index]
        }
    }

    /// The complex transform of what lies in `work`; says where the result is.
    private func transform() -> (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) {
        var (fromReal, fromImaginary, toReal, toImaginary) = (workReal, workImaginary, otherReal, otherImaginary)
        var length = half
        var stride = 1
        while length.isMultiple(of: 4) {
            if stride == 1 {
                first(fromReal, fromImaginary, toReal, toImaginary)
            } else {
                fourth(
                    length, stride / 4, Self.lanes(fromReal), Self.lanes(fromImaginary), Self.lanes(toReal),
                    Self.lanes(toImaginary))
            }
            (fromReal, toReal) = (toReal, fromReal)
            (fromImaginary, toImaginary) = (toImaginary, fromImaginary)
            length /= 4
            stride *= 4
        }
        if length.isMultiple(of: 5) {
            fifth(
                length, stride / 4, Self.lanes(fromReal), Self.lanes(fromImaginary), Self.lanes(toReal), Self.lanes(toImaginary))
            (fromReal, toReal) = (toReal, fromReal)
            (fromImaginary, toImaginary) = (toImaginary, fromImaginary)
            length /= 5
            stride *= 5
        }
        guard length == 2 else { return (fromReal, fromImaginary) }
        for q in 0..<stride {
            let (real, imaginary) = (fromReal[q], fromImaginary[q])
            let (otherReal, otherImaginary) = (fromReal[q &+ stride], fromImaginary[q &+ stride])
            toReal[q] = real + otherReal
            toImaginary[q] = imaginary + otherImaginary
            toReal[q &+ stride] = real - otherReal
            toImaginary[q &+ stride] = imaginary - otherImaginary
        }
        return (toReal, toImaginary)
    }

    private static func lanes(_ pointer: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<SIMD4<Float>> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: SIMD4<Float>.self)
    }

    /// The first step of radix 4, whose butterflies lie side by side.
    private func first(
        _ fromReal: UnsafeMutablePointer<Float>, _ fromImaginary: UnsafeMutablePointer<Float>,
        _ toReal: UnsafeMutablePointer<Float>,
        _ toImaginary: UnsafeMutablePointer<Float>
    ) {
        let quarter = half / 4
        for p in 0..<quarter {
            let (a, ai) = (fromReal[p], fromImaginary[p])
            let (b, bi) = (fromReal[p &+ quarter], fromImaginary[p &+ quarter])
            let (c, ci) = (fromReal[p &+ 2 &* quarter], fromImaginary[p &+ 2 &* quarter])
            let (d, di) = (fromReal[p &+ 3 &* quarter], fromImaginary[p &+ 3 &* quarter])
            let (sum, sumI, difference, differenceI) = (a + c, ai + ci, a - c, ai - ci)
            let (sum2, sum2I, turned, turnedI) = (b + d, bi + di, di - bi, b - d)
            let (x1, y1, x2, y2) = (difference - turned, differenceI - turnedI, sum - sum2, sumI - sum2I)
            let (x3, y3) = (difference + turned, differenceI + turnedI)
            let (c1, s1) = (cosine[2 &* p], sine[2 &* p])
            let (c2, s2) = (cosine[4 &* p], sine[4 &* p])
            let (c3, s3) = (cosine[6 &* p], sine[6 &* p])
            toReal[4 &* p] = sum + sum2
            toImaginary[4 &* p] = sumI + sum2I
            toReal[4 &* p &+ 1] = c1 * x1 - s1 * y1
            toImaginary[4 &* p &+ 1] = c1 * y1 + s1 * x1
            toReal[4 &* p &+ 2] = c2 * x2 - s2 * y2
            toImaginary[4 &* p &+ 2] = c2 * y2 + s2 * x2
            toReal[4 &* p &+ 3] = c3 * x3 - s3 * y3
            toImaginary[4 &* p &+ 3] = c3 * y3 + s3 * x3
        }
    }

    /// A later step of radix 4: `length / 4` butterflies of `stride` times four each.
    private func fourth(
        _ length: Int, _ stride: Int, _ fromReal: UnsafeMutablePointer<SIMD4<Float>>,
        _ fromImaginary: UnsafeMutablePointer<SIMD4<Float>>, _ toReal: UnsafeMutablePointer<SIMD4<Float>>,
        _ toImaginary: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let quarter = length / 4
        let step = size / length
        let far = quarter &* stride
        for p in 0..<quarter {
            let (c1, s1) = (cosine[p &* step], sine[p &* step])
            let (c2, s2) = (cosine[2 &* p &* step], sine[2 &* p &* step])
            let (c3, s3) = (cosine[3 &* p &* step], sine[3 &* p &* step])
            let (inReal, inImaginary) = (fromReal + p &* stride, fromImaginary + p &* stride)
            let (outReal, outImaginary) = (toReal + 4 &* p &* stride, toImaginary + 4 &* p &* stride)
            for q in 0..<stride {
                let (a, ai) = (inReal[q], inImaginary[q])
                let (b, bi) = (inReal[q &+ far], inImaginary[q &+ far])
                let (c, ci) = (inReal[q &+ 2 &* far], inImaginary[q &+ 2 &* far])
                let (d, di) = (inReal[q &+ 3 &* far], inImaginary[q &+ 3 &* far])
                let (sum, sumI, difference, differenceI) = (a + c, ai + ci, a - c, ai - ci)
                // The last two are i·(b − d).
                let (sum2, sum2I, turned, turnedI) = (b + d, bi + di, di - bi, b - d)
                let (x1, y1, x2, y2) = (difference - turned, differenceI - turnedI, sum - sum2, sumI - sum2I)
                let (x3, y3) = (difference + turned, differenceI + turnedI)
                outReal[q] = sum + sum2
                outImaginary[q] = sumI + sum2I
                outReal[q &+ stride] = c1 * x1 - s1 * y1
                outImaginary[q &+ stride] = c1 * y1 + s1 * x1
                outReal[q &+ 2 &* stride] = c2 * x2 - s2 * y2
                outImaginary[q &+ 2 &* stride] = c2 * y2 + s2 * x2
                outReal[q &+ 3 &* stride] = c3 * x3 - s3 * y3
                outImaginary[q &+ 3 &* stride] = c3 * y3 + s3 * x3
            }
        }
    }
}

extension RealFFT {
    /// A step of radix 5: `length / 5` butterflies of `stride` times four each.
    private func fifth(
        _ length: Int, _ stride: Int, _ fromReal: UnsafeMutablePointer<SIMD4<Float>>,
        _ fromImaginary: UnsafeMutablePointer<SIMD4<Float>>, _ toReal: UnsafeMutablePointer<SIMD4<Float>>,
        _ toImaginary: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let part = length / 5
        let step = size / length
        let far = part &* stride
        // Cosine and sine of one and two fifths of a turn.
        let (near, wide): (Float, Float) = (0.309_016_99, -0.809_016_99)
        let (nearSine, wideSine): (Float, Float) = (0.951_056_52, 0.587_785_25)
        for p in 0..<part {
            let (inReal, inImaginary) = (fromReal + p &* stride, fromImaginary + p &* stride)
            let (outReal, outImaginary) = (toReal + 5 &* p &* stride, toImaginary + 5 &* p &* stride)
            for q in 0..<stride {
                let (a, ai) = (inReal[q], inImaginary[q])
                let (b, bi) = (inReal[q &+ far], inImaginary[q &+ far])
                let (c, ci) = (inReal[q &+ 2 &* far], inImaginary[q &+ 2 &* far])
                let (d, di) = (inReal[q &+ 3 &* far], inImaginary[q &+ 3 &* far])
                let (e, ei) = (inReal[q &+ 4 &* far], inImaginary[q &+ 4 &* far])
                let (outer, outerI, inner, innerI) = (b + e, bi + ei, c + d, ci + di)
                let (skew, skewI, twist, twistI) = (b - e, bi - ei, c - d, ci - di)
                outReal[q] = a + outer + inner
                outImaginary[q] = ai + outerI + innerI
                let (x, y) = (a + near * outer + wide * inner, ai + near * outerI + wide * innerI)
                let (z, w) = (a + wide * outer + near * inner, ai + wide * outerI + near * innerI)
                let (x2, y2) = (nearSine * skewI + wideSine * twistI, nearSine * skew + wideSine * twist)
                let (z2, w2) = (wideSine * skewI - nearSine * twistI, wideSine * skew - nearSine * twist)
                turn(x + x2, y - y2, by: p &* step, outReal + (q &+ stride), outImaginary + (q &+ stride))
                turn(z + z2, w - w2, by: 2 &* p &* step, outReal + (q &+ 2 &* stride), outImaginary + (q &+ 2 &* stride))
                turn(z - z2, w + w2, by: 3 &* p &* step, outReal + (q &+ 3 &* stride), outImaginary + (q &+ 3 &* stride))
                turn(x - x2, y + y2, by: 4 &* p &* step, outReal + (q &+ 4 &* stride), outImaginary + (q &+ 4 &* stride))
            }
        }
    }

    @inline(__always)
    private func turn(
        _ real: SIMD4<Float>, _ imaginary: SIMD4<Float>, by place: Int, _ toReal: UnsafeMutablePointer<SIMD4<Float>>,
        _ toImaginary: UnsafeMutablePointer<SIMD4<Float>>
    ) {
        let (c, s) = (cosine[place], sine[place])
        toReal.pointee = c * real - s * imaginary
        toImaginary.pointee = c * imaginary + s * real
    }
}
