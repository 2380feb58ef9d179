/// What the numbers of RTP packets say: sequence numbers and timestamps, carried on beyond their size.
///
/// Knows which packets of the last 64 came and which of them were no speech, and believes a jump of the timestamps only when
/// the sequence goes on or a second packet says the same.
struct Timeline {
    /// The clock of the timestamps in Hz; 0 before the first.
    private(set) var clock = 0
    private var timestamp: Int64 = 0
    private var highest: Int64?
    /// The last 64 sequence numbers, the highest in bit 0: which came at all, and which came without speech.
    private var seen: UInt64 = 0
    private var skipped: UInt64 = 0
    /// The highest number that was believed, and what a jump looked like that was not.
    private var believed: Int64 = 0
    private var suspect: Int64?
    private static let window: Int64 = 64

    /// The packet's number carried on; `nil` when it was there already.
    mutating func take(_ sequence: UInt16, isSpeech: Bool) -> Int64? {
        guard let highest else {
            let first = 0x1_0000 + Int64(sequence)
            believed = first - 1
            advance(to: first, by: Self.window, isSpeech: isSpeech)
            return first
        }
        let delta = Int64(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
        if delta > 0 {
            advance(to: highest + delta, by: delta, isSpeech: isSpeech)
            return highest + delta
        }
        guard delta > -Self.window else {
            // So far back it is another beginning.
            let anew = highest + 0x1_0000 + delta
            advance(to: anew, by: Self.window, isSpeech: isSpeech)
            return anew
        }
        let bit: UInt64 = 1 << UInt64(-delta)
        guard seen & bit == 0 else { return nil }
        seen |= bit
        if !isSpeech { skipped |= bit }
        return highest + delta
    }

    private mutating func advance(to number: Int64, by delta: Int64, isSpeech: Bool) {
        // A shift by the width or more gives 0.
        seen = seen << UInt64(delta) | 1
        skipped = skipped << UInt64(delta) | (isSpeech ? 0 : 1)
        highest = number
    }

    /// The timestamp carried on from the last that was believed.
    func extended(_ new: UInt32) -> Int64 {
        timestamp + Int64(Int32(bitPattern: new &- UInt32(truncatingIfNeeded: timestamp)))
    }

    /// Timestamps are counted anew from `new`, by this clock.
    mutating func restart(_ new: UInt32, clock: Int) -> Int64 {
        self.clock = clock
        timestamp = 1 << 32 | Int64(new)
        return timestamp
    }

    /// The packet is part of the stream.
    mutating func believe(_ number: Int64, _ timestamp: Int64) {
        believed = max(believed, number)
        self.timestamp = timestamp
        suspect = nil
    }

    /// Whether a packet whose transit jumped by more than `tolerance` is to be believed.
    mutating func isContinued(_ number: Int64, _ transit: Int64, tolerance: Int64) -> Bool {
        if number == believed + 1 { return true }
        if let suspect, abs(suspect &- transit) < tolerance { return true }
        suspect = transit
        return false
    }

    /// Whether the packet of this number came and was no speech.
    func isSkipped(_ number: Int64) -> Bool {
        guard let highest, (0..<Self.window).contains(highest - number) else { return false }
        return skipped & 1 << UInt64(highest - number) != 0
    }

    /// Whether no speech is missing between the packets of two numbers: the peer was silent.
    func isPause(from last: Int64, to next: Int64) -> Bool {
        guard next > last, next - last < Self.window else { return false }
        var number = last + 1
        while number < next {
            guard isSkipped(number) else { return false }
            number += 1
        }
        return true
    }
}
