import Base

/// From packets to sound: keeps them until they are due, decodes them and fills what is missing.
///
/// Belongs to the audio thread; allocates only when it is made.
public final class Playout {
    private let buffer: PlayoutBuffer
    private let concealment = Concealment()
    /// Decoded speech that was not played yet.
    private let decoded: UnsafeMutablePointer<Int16>
    private var start = 0
    private var count = 0
    private static let capacity = 1_280

    /// - Parameters:
    ///   - sampleRate: of what `play` gives, in Hz.
    ///   - minimumDelay: kept even when the network is perfect, in milliseconds.
    ///   - maximumDelay: what would wait longer is thrown away, in milliseconds.
    public init(sampleRate: Int, minimumDelay: Int, maximumDelay: Int) {
        G711.prepare()
        buffer = PlayoutBuffer(minimumDelay: minimumDelay * 8, maximumDelay: maximumDelay * 8)
        decoded = .allocate(capacity: Self.capacity)
        decoded.initialize(repeating: 0, count: Self.capacity)
    }

    deinit { decoded.deallocate() }

    /// Takes in a packet that came at `arrival`.
    public func put(
        _ payload: UnsafeRawBufferPointer, codec: Codec, timestamp: UInt32, sequence: UInt16, at arrival: Instant
    ) {
        buffer.put(payload, codec: codec, timestamp: timestamp, sequence: sequence)
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
        let samples = taken == .packet ? buffer.payload.count : buffer.span
        let space = UnsafeMutableBufferPointer(start: decoded + count, count: samples)
        if taken == .packet {
            G711.decode(buffer.codec, buffer.payload, decoded + count)
            concealment.received(space)
        } else {
            concealment.fill(space)
        }
        count += samples
    }

    /// Packets that came too late to be played.
    public var late: UInt32 { buffer.late }

    /// How long what comes now waits until it is played, in milliseconds.
    public var delay: Float { Float(buffer.delay + count) / 8 }

    /// Everything that came has been played.
    public var isDrained: Bool { buffer.delay == 0 && count == 0 }

    /// Begins anew, as for another stream.
    public func reset() {
        buffer.reset()
        concealment.reset()
        (start, count) = (0, 0)
    }
}
