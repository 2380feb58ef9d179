import CSpeexDSP

/// SpeexDSP's multidelay filter over blocks of some periods: takes the echo that it knows of out of the microphone's sound.
///
/// Gives what is left and the echo as it estimates it. SpeexDSP puts a high-pass before its filter, so that microphone less output would
/// hold near speech too; our own copy of the high-pass makes the estimate exact.
final class AdaptiveFilter {
    /// Samples of one block.
    let block: Int
    private let state: OpaquePointer
    private let output: UnsafeMutablePointer<Int16>
    /// What is left after the echo, and the echo; a block each.
    let error: UnsafeMutablePointer<Float>
    let estimate: UnsafeMutablePointer<Float>
    /// The memory of our own copy of SpeexDSP's high-pass.
    private var (first, second): (Float, Float) = (0, 0)

    /// The pole of the high-pass that SpeexDSP takes from 24 kHz on: told that rate it takes it at any. It is the mildest; at 8 kHz
    /// its own would cost near speech 0.9 dB and its bass.
    private static let toldRate: Int32 = 24_000
    private static let pole: Float = 0.992

    /// `nil` when there is no memory.
    init?(block: Int, tail: Int) {
        self.block = block
        guard let state = speex_echo_state_init(Int32(block), Int32(tail)) else { return nil }
        self.state = state
        var rate = Self.toldRate
        speex_echo_ctl(state, SPEEX_ECHO_SET_SAMPLING_RATE, &rate)
        output = .allocate(capacity: block)
        output.initialize(repeating: 0, count: block)
        error = .zeros(block)
        estimate = .zeros(block)
    }

    deinit {
        speex_echo_state_destroy(state)
        output.deallocate()
        error.deallocate()
        estimate.deallocate()
    }

    func process(_ captured: UnsafePointer<Int16>, _ reference: UnsafePointer<Int16>) {
        speex_echo_cancellation(state, captured, reference, output)
        let denominator = Self.pole * Self.pole + 0.7 * (1 - Self.pole) * (1 - Self.pole)
        for index in 0..<block {
            let input = Float(captured[index])
            let sum = first + input
            first = second + 2 * (Self.pole * sum - input)
            second = input - denominator * sum
            estimate[index] = Self.pole * sum - Float(output[index])
            error[index] = Float(output[index])
        }
    }
}
