import Base
import Testing

@testable import Media

/// A peer, a network and a play-out, in virtual time.
private final class PlayoutRig {
    let playout: Playout
    let rate: Int
    private(set) var heard: [Int16] = []
    private var now = Instant(nanoseconds: 5_000_000_000)
    private var arrivals: [(at: Instant, apply: (Playout, Instant) -> Void)] = []
    let start = Instant(nanoseconds: 5_000_000_000)

    init(rate: Int = 8_000, minimumDelay: Int = 20, maximumDelay: Int = 200) {
        self.rate = rate
        playout = Playout(sampleRate: rate, minimumDelay: minimumDelay, maximumDelay: maximumDelay)
    }

    /// A packet of A-law that arrives so many milliseconds after the start.
    func packet(_ samples: ArraySlice<Int16>, sequence: Int, timestamp: Int, at milliseconds: Double) {
        var bytes = [UInt8](repeating: 0, count: samples.count)
        bytes.withUnsafeMutableBytes { target in
            Array(samples).withUnsafeBufferPointer { G711.encode(.pcma, $0.baseAddress!, target) }
        }
        at(milliseconds) { [bytes] playout, time in
            bytes.withUnsafeBytes {
                playout.put(
                    $0, codec: .pcma, timestamp: UInt32(truncatingIfNeeded: timestamp),
                    sequence: UInt16(truncatingIfNeeded: sequence), at: time)
            }
        }
    }

    /// A packet of the stream that is no speech.
    func event(sequence: Int, at milliseconds: Double) {
        at(milliseconds) { playout, _ in playout.skip(sequence: UInt16(truncatingIfNeeded: sequence)) }
    }

    private func at(_ milliseconds: Double, _ apply: @escaping (Playout, Instant) -> Void) {
        arrivals.append((start + .microseconds(Int(milliseconds * 1_000)), apply))
    }

    /// Sends `speech` (8 kHz) in packets; each is delayed as `delay` says, in milliseconds, or lost when that is `nil`.
    func send(
        _ speech: [Int16], size: Int = 160, sequence: Int = 65_500, timestamp: Int = 0xFFFF_F000, from: Double = 0,
        delay: (Int) -> Double? = { _ in 0 }
    ) {
        for index in 0..<speech.count / size {
            guard let delay = delay(index) else { continue }
            packet(
                speech[index * size..<(index + 1) * size], sequence: sequence + index, timestamp: timestamp + index * size,
                at: from + Double(index * size) / 8 + delay)
        }
    }

    /// Plays until so many milliseconds after the start.
    func play(until milliseconds: Int) {
        arrivals.sort { $0.at < $1.at }
        var period = [Int16](repeating: 0, count: rate / 100)
        while now < start + .milliseconds(milliseconds) {
            while let first = arrivals.first, first.at <= now {
                first.apply(playout, first.at)
                arrivals.removeFirst()
            }
            period.withUnsafeMutableBufferPointer { playout.play(into: $0, at: now) }
            heard += period
            now = now + .milliseconds(10)
        }
    }

    /// What was heard between two times, in milliseconds.
    func heard(_ range: Range<Int>) -> [Int16] { Array(heard[range.lowerBound * rate / 1_000..<range.upperBound * rate / 1_000]) }

    /// Milliseconds of sound that were filled in.
    var concealed: Int { Int(playout.figures.concealed) * 1_000 / rate }
}

/// Speech at 8 kHz that pauses for 0.3 s after 1.7 s.
private func speech(_ seconds: Int) -> [Int16] {
    EngineRig.speech(seconds * 8_000, seed: 1, rate: 8_000).enumerated().map { $0 % 16_000 < 13_600 ? $1 : $1 / 1_000 }
}

/// A voice that never pauses and never changes.
private func vowel(_ seconds: Int) -> [Int16] {
    (0..<seconds * 8_000).map { index in
        let phase = Float(index % 73) / 73
        return Int16((1 - 2 * phase) * (1 - phase) * 9_000)
    }
}

private func energy(_ samples: some Sequence<Int16>) -> Double { samples.reduce(0) { $0 + Double($1) * Double($1) } }

/// Deterministic numbers from 0 to 1.
private struct Dice {
    var source = RandomSource(seed: 42)
    mutating func roll() -> Double { Double(source.next() >> 11) / Double(UInt64(1) << 53) }
}

@Suite("Play-out")
struct PlayoutTests {
    @Test("Over a perfect network speech is heard as it was said, soon with the least delay", arguments: [20, 60])
    func perfect(minimumDelay: Int) {
        let said = speech(12)
        let rig = PlayoutRig(minimumDelay: minimumDelay)
        rig.send(said)
        rig.play(until: 12_000)
        let (lag, likeness) = alignment(Array(said[64_000...]), Array(rig.heard[64_000...]), lags: 0..<1_000)
        #expect(lag == minimumDelay * 8 && likeness > 0.99)
        #expect(rig.concealed == 0 && rig.playout.figures.late == 0)
    }

    @Test("At 16 kHz it is the same speech")
    func wideband() {
        let said = speech(8)
        let rig = PlayoutRig(rate: 16_000)
        rig.send(said)
        rig.play(until: 8_000)
        // Every second sample; the filter between the rates may fall between them.
        let halves = [0, 1].map { start in stride(from: start, to: rig.heard.count, by: 2).map { rig.heard[$0] } }
        let likeness = halves.map { alignment(Array(said[40_000...]), Array($0[40_000...]), lags: 0..<1_000).correlation }
        #expect(likeness[0] > 0.97 || likeness[1] > 0.97)
        #expect(rig.concealed == 0)
    }

    @Test("A lost packet of a voice is bridged in phase: nine tenths of it are right", arguments: [8_000, 16_000])
    func bridge(rate: Int) {
        let said = vowel(3)
        let whole = PlayoutRig(rate: rate)
        whole.send(said)
        whole.play(until: 3_000)
        let rig = PlayoutRig(rate: rate)
        rig.send(said) { $0 == 60 || $0 == 90 ? nil : 0 }
        rig.play(until: 3_000)
        #expect(rig.concealed == 40)
        let wrong = zip(rig.heard(1_000..<2_500), whole.heard(1_000..<2_500)).map { Int16(clamping: Int($0) - Int($1)) }
        #expect(energy(wrong) < 0.1 * energy(whole.heard(1_220..<1_260)))
    }

    @Test("When nothing comes any more, the voice fades: at 60 ms half, at 110 ms it is gone")
    func fading() {
        let rig = PlayoutRig()
        rig.send(vowel(2))
        rig.play(until: 2_400)
        let level = energy(rig.heard(1_500..<1_520))
        // The last packet ends at 2 s and the wait, which is known well enough by then.
        let end = 2_000 + Int(rig.heardDelay)
        #expect((0.5...1.1).contains(energy(rig.heard(end + 5..<end + 25)) / level))
        #expect((0.1...0.6).contains(energy(rig.heard(end + 45..<end + 65)) / level))
        #expect(energy(rig.heard(end + 110..<end + 130)) < level / 1_000)
    }

    @Test("Packets in the wrong order and packets that come twice change nothing, while they are in time")
    func order() {
        let said = speech(4)
        let straight = PlayoutRig(minimumDelay: 60)
        straight.send(said)
        straight.play(until: 4_000)
        let rig = PlayoutRig(minimumDelay: 60)
        // Each fifth packet is overtaken by one; each seventh comes again.
        rig.send(said) { $0 % 5 == 0 ? 25 : 0 }
        rig.send(said) { $0 % 7 == 0 ? 30 : nil }
        rig.play(until: 4_000)
        let (lag, likeness) = alignment(Array(straight.heard[8_000...]), Array(rig.heard[7_800...]), lags: 0..<400)
        #expect(likeness > 0.999 && (100...300).contains(lag))
        #expect(rig.playout.figures.late == 0 && rig.concealed == 0)
        #expect(rig.playout.figures.duplicates == 29)
    }

    @Test("Within a second of a network becoming bad everything is in time; when it is good again, delay sinks")
    func adapts() {
        var dice = Dice()
        let rig = PlayoutRig()
        rig.send(speech(40)) { index in
            let isBad = (250..<600).contains(index)
            return isBad ? dice.roll() * 80 : dice.roll() * 4
        }
        rig.play(until: 5_000)
        let before = rig.playout.figures
        #expect(before.delay < 40 && rig.concealed == 0)
        rig.play(until: 6_100)
        let concealed = rig.concealed
        rig.play(until: 12_000)
        #expect(rig.concealed - concealed <= 40)
        #expect((70...130).contains(rig.playout.figures.delay))
        rig.play(until: 39_000)
        #expect(rig.playout.figures.delay < 45)
        #expect(rig.playout.figures.shortened > 8 * 30 && rig.playout.figures.stretched > 8 * 30)
    }

    @Test("A step of the delay loses nothing of what is said: it is heard later", arguments: [40.0, 100])
    func step(height: Double) {
        let said = speech(8)
        let rig = PlayoutRig()
        rig.send(said) { $0 < 200 ? 0 : height }
        rig.play(until: 8_000)
        #expect(rig.playout.figures.late <= 2)
        #expect(rig.concealed <= Int(height) + 20)
        let part = Array(said[36_800..<44_800])
        #expect(alignment(part, Array(rig.heard[36_800...]), lags: 0..<1_600).correlation > 0.95)
    }

    @Test("A peer's clock that is off is followed by stretching and shortening, not by filling in", arguments: [-400.0, 400])
    func skew(partsPerMillion: Double) {
        let rig = PlayoutRig()
        // 400 ppm over 60 s are 24 ms.
        rig.send(speech(60)) { 30 + Double($0) * 20 * partsPerMillion / 1_000_000 }
        rig.play(until: 10_000)
        let before = rig.playout.figures
        rig.play(until: 59_900)
        #expect(rig.concealed == 0 && rig.playout.figures.late == 0)
        #expect(rig.playout.figures.delay < 40)
        let figures = rig.playout.figures
        let changed = Int(figures.stretched - before.stretched) - Int(figures.shortened - before.shortened)
        // Of the 20 ms that are to be followed in this time, all but what is not worth a change.
        #expect(abs(changed) > 10 * 8 && (changed > 0) == (partsPerMillion > 0))
    }

    @Test("A pause in which the peer sends nothing is no loss, and what follows begins whole")
    func silence() {
        let said = speech(12)
        let rig = PlayoutRig()
        var sequence = 0
        for index in 0..<600 where index % 100 < 60 {
            rig.packet(said[index * 160..<(index + 1) * 160], sequence: sequence, timestamp: index * 160, at: Double(index * 20))
            sequence += 1
        }
        rig.play(until: 12_000)
        #expect(rig.playout.figures.late == 0)
        // What goes on at the end of each spurt until it has faded, and no more.
        #expect(rig.concealed <= 6 * 110)
        for spurt in 2..<6 {
            let start = spurt * 16_000
            let part = Array(said[start..<start + 9_600])
            #expect(alignment(part, Array(rig.heard[start..<start + 10_400]), lags: 0..<500).correlation > 0.97)
            #expect(energy(rig.heard(spurt * 2_000 - 500..<spurt * 2_000)) < energy(part) / 1_000)
        }
    }

    @Test(
        "A source that counts its timestamps anew is followed at once, wherever it jumps",
        arguments: [-3_000_000, -100_000, 100_000, 0x7000_0000])
    func jump(by distance: Int) {
        let said = speech(6)
        let rig = PlayoutRig()
        rig.send(Array(said[..<24_000]), sequence: 0, timestamp: 0x8000_0000)
        rig.send(Array(said[24_000...]), sequence: 150, timestamp: 0x8000_0000 + 24_000 + distance, from: 3_000)
        rig.play(until: 6_000)
        #expect(rig.playout.figures.late == 0)
        let part = Array(said[24_800..<47_000])
        #expect(alignment(part, Array(rig.heard[24_800...]), lags: 0..<700).correlation > 0.95)
    }

    @Test("One packet with a wild timestamp changes nothing but itself")
    func wild() {
        let said = speech(4)
        let rig = PlayoutRig()
        rig.send(said, sequence: 0, timestamp: 0) { $0 == 100 ? nil : 0 }
        rig.packet(said[..<160], sequence: 31_000, timestamp: 77_000_000, at: 2_001)
        rig.play(until: 4_000)
        #expect(rig.concealed == 20 && rig.playout.figures.late == 0)
    }

    @Test("Nothing waits longer than is allowed, even after a stall of the network", arguments: [100, 200])
    func cap(maximumDelay: Int) {
        let said = speech(10)
        let rig = PlayoutRig(maximumDelay: maximumDelay)
        // What is sent from 3 to 4.5 s comes at once at 4.5 s.
        rig.send(said) { (150..<225).contains($0) ? Double((225 - $0) * 20) : 0 }
        rig.play(until: 4_600)
        #expect(rig.playout.figures.delay <= Float(maximumDelay))
        rig.play(until: 10_000)
        let (lag, likeness) = alignment(Array(said[48_000..<64_000]), Array(rig.heard[48_000...]), lags: 0..<3_000)
        #expect(likeness > 0.9 && lag <= maximumDelay * 8)
    }

    @Test("While the peer sends keys there is silence, nothing is filled in, and speech goes on after them")
    func keys() {
        let said = speech(6)
        let rig = PlayoutRig()
        rig.send(Array(said[..<16_000]), sequence: 0, timestamp: 0)
        for index in 0..<50 { rig.event(sequence: 100 + index, at: 2_000 + Double(index * 20)) }
        rig.send(Array(said[24_000...]), sequence: 150, timestamp: 24_000, from: 3_000)
        rig.play(until: 6_000)
        #expect(rig.concealed == 0 && rig.playout.figures.late == 0)
        #expect(energy(rig.heard(2_120..<3_000)) < energy(rig.heard(1_000..<1_880)) / 1_000)
        #expect(alignment(Array(said[24_000..<47_000]), Array(rig.heard[24_000...]), lags: 0..<700).correlation > 0.95)
    }

    @Test("Packets may change their size in mid-stream", arguments: [(160, 80), (80, 640), (640, 240)])
    func sizes(before: Int, after: Int) {
        let said = speech(6)
        let rig = PlayoutRig()
        rig.send(Array(said[..<23_040]), size: before, sequence: 0, timestamp: 0)
        rig.send(Array(said[23_040...]), size: after, sequence: 23_040 / before, timestamp: 23_040, from: 2_880)
        rig.play(until: 6_000)
        #expect(rig.concealed == 0 && rig.playout.figures.late == 0)
        #expect(alignment(Array(said[18_000..<28_000]), Array(rig.heard[18_000...]), lags: 0..<1_400).correlation > 0.97)
    }

    @Test("After a reset nothing of the stream before is heard or counted")
    func reset() {
        let rig = PlayoutRig()
        rig.send(vowel(2)) { $0 % 10 == 3 ? nil : 0 }
        rig.play(until: 1_990)
        rig.playout.reset()
        #expect(rig.playout.figures == Playout.Figures())
        rig.send([Int16](repeating: 0, count: 8_000), sequence: 9, timestamp: 4, from: 2_000)
        rig.play(until: 2_900)
        #expect(energy(rig.heard(2_000..<2_900)) < 100 * 7_200)
        #expect(rig.concealed == 0)
    }

    @Test("Whatever the packets say, sound comes out and nothing waits for ever", arguments: [1, 2, 3, 4] as [UInt64])
    func rubbish(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let playout = Playout(sampleRate: seed % 2 == 0 ? 8_000 : 16_000, minimumDelay: 0, maximumDelay: 200)
        var period = [Int16](repeating: 0, count: seed % 2 == 0 ? 80 : 160)
        var time = Instant()
        for _ in 0..<3_000 {
            for _ in 0..<random.next() % 4 {
                let payload = (0..<Int(random.next() % 900)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let codec = Codec.allCases[Int(random.next() % 5)]
                let wild = random.next() % 8 == 0
                payload.withUnsafeBytes {
                    playout.put(
                        $0, codec: random.next() % 16 == 0 ? codec : .pcma,
                        timestamp: wild ? UInt32(truncatingIfNeeded: random.next()) : UInt32(time.nanoseconds / 125_000),
                        sequence: wild
                            ? UInt16(truncatingIfNeeded: random.next())
                            : UInt16(truncatingIfNeeded: time.nanoseconds / 10_000_000),
                        at: time)
                }
                if random.next() % 8 == 0 { playout.skip(sequence: UInt16(truncatingIfNeeded: random.next())) }
            }
            period.withUnsafeMutableBufferPointer { playout.play(into: $0, at: time) }
            #expect(playout.figures.delay <= 1_200)
            time = time + .milliseconds(10)
        }
        for _ in 0..<200 {
            period.withUnsafeMutableBufferPointer { playout.play(into: $0, at: time) }
            time = time + .milliseconds(10)
        }
        #expect(playout.isDrained)
        #expect(energy(period) < Double(period.count) * 20_000)
    }
}

extension PlayoutRig {
    /// Milliseconds that sound waits now, or waited last.
    fileprivate var heardDelay: Float { playout.figures.target }
}
