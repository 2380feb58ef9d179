import CSpeexDSP

/// How loud speech is, and the noise between its words: RFC 3611 §4.7.4. Takes one period at a time.
struct SpeechLevel: Sendable, Equatable {
    /// Mean squares of a sample: of the quietest, which rises slowly, and of what is 10 dB louder than that.
    private var floor: Float = 0
    private var loud: Float = 0
    /// −60 dBm0: what a codec makes of silence is no noise that anybody hears, and nothing below this is speech.
    private static let least: Float = 260
    private static let contrast: Float = 10

    mutating func take(_ samples: UnsafeMutableBufferPointer<Int16>) {
        guard !samples.isEmpty else { return }
        var sum: Float = 0
        for sample in samples { sum += Float(sample) * Float(sample) }
        let power = sum / Float(samples.count)
        if floor == 0 || power < floor {
            floor = max(power, 1)
        } else {
            // 3 dB a second at a hundred periods.
            floor *= 1.0069
        }
        guard power > max(floor, Self.least) * Self.contrast else { return }
        loud = loud == 0 ? power : loud + (power - loud) / 64
    }

    /// In dBm0; `nil` before anything was heard.
    var speech: Double? { loud > 0 ? Self.level(loud) : nil }
    var noise: Double? { floor > 0 ? Self.level(floor) : nil }

    /// A sine at full scale is 3.14 dBm0 (G.711), and its mean square half that of full scale.
    private static func level(_ power: Float) -> Double {
        10 * csound_log10(Double(power) / (32_768 * 32_768 / 2)) + 3.14
    }
}
