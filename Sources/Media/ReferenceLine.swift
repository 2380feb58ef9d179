import CSpeexDSP

/// What was handed to the loudspeaker, as the microphone's clock sees it: resampled by the drift between both, and held for a second.
final class ReferenceLine {
    private let frames: Int
    /// As it was played; a ring.
    private let played: UnsafeMutablePointer<Int16>
    private var written = 0
    /// The same by the microphone's clock; a ring. Its end is the microphone's now.
    private let aligned: UnsafeMutablePointer<Int16>
    private var read = 0
    /// Where in `played` the next aligned sample lies.
    private var place: Double
    /// By how much the microphone's clock is faster, as a fraction.
    var drift: Double = 0

    static let size = 16_384
    private static let mask = size - 1
    private static let taps = 24
    private static let phases = 64
    private let kernel: UnsafeMutablePointer<Float>
    /// The kernel of a piece, each tap four times.
    private let current: UnsafeMutablePointer<SIMD4<Float>>
    private let around: UnsafeMutablePointer<Float>
    private var lastRoom = 0.0
    /// How far behind what was played last it may read.
    private static let mostRoom = 128
    /// By this it moves when drift has used up that room.
    static let step = 32

    init(frames: Int) {
        self.frames = frames
        played = .allocate(capacity: Self.size)
        played.initialize(repeating: 0, count: Self.size)
        aligned = .allocate(capacity: Self.size)
        aligned.initialize(repeating: 0, count: Self.size)
        place = Double(-frames)
        kernel = .zeros((Self.phases + 1) * Self.taps)
        current = .allocate(capacity: Self.taps)
        current.initialize(repeating: .zero, count: Self.taps)
        around = .zeros(Self.piece + Self.taps)
        for phase in 0...Self.phases {
            for tap in 0..<Self.taps {
                let distance = Double(tap - Self.taps / 2 + 1) - Double(phase) / Double(Self.phases)
                let x = Double.pi * distance
                let sinc = abs(distance) < 1e-9 ? 1 : csound_sin(0.97 * x) / x
                let window = 0.5 + 0.5 * csound_sin(x / Double(Self.taps / 2) + Double.pi / 2)
                kernel[phase * Self.taps + tap] = Float(sinc * (abs(distance) >= Double(Self.taps / 2) ? 0 : window))
            }
        }
    }

    deinit {
        played.deallocate()
        aligned.deallocate()
        kernel.deallocate()
        current.deallocate()
        around.deallocate()
    }

    func append(_ samples: UnsafePointer<Int16>, _ count: Int) {
        for index in 0..<count { played[(written &+ index) & Self.mask] = samples[index] }
        written &+= count
    }

    /// Samples by which it reads behind what was played last.
    var behind: Int { Int(lastRoom) }

    private var room: Double { Double(written - frames) - place }

    /// One more period by the microphone's clock. Says by how many samples everything became later, which is nearly always none.
    func advance() -> Int {
        var moved = 0
        // Where periods were played and none was captured, it goes on as far behind as it was.
        if abs(room - lastRoom) > Double(frames / 2) { place = Double(written - frames) - lastRoom }
        // What lies between samples needs those that come after it.
        let isBetween = drift != 0 || place != place.rounded(.down)
        if isBetween, room < Double(Self.taps) || room > Double(Self.mostRoom) {
            moved = room < Double(Self.taps) ? Self.step : -Self.step
            place -= Double(moved)
            shift(by: moved)
        }
        lastRoom = room
        if drift == 0, place == place.rounded(.down) {
            let start = Int(place)
            for index in 0..<frames { aligned[(read &+ index) & Self.mask] = played[(start &+ index) & Self.mask] }
            place += Double(frames)
        } else {
            var index = 0
            while index < frames {
                let count = min(Self.piece, frames - index)
                interpolate(from: place + Double(count / 2) * -drift, count, to: read &+ index)
                place += Double(count) * (1 - drift)
                index += count
            }
        }
        read &+= frames
        return moved
    }

    /// Samples over which the fraction of the place is taken to be the same.
    private static let piece = 40

    private func interpolate(from place: Double, _ count: Int, to target: Int) {
        let whole = place.rounded(.down)
        let exact = (place - whole) * Double(Self.phases)
        let phase = min(Int(exact), Self.phases - 1)
        let part = Float(exact - Double(phase))
        let near = kernel + phase * Self.taps
        for tap in 0..<Self.taps { current[tap] = SIMD4(repeating: near[tap] + part * (near[tap &+ Self.taps] - near[tap])) }
        let start = Int(whole) &- Self.taps / 2 &+ 1
        for index in 0..<Self.piece &+ Self.taps { around[index] = Float(played[(start &+ index) & Self.mask]) }
        var index = 0
        while index < count {
            var sum = SIMD4<Float>.zero
            for tap in 0..<Self.taps { sum += current[tap] * SIMD4(four: around + (index &+ tap)) }
            for lane in 0..<min(4, count &- index) {
                aligned[(target &+ index &+ lane) & Self.mask] = Int16(saturating: sum[lane])
            }
            index &+= 4
        }
    }

    /// What lies in `aligned` moves, so that it goes on without a seam.
    private func shift(by count: Int) {
        if count > 0 {
            for index in 0..<Self.size - count {
                aligned[(read &- 1 &- index) & Self.mask] = aligned[(read &- 1 &- index &- count) & Self.mask]
            }
        } else {
            for index in 0..<Self.size + count {
                let target = read &- Self.size &+ index
                aligned[target & Self.mask] = aligned[(target &- count) & Self.mask]
            }
        }
    }

    /// The period that was heard `lag` samples before the microphone's last.
    func copy(lag: Int, into target: UnsafeMutablePointer<Int16>) {
        let start = read &- frames &- min(max(lag, 0), Self.size - 2 * frames)
        for index in 0..<frames { target[index] = aligned[(start &+ index) & Self.mask] }
    }
}
