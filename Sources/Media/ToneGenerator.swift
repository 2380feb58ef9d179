import CSpeexDSP

/// Plays the tones that people at a door and on a telephone know. No allocation after the tables are made.
struct ToneGenerator {
    private struct Step {
        /// Two frequencies in Hz, 0 for none.
        var first: Float
        var second: Float
        var milliseconds: Int
    }

    private struct Score {
        var steps: [Step]
        var repeats: Bool
    }

    /// ETSI TR 101 041: 425 Hz; ring-back 1 s and 4 s, busy 0.5 s each, congestion 0.25 s each. The rest is the house's own.
    private static let scores: [Score] = [
        Score(
            steps: [Step(first: 425, second: 0, milliseconds: 1_000), Step(first: 0, second: 0, milliseconds: 4_000)],
            repeats: true),
        Score(
            steps: [Step(first: 425, second: 0, milliseconds: 500), Step(first: 0, second: 0, milliseconds: 500)], repeats: true),
        Score(
            steps: [Step(first: 425, second: 0, milliseconds: 250), Step(first: 0, second: 0, milliseconds: 250)], repeats: true),
        Score(
            steps: [Step(first: 659, second: 0, milliseconds: 450), Step(first: 523, second: 0, milliseconds: 700)],
            repeats: false),
        Score(steps: [Step(first: 1_000, second: 0, milliseconds: 60)], repeats: false),
        Score(steps: [Step(first: 180, second: 240, milliseconds: 500)], repeats: false),
        Score(
            steps: [Step(first: 660, second: 0, milliseconds: 150), Step(first: 880, second: 0, milliseconds: 300)],
            repeats: false),
        Score(
            steps: [
                Step(first: 880, second: 0, milliseconds: 120), Step(first: 0, second: 0, milliseconds: 80),
                Step(first: 880, second: 0, milliseconds: 120),
            ], repeats: false),
        Score(
            steps: [
                Step(first: 330, second: 0, milliseconds: 150), Step(first: 0, second: 0, milliseconds: 100),
                Step(first: 330, second: 0, milliseconds: 150),
            ], repeats: false),
    ]

    /// One period of a sine, 1024 steps.
    private static let sine: [Float] = (0..<1_024).map { Float(csound_sin(2 * Double.pi * Double($0) / 1_024)) }

    /// Peak of each of the frequencies: −14 dBm0 or so.
    private static let amplitude: Float = 5_000
    /// Samples over which a tone comes and goes, so that it does not click.
    private static let ramp = 40

    private(set) var tone: Tone?
    private var step = 0
    private var position = 0
    private var phase: (Float, Float) = (0, 0)
    private let sampleRate: Int

    init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    /// Makes the tables, so that the audio thread need not.
    static func prepare() {
        _ = sine.count
        _ = scores.count
    }

    mutating func play(_ tone: Tone?) {
        self.tone = tone
        step = 0
        position = 0
        phase = (0, 0)
    }

    /// Adds the next samples to `mix`; after the last of a one-shot the generator is silent.
    mutating func add(to mix: UnsafeMutableBufferPointer<Int32>) {
        guard let tone else { return }
        Self.scores.withUnsafeBufferPointer { scores in
            scores[Int(tone.rawValue)].steps.withUnsafeBufferPointer { steps in
                add(to: mix, steps, repeats: scores[Int(tone.rawValue)].repeats)
            }
        }
    }

    private mutating func add(to mix: UnsafeMutableBufferPointer<Int32>, _ steps: UnsafeBufferPointer<Step>, repeats: Bool) {
        let table = Self.sine
        table.withUnsafeBufferPointer { sine in
            for index in mix.indices {
                let current = steps[step]
                let length = current.milliseconds * sampleRate / 1_000
                if current.first > 0 {
                    let edge = min(position + 1, length - position, Self.ramp)
                    var sample = sine[Int(phase.0) & 1_023]
                    phase.0 += current.first * 1_024 / Float(sampleRate)
                    if phase.0 >= 1_024 { phase.0 -= 1_024 }
                    if current.second > 0 {
                        sample += sine[Int(phase.1) & 1_023]
                        phase.1 += current.second * 1_024 / Float(sampleRate)
                        if phase.1 >= 1_024 { phase.1 -= 1_024 }
                    }
                    mix[index] += Int32(sample * Self.amplitude * Float(edge) / Float(Self.ramp))
                }
                position += 1
                if position >= length {
                    position = 0
                    step += 1
                    if step == steps.count {
                        step = 0
                        if !repeats {
                            tone = nil
                            return
                        }
                    }
                }
            }
        }
    }
}
