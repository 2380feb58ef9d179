/// Keys that the peer sends as tones in its speech, told from the echo of tones that the house itself sent.
///
/// A visitor could play a key's tones to the microphone: they go to the peer, whose loudspeaker or line hands some of them back.
/// So a key counts only if its tones were not in what was sent lately. And as long as a key is heard the speech is silent,
/// so that the loudspeaker does not tell a code to who stands at the door: all but the first 40 ms of each key.
final class InbandKeys {
    private let receiver: DTMFReceiver
    private let heard: DTMFLevels
    private let sent: DTMFLevels
    /// Whether the key that is held counts.
    private var counts = false
    /// For each key, until which block of what is sent its tones may be our loudspeaker's in our microphone.
    private let ownSound: UnsafeMutablePointer<Int>

    /// How long an echo may be under way: two networks' delays and play-outs each way, a second at the very worst, and half as
    /// much again.
    private static let memory = 1_500 / DTMFLevels.blockMilliseconds
    /// An echo is not louder than what was sent; a peer's automatic gain may make it so by 6 dB in power.
    private static let echoGain: Float = 4
    /// From the start of a key in the loudspeaker to the end of its first 40 ms in the microphone: card, air and the room.
    private static let room = 400 / DTMFLevels.blockMilliseconds
    private static let events = 16

    /// `sampleRate` is 8000 or 16 000 Hz, `capacity` the most samples at a time.
    init(sampleRate: Int, capacity: Int) {
        receiver = DTMFReceiver(sampleRate: sampleRate, capacity: capacity)
        heard = DTMFLevels(sampleRate: sampleRate, capacity: 2)
        sent = DTMFLevels(sampleRate: sampleRate, capacity: Self.memory)
        ownSound = .allocate(capacity: Self.events)
        ownSound.initialize(repeating: 0, count: Self.events)
    }

    deinit { ownSound.deallocate() }

    func reset() {
        receiver.reset()
        heard.reset()
        sent.reset()
        counts = false
        for event in 0..<Self.events { ownSound[event] = 0 }
    }

    /// One period of what goes to the peer.
    func send(_ samples: UnsafePointer<Int16>, _ count: Int) { sent.take(samples, count) }

    /// One period of the peer's speech, which is silenced while a key is held.
    func take(_ samples: UnsafeMutableBufferPointer<Int16>, _ output: (DTMFReceiver.Output) -> Void) {
        guard let base = samples.baseAddress else { return }
        heard.take(base, samples.count)
        let wasHeld = receiver.isHeld
        receiver.take(samples) { key in
            switch key {
            case .started(let event):
                counts = !isEcho(event)
                guard counts, event < Self.events else { return }
                ownSound[Int(event)] = sent.count + Self.room
                output(key)
            case .ended:
                if counts { output(key) }
            }
        }
        if wasHeld || receiver.isHeld { samples.update(repeating: 0) }
    }

    /// Whether both tones of the key were in what was sent lately, as loud as they are in what is heard, or nearly.
    private func isEcho(_ event: UInt8) -> Bool {
        // The louder of the last two blocks: one of them may have been under way when the key began.
        let (newer, older) = (heard.powers(of: event, block: heard.count - 1), heard.powers(of: event, block: heard.count - 2))
        let row = max(newer.row, older.row) / Self.echoGain
        let column = max(newer.column, older.column) / Self.echoGain
        var block = max(sent.oldest, ownSound[Int(event)])
        while block < sent.count {
            let own = sent.powers(of: event, block: block)
            if own.row >= row, own.column >= column { return true }
            block += 1
        }
        return false
    }
}
