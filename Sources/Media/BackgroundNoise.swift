import CSpeexDSP

/// How loud the peer speaks and how loud its background is, and noise as loud for pauses in which nothing comes.
struct BackgroundNoise {
    /// Mean squares of the loudest and the quietest of late.
    private var speech: Float = 0
    private var background: Float?
    /// Mean square of what is no pause; 0 before anybody spoke.
    private var voice: Float = 0
    private var state: UInt32 = 1
    /// What is less than 40 dB below speech is no background, or better not heard.
    private static let loudest: Float = 1e-4

    /// Learns from what came; true when it is a pause.
    mutating func isPause(_ samples: UnsafePointer<Float>, _ count: Int) -> Bool {
        guard count > 0 else { return false }
        var sum: Float = 0
        for index in 0..<count { sum += samples[index] * samples[index] }
        let power = sum / Float(count)
        // Quiet counts at once; that it became louder, over many seconds, or speech would count.
        var floor = background ?? power
        floor = power < floor ? power : floor + (min(power, floor * 4 + 10) - floor) * 0.002
        background = floor
        speech = power > speech ? speech + (power - speech) * 0.3 : speech * 0.998
        // 8 dB above the background, 30 dB below speech, or next to nothing.
        guard power >= max(floor * 6, 100, speech * 0.001) else { return true }
        // Over about half a second of speech.
        voice = voice == 0 ? power : voice + (power - voice) / 32
        return false
    }

    /// In dBm0, as RFC 3611 §4.7.4 wants them; `nil` before anything was heard.
    var speechLevel: Double? { voice > 0 ? Self.level(voice) : nil }
    var noiseLevel: Double? { background.map(Self.level) }

    /// A sine at full scale is 3.14 dBm0 (G.711), and its mean square half that of full scale.
    private static func level(_ power: Float) -> Double {
        10 * csound_log10(Double(max(power, 1)) / (32_768 * 32_768 / 2)) + 3.14
    }

    /// Adds noise as loud as `share` of the background.
    mutating func add(to target: UnsafeMutablePointer<Float>, _ count: Int, share: Float) {
        let amplitude = min(background ?? 0, speech * Self.loudest).squareRoot() * share
        guard amplitude > 0 else { return }
        for index in 0..<count {
            state = state &* 1_664_525 &+ 1_013_904_223
            // Uniform between −√3 and √3 has the power 1.
            target[index] += (Float(state >> 8) / 8_388_608 - 1) * 1.732 * amplitude
        }
    }
}
