import CSpeexDSP

/// Changes the rate of a stream of mono samples by SpeexDSP; copies when both rates are the same.
final class Resampler {
    private let state: OpaquePointer?

    /// `nil` when SpeexDSP has no such conversion or no memory.
    init?(from inputRate: Int, to outputRate: Int) {
        guard inputRate != outputRate else {
            state = nil
            return
        }
        var error: Int32 = 0
        state = speex_resampler_init(1, UInt32(inputRate), UInt32(outputRate), 5, &error)
        guard let state, error == 0 else { return nil }
        // The filter's own delay is taken out, so that files come out in place.
        speex_resampler_skip_zeros(state)
    }

    deinit {
        if let state { speex_resampler_destroy(state) }
    }

    /// Reads from `input` and writes to `output` until one of them is used up.
    func process(
        _ input: UnsafeBufferPointer<Int16>, into output: UnsafeMutableBufferPointer<Int16>
    ) -> (consumed: Int, produced: Int) {
        guard let from = input.baseAddress, let to = output.baseAddress else { return (0, 0) }
        guard let state else {
            let count = min(input.count, output.count)
            to.update(from: from, count: count)
            return (count, count)
        }
        var consumed = UInt32(input.count)
        var produced = UInt32(output.count)
        speex_resampler_process_int(state, 0, from, &consumed, to, &produced)
        return (Int(consumed), Int(produced))
    }
}
