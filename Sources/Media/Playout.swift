import Base

/// From packets to sound: keeps them until they are due, decodes them and fills what is missing.
///
/// Belongs to the audio thread; allocates only when it is made.
public final class Playout {
    private let buffer: PlayoutBuffer
    private let concealment: Concealment
    private let decoder: SpeechDecoder
    private let sampleRate: Int
    private let bounds: (minimum: Int, maximum: Int)
    private var clockRate = 8_000
    /// Decoded speech that was not played yet.
    private let decoded: UnsafeMutablePointer<Int16>
    private var start = 0
    private var count = 0
    private static let capacity = 4_096

    /// - Parameters:
    ///   - sampleRate: of what `play` gives, in Hz.
    ///   - minimumDelay: kept even when the network is perfect, in milliseconds.
    ///   - maximumDelay: what would wait longer is thrown away, in milliseconds.
    public init(sampleRate: Int, minimumDelay: Int, maximumDelay: Int) {
        self.sampleRate = sampleRate
        bounds = (minimumDelay, maximumDelay)
        concealment = Concealment(sampleRate: sampleRate)
        decoder = SpeechDecoder(sampleRate: sampleRate)
        buffer = PlayoutBuffer(minimumDelay: minimumDelay * 8, maximumDelay: maximumDelay * 8)
        decoded = .allocate(capacity: Self.capacity)
        decoded.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { decoded.deallocate() }

    /// Takes in a packet that came at `arrival`.
    public func put(
        _ payload: UnsafeRawBufferPointer, codec: Codec, timestamp: UInt32, sequence: UInt16, at arrival: Instant
    ) {
        if codec.clockRate != clockRate {
            clockRate = codec.clockRate
            buffer.reset()
            buffer.setBounds(minimum: bounds.minimum * clockRate / 1_000, maximum: bounds.maximum * clockRate / 1_000)
        }
        let samples = decoder.samples(codec, payload)
        guard samples > 0, samples <= sampleRate * 120 / 1_000 else { return }
        buffer.put(payload, codec: codec, span: samples * clockRate / sampleRate, timestamp: timestamp, sequence: sequence)
    }

    /// The next period's speech, which begins to sound at `now`.
    public func play(into samples: UnsafeMutableBufferPointer<Int16>, at now: Instant) {
        while count < samples.count { decodeNext() }
        for index in samples.indices { samples[index] = decoded[start + index] }
        start += samples.count
        count -= samples.count
    }

    private func decodeNext() {
        if start > 0 {
            for index in 0..<count { decoded[index] = decoded[start + index] }
            start = 0
        }
        let taken = buffer.take()
        var samples = 0
        if taken == .packet {
            samples = decoder.decode(
                buffer.codec, buffer.payload, into: decoded + count,
                capacity: min(sampleRate * 120 / 1_000, Self.capacity - count))
        }
        if samples > 0 {
            concealment.received(UnsafeMutableBufferPointer(start: decoded + count, count: samples))
        } else {
            samples = min(max(buffer.span * sampleRate / clockRate, sampleRate / 400), Self.capacity - count)
            concealment.fill(UnsafeMutableBufferPointer(start: decoded + count, count: samples))
        }
        count += samples
    }

    /// Packets that came too late to be played.
    public var late: UInt32 { buffer.late }

    /// How long what comes now waits until it is played, in milliseconds.
    public var delay: Float { Float(buffer.delay) * 1_000 / Float(clockRate) + Float(count) * 1_000 / Float(sampleRate) }

    /// Everything that came has been played.
    public var isDrained: Bool { buffer.delay == 0 && count == 0 }

    /// Begins anew, as for another stream.
    public func reset() {
        buffer.reset()
        concealment.reset()
        decoder.reset()
        (start, count) = (0, 0)
    }
}
