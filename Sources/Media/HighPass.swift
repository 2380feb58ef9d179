import CSpeexDSP

/// Takes what lies below speech out of the microphone's sound: wind, traffic, mains hum, the offset of cheap converters.
///
/// Butterworth of second order, 12 dB an octave, as a direct form II transposed. Belongs to the audio thread.
final class HighPass {
    private let samples: UnsafeMutableBufferPointer<Int16>
    private let isOn: Bool
    /// Of the numerator, whose outer two are the same and half of the middle one; and of the denominator.
    private let gain: Float
    private let feedback: (Float, Float)
    private var state: (Float, Float) = (0, 0)

    /// `frequency` is where 3 dB are lost, in Hz; 0 is off.
    init(frequency: Double, sampleRate: Int, frames: Int) {
        samples = .allocate(capacity: frames)
        samples.initialize(repeating: 0)
        isOn = frequency > 0 && frequency < Double(sampleRate) / 2
        guard isOn else {
            (gain, feedback) = (1, (0, 0))
            return
        }
        // By the bilinear transform: k = tan(π f / rate), Q = 1/√2.
        let angle = Double.pi * frequency / Double(sampleRate)
        let k = csound_sin(angle) / csound_sin(.pi / 2 - angle)
        let norm = 1 / (1 + k * csound_pow(2, 0.5) + k * k)
        gain = Float(norm)
        feedback = (Float(2 * (k * k - 1) * norm), Float((1 - k * csound_pow(2, 0.5) + k * k) * norm))
    }

    deinit { samples.deallocate() }

    /// One period, filtered. Valid until the next call.
    func process(_ captured: UnsafeBufferPointer<Int16>) -> UnsafeBufferPointer<Int16> {
        guard isOn, captured.count <= samples.count else { return captured }
        var (first, second) = state
        for index in captured.indices {
            let input = Float(captured[index])
            let output = gain * input + first
            first = -2 * gain * input - feedback.0 * output + second
            second = gain * input - feedback.1 * output
            samples[index] = Int16(clamping: Int(output))
        }
        // What is left of a sound long gone must not become so small that the processor slows down.
        state = (first.magnitude < 1e-9 ? 0 : first, second.magnitude < 1e-9 ? 0 : second)
        return UnsafeBufferPointer(rebasing: samples[..<captured.count])
    }
}
