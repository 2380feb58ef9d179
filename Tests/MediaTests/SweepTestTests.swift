import Base
import Media
import Testing

/// A loudspeaker, a room and a microphone: an echo, later and weaker ones behind it, and noise.
private struct Room {
    /// In samples.
    var delay = 640.0
    var gain = 0.3
    /// Peak, in samples' units.
    var noise = 12.0
    /// Of the microphone's clock against the loudspeaker's, in parts per million: the echo comes ever later.
    var drift = 0.0
    var reflections: [(delay: Double, gain: Double)] = [
        (61, -0.5), (149, 0.4), (333, -0.3), (801, 0.2), (1_603, 0.12), (2_411, -0.07),
    ]
    /// What the microphone's amplifier makes of it.
    var microphoneGain = 1.0

    func record(_ played: [Int16]) -> [Int16] {
        var random = RandomSource(seed: 3)
        return played.indices.map { index in
            var sum = 0.0
            for (delay, gain) in [(0, 1)] + reflections {
                let place = Double(index) * (1 - drift * 1e-6) - self.delay - delay
                guard place >= 0, Int(place) + 1 < played.count else { continue }
                let between = place - Double(Int(place))
                sum += gain * (Double(played[Int(place)]) * (1 - between) + Double(played[Int(place) + 1]) * between)
            }
            let hiss = Double(Int64(bitPattern: random.next()) >> 11) / Double(1 << 52) * noise
            return Int16(clamping: Int((microphoneGain * (gain * sum + hiss)).rounded()))
        }
    }
}

@Suite("The sound's self-test")
struct SweepTestTests {
    private static let test = SweepTest(sampleRate: 16_000)

    private func report(_ recorded: [Int16], interruptions: Int = 0, cancels: Bool = false) -> SweepTest.Report {
        var settings = VoiceSettings()
        if !cancels { settings.echoTail = 0 }
        return Self.test.judge(recorded, interruptions: interruptions, settings: settings)
    }

    @Test("A room in order: level, delay and what the canceller takes away are measured, and nothing is wrong")
    func good() throws {
        let found = report(Room().record(Self.test.sound), cancels: true)
        #expect(found.faults == [])
        #expect(abs(try #require(found.delay) - 40) < 0.1)
        #expect(abs(try #require(found.drift)) < 2)
        #expect((-40 ... -15).contains(found.level))
        #expect((-80 ... -65).contains(found.noise))
        #expect(try #require(found.enhancement) > 20)
        #expect(found.clipping == 0)
    }

    @Test("Two clocks are measured to a few millionths", arguments: [-120.0, 50, 200])
    func drift(drift: Double) throws {
        var room = Room()
        room.drift = drift
        #expect(abs(try #require(report(room.record(Self.test.sound)).drift) - drift) < 5)
    }

    @Test("Nothing but one value is no microphone", arguments: [0, -7])
    func noMicrophone(value: Int16) {
        #expect(report([Int16](repeating: value, count: Self.test.sound.count)).faults == [.noMicrophone])
    }

    @Test("Noise alone, or another sound, is a loudspeaker that is not heard")
    func notHeard() {
        var room = Room()
        room.gain = 0
        room.noise = 300
        let found = report(room.record(Self.test.sound))
        #expect(found.faults == [.notHeard])
        #expect(found.delay == nil && found.drift == nil)
        #expect(report(Room().record(Self.test.sound.reversed())).faults == [.notHeard])
    }

    @Test("What comes back as it was played came by wire")
    func wire() {
        var room = Room()
        room.reflections = []
        room.noise = 2
        #expect(report(room.record(Self.test.sound)).faults == [.wiredThrough])
    }

    @Test("Levels: clipping, too loud, too quiet and noisy are told apart")
    func levels() {
        var room = Room()
        room.microphoneGain = 12
        #expect(report(room.record(Self.test.sound)).faults == [.clipping])
        room.microphoneGain = 1
        room.gain = 2.1
        #expect(report(room.record(Self.test.sound)).faults.contains { $0 == .tooLoud || $0 == .clipping })
        room.gain = 0.008
        room.noise = 2
        #expect(report(room.record(Self.test.sound)).faults == [.tooQuiet])
        room.gain = 0.1
        room.noise = 400
        #expect(report(room.record(Self.test.sound)).faults == [.noisy])
    }

    @Test("A long delay and lost samples are told")
    func slow() {
        var room = Room()
        room.delay = 4_000
        #expect(report(room.record(Self.test.sound), interruptions: 2).faults == [.longDelay, .interrupted])
    }

    @Test("A recording that is cut short or empty is judged as well")
    func short() {
        #expect(report([]).faults == [.noMicrophone])
        #expect(report(Array(Room().record(Self.test.sound).prefix(30_000))).faults == [.notHeard])
    }

    @Test("Each fault says what is wrong in other words")
    func words() {
        #expect(Set(SweepTest.Fault.allCases.map(\.text)).count == SweepTest.Fault.allCases.count)
    }
}
