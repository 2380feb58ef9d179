import CSpeexDSP

/// How strong each of the eight frequencies of DTMF was in each of the last blocks of 20 ms, by Goertzel's algorithm.
///
/// Unlike a receiver it does not ask whether that was a key: no other sound can hide one from it.
final class DTMFLevels {
    /// Rows 1 4 7 *, then columns 1 2 3 A (ITU-T Q.23).
    private static let frequencies: [Double] = [697, 770, 852, 941, 1_209, 1_336, 1_477, 1_633]
    private static let tones = 8
    static let blockMilliseconds = 20

    private let blockSize: Int
    private let capacity: Int
    private let coefficients: UnsafeMutablePointer<Float>
    /// The last two values of each resonator.
    private let state: UnsafeMutablePointer<Float>
    /// Powers, eight for each block, the block's number modulo `capacity` being its place.
    private let powers: UnsafeMutablePointer<Float>
    private var filled = 0
    /// Whole blocks so far.
    private(set) var count = 0

    /// Keeps `capacity` blocks.
    init(sampleRate: Int, capacity: Int) {
        blockSize = sampleRate * Self.blockMilliseconds / 1_000
        self.capacity = max(1, capacity)
        coefficients = .zeros(Self.tones)
        state = .zeros(2 * Self.tones)
        powers = .zeros(Self.tones * self.capacity)
        for tone in 0..<Self.tones {
            let turn = 2 * Double.pi * Self.frequencies[tone] / Double(sampleRate)
            coefficients[tone] = Float(2 * csound_sin(turn + Double.pi / 2))
        }
    }

    deinit {
        coefficients.deallocate()
        state.deallocate()
        powers.deallocate()
    }

    func reset() {
        filled = 0
        count = 0
        for index in 0..<2 * Self.tones { state[index] = 0 }
        for index in 0..<Self.tones * capacity { powers[index] = 0 }
    }

    func take(_ samples: UnsafePointer<Int16>, _ count: Int) {
        var done = 0
        while done < count {
            let piece = min(count - done, blockSize - filled)
            for tone in 0..<Self.tones { resonate(tone, samples + done, piece) }
            done += piece
            filled += piece
            if filled == blockSize { finishBlock() }
        }
    }

    private func resonate(_ tone: Int, _ samples: UnsafePointer<Int16>, _ count: Int) {
        let coefficient = coefficients[tone]
        var (last, beforeLast) = (state[2 * tone], state[2 * tone + 1])
        for index in 0..<count { (last, beforeLast) = (Float(samples[index]) + coefficient * last - beforeLast, last) }
        (state[2 * tone], state[2 * tone + 1]) = (last, beforeLast)
    }

    private func finishBlock() {
        let place = powers + count % capacity * Self.tones
        for tone in 0..<Self.tones {
            let (last, beforeLast) = (state[2 * tone], state[2 * tone + 1])
            place[tone] = last * last + beforeLast * beforeLast - coefficients[tone] * last * beforeLast
            (state[2 * tone], state[2 * tone + 1]) = (0, 0)
        }
        filled = 0
        count += 1
    }

    /// The power of a key's two tones in a block that is still kept.
    func powers(of event: UInt8, block: Int) -> (row: Float, column: Float) {
        guard block >= 0, block < count, block >= count - capacity else { return (0, 0) }
        let place = powers + block % capacity * Self.tones
        return (place[Self.row(event)], place[4 + Self.column(event)])
    }

    /// The number of the oldest block that is kept.
    var oldest: Int { max(0, count - capacity) }

    private static func row(_ event: UInt8) -> Int {
        switch event {
        case 1, 2, 3, 12: 0
        case 4, 5, 6, 13: 1
        case 7, 8, 9, 14: 2
        default: 3
        }
    }

    private static func column(_ event: UInt8) -> Int {
        switch event {
        case 1, 4, 7, 10: 0
        case 0, 2, 5, 8: 1
        case 3, 6, 9, 11: 2
        default: 3
        }
    }
}
