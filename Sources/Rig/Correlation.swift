import Foundation

/// Where and how well what was said is found in what was recorded.
///
/// The recording is cut into windows of one second. Each window with speech in it is searched for in all that was said, by
/// normalised cross-correlation: 1 is the same but for loudness, other speech gives less than about 0.4. Windows that are
/// found must be found one after the other at the same delay; where a jitter buffer slips, a window spans two delays.
public struct Correlation {
    /// Windows of the recording that had sound in them.
    public var windows = 0
    /// Those of them that were found at the agreed delay.
    public var found = 0
    /// The median of the correlations of the windows found.
    public var value = 0.0
    /// Where the recording's start lies on the axis of what was said, in seconds: said[t] was recorded at t + `lag`.
    public var lag = 0.0
    /// The part of what was said, in seconds, that was found.
    public var said = 0.0..<0.0

    /// Enough of the speech is there to say that it was heard: the agreed delay is the proof, so that keys pressed in
    /// between, a canceller that still learns and a slip of the jitter buffer may spoil some of the windows.
    public var isHeard: Bool { found >= 2 && 2 * found >= windows }

    private static let rate = 8_000
    private static let threshold = 0.45
    private static let tolerance = 0.12
    /// Windows quieter than this hold no speech.
    private static let silence = 60.0

    public init(of recording: WAV, with speech: WAV) {
        let heard = recording.resampled(to: Self.rate).samples.map(Double.init)
        let said = speech.resampled(to: Self.rate).samples.map(Double.init)
        let length = Self.rate
        guard heard.count >= length, said.count > length else { return }
        var size = 1
        while size < said.count + length { size *= 2 }
        var saidSpectrum = Spectrum(said, size: size)
        saidSpectrum.transform()
        var energy = [0.0]
        for sample in said { energy.append(energy[energy.count - 1] + sample * sample) }
        var results: [(value: Double, lag: Double, start: Double)] = []
        for start in stride(from: 0, through: heard.count - length, by: length) {
            let window = Array(heard[start..<start + length])
            let windowEnergy = window.reduce(0) { $0 + $1 * $1 }
            guard windowEnergy > Self.silence * Self.silence * Double(length) else { continue }
            var product = saidSpectrum
            var spectrum = Spectrum(window, size: size)
            spectrum.transform()
            product.multiply(conjugate: spectrum)
            product.transform(inverse: true)
            var best = (value: 0.0, position: 0)
            for position in 0...(said.count - length) {
                let local = energy[position + length] - energy[position]
                guard local > 0 else { continue }
                let value = product.real[position] / (local * windowEnergy).squareRoot()
                if value > best.value { best = (value, position) }
            }
            results.append(
                (best.value, Double(start - best.position) / Double(Self.rate), Double(best.position) / Double(Self.rate)))
        }
        judge(results)
    }

    private mutating func judge(_ results: [(value: Double, lag: Double, start: Double)]) {
        windows = results.count
        let candidates = results.filter { $0.value >= Self.threshold }
        func supporters(_ lag: Double) -> [(value: Double, lag: Double, start: Double)] {
            candidates.filter { abs($0.lag - lag) <= Self.tolerance }
        }
        guard let best = candidates.map({ supporters($0.lag) }).max(by: { $0.count < $1.count }) else { return }
        found = best.count
        lag = best.map(\.lag).sorted()[best.count / 2]
        value = best.map(\.value).sorted()[best.count / 2]
        said = (best.map(\.start).min() ?? 0)..<(best.map { $0.start + 1 }.max() ?? 0)
    }
}
