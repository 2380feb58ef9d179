import CSpanDSP

/// Tells keys by their tones (DTMF, ITU-T Q.23 and Q.24) in 8 or 16 kHz speech, by spandsp's receiver.
///
/// Made by who is not the audio thread, then only used by it; allocates nothing there.
final class DTMFReceiver {
    enum Output: Sendable, Equatable {
        /// An RFC 4733 event code, once its tones were there for two blocks: 26 to 38 ms.
        case started(event: UInt8)
        case ended(event: UInt8, milliseconds: UInt32)
    }

    private struct Key {
        var event: UInt8
        /// From one block's decision to the other's: the end is noticed as late as the start.
        var blocks = 0
        /// Blocks since the end was noticed; `nil` as long as it is held.
        var gap: Int?
    }

    private let receiver: OpaquePointer?
    private let downsampler: Downsampler?
    private let narrow: UnsafeMutablePointer<Int16>
    /// One key, and the zero that spandsp puts behind it.
    private let text: UnsafeMutablePointer<CChar>
    private let capacity: Int
    private var held: Key?
    /// Samples of the block under way.
    private var filled = 0

    /// spandsp decides block by block, of so many samples of 8 kHz (12.75 ms), and takes two that agree for a start or an end.
    private static let block = 102
    /// A key that comes back so many blocks after its end was noticed was interrupted for two blocks at most, which 10 ms do
    /// and 40 ms, the shortest pause between two keys (Q.24), do not.
    private static let interruption = 2
    private static let keys: StaticString = "0123456789*#ABCD"

    /// `sampleRate` is 8000 or 16 000 Hz, `capacity` the most samples at a time.
    init(sampleRate: Int, capacity: Int) {
        self.capacity = capacity
        receiver = dtmf_rx_init(nil, nil, nil)
        downsampler = sampleRate == 16_000 ? Downsampler() : nil
        narrow = .allocate(capacity: capacity)
        narrow.initialize(repeating: 0, count: capacity)
        text = .allocate(capacity: 2)
        text.initialize(repeating: 0, count: 2)
    }

    deinit {
        if let receiver { dtmf_rx_free(receiver) }
        downsampler?.deallocate()
        narrow.deallocate()
        text.deallocate()
    }

    /// A key is there, or its end is not sure yet.
    var isHeld: Bool { held != nil }

    func reset() {
        held = nil
        filled = 0
        downsampler?.reset()
        // Made anew in its old place.
        if let receiver { _ = dtmf_rx_init(receiver, nil, nil) }
    }

    /// One period of speech; more than `capacity` samples are not looked at.
    func take(_ samples: UnsafeMutableBufferPointer<Int16>, _ output: (Output) -> Void) {
        guard let base = samples.baseAddress, samples.count <= capacity else { return }
        if let downsampler {
            downsampler.process(base, samples.count, into: narrow)
            take(narrow, samples.count / 2, output)
        } else {
            take(base, samples.count, output)
        }
    }

    private func take(_ samples: UnsafePointer<Int16>, _ count: Int, _ output: (Output) -> Void) {
        guard let receiver else { return }
        var done = 0
        while done < count {
            let piece = min(count - done, Self.block - filled)
            dtmf_rx(receiver, samples + done, Int32(piece))
            done += piece
            filled += piece
            guard filled == Self.block else { return }
            filled = 0
            decide(receiver, output)
        }
    }

    /// Follows what spandsp makes of the block that is over.
    private func decide(_ receiver: OpaquePointer, _ output: (Output) -> Void) {
        if let gap = held?.gap {
            held?.gap = gap + 1
            if gap + 1 > Self.interruption { finish(output) }
        } else {
            held?.blocks += 1
        }
        while dtmf_rx_get(receiver, text, 1) == 1 {
            guard let event = Self.event(of: UInt8(bitPattern: text[0])) else { continue }
            if let key = held, let gap = key.gap, key.event == event {
                held = Key(event: event, blocks: key.blocks + gap)
            } else {
                finish(output)
                held = Key(event: event)
                output(.started(event: event))
            }
        }
        if held?.gap == nil, dtmf_rx_status(receiver) == 0 { held?.gap = 0 }
    }

    private func finish(_ output: (Output) -> Void) {
        guard let held else { return }
        self.held = nil
        output(.ended(event: held.event, milliseconds: UInt32(clamping: held.blocks * Self.block / 8)))
    }

    private static func event(of key: UInt8) -> UInt8? {
        for index in 0..<keys.utf8CodeUnitCount where keys.utf8Start[index] == key { return UInt8(index) }
        return nil
    }
}
