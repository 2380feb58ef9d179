import Foundation

/// Mono sound of 16 bits, from and to WAV files.
public struct WAV: Sendable {
    /// Samples a second.
    public var rate: Int
    public var samples: [Int16]

    public init(rate: Int, samples: [Int16]) {
        self.rate = rate
        self.samples = samples
    }

    public var seconds: Double { Double(samples.count) / Double(rate) }

    /// Reads a PCM file; of several channels the first one. A length that the header does not know yet goes to the file's end.
    public init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw RigError("cannot read \(path)") }
        let bytes = [UInt8](data)
        func number(_ offset: Int, _ size: Int) -> Int {
            (0..<size).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
        }
        guard bytes.count >= 12, bytes[0..<4].elementsEqual("RIFF".utf8), bytes[8..<12].elementsEqual("WAVE".utf8) else {
            throw RigError("\(path) is no WAV file")
        }
        var (offset, rate, channels) = (12, 0, 1)
        while offset + 8 <= bytes.count {
            let size = number(offset + 4, 4)
            let body = offset + 8
            if bytes[offset..<offset + 4].elementsEqual("fmt ".utf8), body + 16 <= bytes.count {
                channels = max(1, number(body + 2, 2))
                rate = number(body + 4, 4)
                guard number(body + 14, 2) == 16 else { throw RigError("\(path) has no samples of 16 bits") }
            } else if bytes[offset..<offset + 4].elementsEqual("data".utf8), rate > 0 {
                let length = size == 0 || body + size > bytes.count ? bytes.count - body : size
                let frame = 2 * channels
                self.init(
                    rate: rate,
                    samples: (0..<length / frame).map { Int16(truncatingIfNeeded: number(body + $0 * frame, 2)) })
                return
            }
            offset = body + size + size % 2
        }
        throw RigError("\(path) has no sound in it")
    }

    public func write(to path: String) throws {
        var bytes: [UInt8] = []
        func put(_ text: String) { bytes += text.utf8 }
        func put(_ value: Int, _ size: Int) {
            for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
        }
        bytes.reserveCapacity(44 + 2 * samples.count)
        put("RIFF")
        put(36 + 2 * samples.count, 4)
        put("WAVEfmt ")
        put(16, 4)
        put(1, 2)
        put(1, 2)
        put(rate, 4)
        put(2 * rate, 4)
        put(2, 2)
        put(16, 2)
        put("data")
        put(2 * samples.count, 4)
        for sample in samples { put(Int(sample), 2) }
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { throw RigError("cannot write \(path)") }
    }

    public subscript(seconds: Range<Double>) -> WAV {
        let lower = min(samples.count, max(0, Int(seconds.lowerBound * Double(rate))))
        let upper = min(samples.count, max(lower, Int(seconds.upperBound * Double(rate))))
        return WAV(rate: rate, samples: Array(samples[lower..<upper]))
    }

    /// Root mean square of the samples, full scale being 32768.
    public var level: Double {
        guard !samples.isEmpty else { return 0 }
        return (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
    }

    /// At another rate, by a windowed sinc that lets through what both rates can carry.
    public func resampled(to target: Int) -> WAV {
        guard rate != target, !samples.isEmpty else { return self }
        let cutoff = min(1.0, Double(target) / Double(rate))
        let reach = Int((12 / cutoff).rounded(.up))
        let count = samples.count * target / rate
        let result = (0..<count).map { index -> Int16 in
            let center = Double(index) * Double(rate) / Double(target)
            let first = max(0, Int(center) - reach)
            var sum = 0.0
            for position in first..<min(samples.count, Int(center) + reach + 1) {
                let distance = Double(position) - center
                let angle = Double.pi * distance * cutoff
                let sinc = abs(angle) < 1e-9 ? 1 : sin(angle) / angle
                let window = 0.5 + 0.5 * cos(Double.pi * distance / Double(reach + 1))
                sum += Double(samples[position]) * sinc * window * cutoff
            }
            return Int16(max(-32_768, min(32_767, sum.rounded())))
        }
        return WAV(rate: target, samples: result)
    }
}
