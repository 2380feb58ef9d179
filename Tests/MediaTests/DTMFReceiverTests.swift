import Base
import Foundation
import Testing

@testable import Media

/// Debian's asterisk-core-sounds, where they are installed: 8 kHz, behind a header of 44 bytes.
private let prompts: [URL] = {
    let root = URL(fileURLWithPath: "/usr/share/asterisk/sounds")
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return files.filter { $0.pathExtension == "wav" }
}()

@Suite("Keys as tones: ITU-T Q.23 and Q.24")
struct DTMFReceiverTests {
    private static let keys = "0123456789*#ABCD"

    private static func heard(_ samples: [Int16], rate: Int) -> [DTMFReceiver.Output] {
        let receiver = DTMFReceiver(sampleRate: rate, capacity: rate / 100)
        // The last key's end is told when it is sure.
        let samples = samples + [Int16](repeating: 0, count: rate / 10)
        var outputs: [DTMFReceiver.Output] = []
        for start in stride(from: 0, to: samples.count - rate / 100 + 1, by: rate / 100) {
            var period = Array(samples[start..<start + rate / 100])
            period.withUnsafeMutableBufferPointer { receiver.take($0) { outputs.append($0) } }
        }
        return outputs
    }

    static func started(_ outputs: [DTMFReceiver.Output]) -> String {
        String(outputs.compactMap { if case .started(let event) = $0 { Array(keys)[Int(event)] } else { nil } })
    }

    @Test("All sixteen keys are heard once each, at both rates, quiet and loud", arguments: [8_000, 16_000], [0.01, 0.1, 0.4])
    func all(rate: Int, level: Double) {
        let outputs = Self.heard(KeyTones(rate: rate, level: level)(Self.keys), rate: rate)
        #expect(Self.started(outputs) == Self.keys)
        #expect(outputs.count == 32)
    }

    @Test("40 ms of tone and as much of silence are enough, however they lie to blocks and periods", arguments: 0..<13)
    func shortest(shift: Int) {
        let lead = [Int16](repeating: 0, count: 17 * shift)
        let outputs = Self.heard(lead + KeyTones(rate: 16_000, milliseconds: 40, pause: 40)("4477#0") + lead, rate: 16_000)
        #expect(Self.started(outputs) == "4477#0")
    }

    @Test("20 ms are no key, and a gap of 10 ms does not make two of one", arguments: 0..<13)
    func tooShort(shift: Int) {
        let lead = [Int16](repeating: 0, count: 17 * shift)
        #expect(Self.heard(lead + KeyTones(rate: 16_000, milliseconds: 20)("4477#0"), rate: 16_000).isEmpty)
        let broken = KeyTones(rate: 16_000, milliseconds: 100, pause: 10)("5") + KeyTones(rate: 16_000, milliseconds: 100)("5")
        #expect(Self.started(Self.heard(lead + broken, rate: 16_000)) == "5")
    }

    @Test("A held key is one key with its length; the same key again is another")
    func lengths() {
        let outputs = Self.heard(
            KeyTones(rate: 16_000, milliseconds: 500)("5") + KeyTones(rate: 16_000, milliseconds: 80)("5"), rate: 16_000)
        #expect(Self.started(outputs) == "55")
        let lengths = outputs.compactMap { if case .ended(_, let milliseconds) = $0 { Int(milliseconds) } else { nil } }
        #expect(lengths.count == 2)
        for (length, expected) in zip(lengths, [500, 80]) { #expect(abs(length - expected) <= 20) }
    }

    @Test("Frequencies may be wrong by 1 %, and are none of a key when wrong by 2.5 %", arguments: [-1.0, 1.0])
    func detuned(sign: Double) {
        for key in Self.keys {
            let near = KeyTones(rate: 8_000, detuning: 1 + sign * 0.01)(String(key))
            #expect(Self.started(Self.heard(near, rate: 8_000)) == String(key))
            let far = KeyTones(rate: 8_000, detuning: 1 + sign * 0.025)(String(key))
            #expect(Self.heard(far, rate: 8_000).isEmpty, "\(key)")
        }
    }

    @Test("Single tones, noise and a twist that no telephone makes are no keys")
    func others() {
        let single = (0..<16_000).map { Int16(9_000 * sin(2 * Double.pi * 941 * Double($0) / 16_000)) }
        #expect(Self.heard(single, rate: 16_000).isEmpty)
        var random = RandomSource(seed: 1)
        let noise = (0..<160_000).map { _ in Int16(truncatingIfNeeded: Int(random.next() >> 50) - 8_192) }
        #expect(Self.heard(noise, rate: 16_000).isEmpty)
        #expect(Self.heard(KeyTones(rate: 16_000, milliseconds: 100, level: 0.02, twist: 20)("1"), rate: 16_000).isEmpty)
    }

    @Test("In ten minutes of speech-like sound there is no key")
    func synthetic() {
        #expect(Self.heard(EngineRig.speech(8_000 * 600, seed: 77, rate: 8_000), rate: 8_000).isEmpty)
    }

    @Test("Nor is there in 25 minutes of recorded prompts", .enabled(if: prompts.count > 100))
    func recorded() throws {
        for file in prompts {
            let samples = try Data(contentsOf: file).dropFirst(44).withUnsafeBytes { bytes in
                (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self) }
            }
            #expect(Self.heard(samples, rate: 8_000).isEmpty, "\(file.lastPathComponent)")
        }
    }

    @Test("After a reset nothing of the key before is left")
    func reset() {
        let receiver = DTMFReceiver(sampleRate: 8_000, capacity: 80)
        var outputs: [DTMFReceiver.Output] = []
        func play(_ samples: [Int16]) {
            for start in stride(from: 0, to: samples.count, by: 80) {
                var period = Array(samples[start..<start + 80])
                period.withUnsafeMutableBufferPointer { receiver.take($0) { outputs.append($0) } }
            }
        }
        let tones = KeyTones(rate: 8_000, milliseconds: 60, pause: 0)
        play(tones("7"))
        receiver.reset()
        #expect(!receiver.isHeld)
        play([Int16](repeating: 0, count: 800))
        #expect(outputs == [.started(event: 7)])
        play(tones("7"))
        #expect(Self.started(outputs) == "77")
    }
}
