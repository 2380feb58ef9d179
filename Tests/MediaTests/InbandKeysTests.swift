import Base
import Foundation
import Testing

@testable import Media

/// A house's listener at 16 kHz, with what it sends and what comes back.
private struct Line {
    let keys = InbandKeys(sampleRate: 16_000, capacity: 160)
    var outputs: [DTMFReceiver.Output] = []
    /// What is left of the peer's speech for the loudspeaker.
    var heard: [Int16] = []

    var started: String { DTMFReceiverTests.started(outputs) }

    /// Both are made as long as the longer one by silence.
    mutating func play(sent: [Int16] = [], received: [Int16]) {
        let count = (max(sent.count, received.count) + 159) / 160 * 160
        let sent = sent + [Int16](repeating: 0, count: count - sent.count)
        let received = received + [Int16](repeating: 0, count: count - received.count)
        for start in stride(from: 0, to: count, by: 160) {
            var period = Array(received[start..<start + 160])
            period.withUnsafeMutableBufferPointer { keys.take($0) { outputs.append($0) } }
            heard += period
            sent.withUnsafeBufferPointer { samples in
                if let base = samples.baseAddress { keys.send(base + start, 160) }
            }
        }
    }
}

private func silence(_ milliseconds: Int) -> [Int16] { [Int16](repeating: 0, count: 16 * milliseconds) }

/// `samples` by so many dB, behind so much silence: what comes back of them.
private func echo(_ samples: [Int16], decibels: Double, after milliseconds: Int) -> [Int16] {
    let factor = pow(10, decibels / 20)
    return silence(milliseconds) + samples.map { Int16(clamping: Int(Double($0) * factor)) }
}

@Suite("Keys in the peer's speech")
struct InbandKeysTests {
    private static let tones = KeyTones(rate: 16_000)

    @Test(
        "Tones that the microphone sent are no keys when they come back, soon or late, weak or a little amplified",
        arguments: [20, 300, 1_000, 1_350], [-25.0, -6, 0, 4])
    func echoes(delay: Int, decibels: Double) {
        var line = Line()
        let tones = Self.tones("4711#")
        line.play(sent: tones, received: echo(tones, decibels: decibels, after: delay))
        #expect(line.outputs == [])
    }

    @Test("Noise, a loud hum or a twist at the microphone does not hide the tones whose echo comes back clean")
    func hidden() {
        var random = RandomSource(seed: 3)
        var clean = Line()
        let tones = KeyTones(rate: 16_000, level: 0.05, twist: 12)("4711#")
        // A square wave of 50 Hz and noise, each stronger than the tones: the receiver itself would hear no key in that.
        let dirty = tones.enumerated().map { index, sample in
            let hum = index / 160 % 2 == 0 ? 9_000 : -9_000
            return Int16(clamping: Int(sample) + hum + Int(random.next() % 4_000) - 2_000)
        }
        clean.play(received: dirty)
        #expect(clean.started == "")
        var line = Line()
        line.play(sent: dirty, received: echo(KeyTones(rate: 16_000, level: 0.05)("4711#"), decibels: 0, after: 200))
        #expect(line.outputs == [])
    }

    @Test("Keys of the peer count while somebody talks at the door")
    func talking() {
        var line = Line()
        line.play(sent: EngineRig.speech(16_000 * 6, seed: 12), received: silence(2_000) + Self.tones("4711#"))
        #expect(line.started == "4711#")
    }

    @Test("What the microphone hears of them from the loudspeaker does not make the same key a stranger")
    func twice() {
        var line = Line()
        let tones = Self.tones("4444")
        line.play(sent: echo(tones, decibels: 0, after: 150), received: tones)
        #expect(line.started == "4444")
    }

    @Test("Tones sent two seconds ago, and other tones than those that come, change nothing")
    func unrelated() {
        var line = Line()
        line.play(sent: Self.tones("5"), received: silence(2_000) + Self.tones("5"))
        #expect(line.started == "5")
        line.play(sent: Self.tones("7777"), received: Self.tones("3333"))
        #expect(line.started == "53333")
    }

    @Test("The loudspeaker is silent but for the first 40 ms of each key, and plays what comes after it")
    func silenced() {
        var line = Line()
        let tone = KeyTones(rate: 16_000, milliseconds: 200, pause: 100)("5")
        let speech = EngineRig.speech(16_000, seed: 4)
        line.play(received: tone + speech)
        #expect(line.heard[0..<320].contains { $0 != 0 })
        #expect(line.heard[(16 * 50)..<(16 * 200)].allSatisfy { $0 == 0 })
        #expect(line.heard.suffix(16_000).elementsEqual(speech))
    }

    // MARK: In a call

    /// A call in which side 0 says `samples`; what side 1 tells of keys.
    private static func keys(
        of samples: [Int16], rig: EngineRig = EngineRig(VoiceEngineTests.settings()), codec: Codec = .pcmu,
        _ change: (inout VoicePlan.Leg) -> Void = { $0.hearsInbandKeys = true }
    ) -> [VoiceReport] {
        for side in 0...1 {
            var plan = CodecCallTests.plan(side, codec)
            plan.legs[0].sendEventPayloadType = nil
            plan.legs[0].receiveEventPayloadType = nil
            if side == 1 { change(&plan.legs[0]) }
            rig.engines[side].submit(plan)
        }
        let quiet = silence(10)
        for start in stride(from: 0, to: samples.count, by: 160) { rig.period([Array(samples[start..<start + 160]), quiet]) }
        for _ in 0..<30 { rig.period([quiet, quiet]) }
        return rig.reports[1].filter { report in
            switch report {
            case .digit, .digitEnded: true
            default: false
            }
        }
    }

    private static func events(_ reports: [VoiceReport]) -> [UInt8] {
        reports.compactMap { if case .digit(_, let event, isInband: true) = $0 { event } else { nil } }
    }

    @Test("A call in each codec hears them, with their length", arguments: Codec.allCases)
    func call(codec: Codec) {
        let samples = silence(500) + KeyTones(rate: 16_000, milliseconds: 120, pause: 80)("4711#")
        let reports = Self.keys(of: samples, codec: codec)
        #expect(Self.events(reports) == [4, 7, 1, 1, 11])
        #expect(reports.count == 10)
        for case .digitEnded(_, _, let milliseconds) in reports { #expect(abs(Int(milliseconds) - 120) <= 30) }
    }

    @Test("A call that agreed on telephone events, or that only listens, hears none")
    func deaf() {
        let samples = silence(500) + Self.tones("4711#")
        #expect(Self.keys(of: samples) { $0.hearsInbandKeys = false } == [])
        #expect(
            Self.keys(of: samples) { leg in
                leg.hearsInbandKeys = true
                leg.sends = false
            } == [])
    }

    @Test("Each key counts once though packets are lost: 120 ms of tone at 5 % loss", arguments: [UInt64(1), 2, 3])
    func loss(seed: UInt64) {
        var settings = VoiceEngineTests.settings()
        settings.seed = seed
        let rig = EngineRig(settings)
        rig.loss = 0.05
        let samples = silence(500) + KeyTones(rate: 16_000, milliseconds: 120, pause: 80)("4711#47114711")
        #expect(Self.events(Self.keys(of: samples, rig: rig)) == [4, 7, 1, 1, 11, 4, 7, 1, 1, 4, 7, 1, 1])
    }
}
