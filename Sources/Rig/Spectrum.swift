import Foundation

/// The discrete Fourier transform of a power of two of complex numbers, in place, by halves.
struct Spectrum {
    var real: [Double]
    var imaginary: [Double]

    /// Takes the samples for the real part and fills up with zeros.
    init(_ samples: [Double], size: Int) {
        real = samples + Array(repeating: 0, count: size - samples.count)
        imaginary = Array(repeating: 0, count: size)
    }

    mutating func transform(inverse: Bool = false) {
        let size = real.count
        var swap = 0
        for index in 1..<size {
            var bit = size >> 1
            while swap & bit != 0 {
                swap ^= bit
                bit >>= 1
            }
            swap |= bit
            if index < swap {
                real.swapAt(index, swap)
                imaginary.swapAt(index, swap)
            }
        }
        let table = (0..<size / 2).map { index -> (Double, Double) in
            let angle = (inverse ? 2 : -2) * Double.pi * Double(index) / Double(size)
            return (cos(angle), sin(angle))
        }
        real.withUnsafeMutableBufferPointer { real in
            imaginary.withUnsafeMutableBufferPointer { imaginary in
                var length = 2
                while length <= size {
                    let (half, step) = (length / 2, size / length)
                    for start in stride(from: 0, to: size, by: length) {
                        for index in 0..<half {
                            let (cosine, sine) = table[index * step]
                            let (low, high) = (start + index, start + index + half)
                            let turnedReal = real[high] * cosine - imaginary[high] * sine
                            let turnedImaginary = real[high] * sine + imaginary[high] * cosine
                            real[high] = real[low] - turnedReal
                            imaginary[high] = imaginary[low] - turnedImaginary
                            real[low] += turnedReal
                            imaginary[low] += turnedImaginary
                        }
                    }
                    length *= 2
                }
                guard inverse else { return }
                for index in 0..<size {
                    real[index] /= Double(size)
                    imaginary[index] /= Double(size)
                }
            }
        }
    }

    /// Product with the conjugate of the other: the transform of their cross-correlation.
    mutating func multiply(conjugate other: Spectrum) {
        for index in real.indices {
            let (a, b) = (real[index], imaginary[index])
            let (c, d) = (other.real[index], -other.imaginary[index])
            real[index] = a * c - b * d
            imaginary[index] = a * d + b * c
        }
    }
}
