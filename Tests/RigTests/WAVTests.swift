import Foundation
import Testing

@testable import Rig

@Suite("WAV files")
struct WAVTests {
    private let scratch: Scratch
    private let sound = WAV(rate: 8_000, samples: [0, 16_384, -16_384, 1, -32_768, 32_767])

    init() throws { scratch = try Scratch("wav-tests") }

    /// The file of `sound` after somebody changed its bytes.
    private func read(_ change: (inout [UInt8]) -> Void) throws -> WAV {
        let path = scratch.file("sound.wav")
        try sound.write(to: path)
        var bytes = [UInt8](FileManager.default.contents(atPath: path) ?? Data())
        change(&bytes)
        _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
        return try WAV(path: path)
    }

    @Test("What is written is read again, to the sample")
    func roundTrip() throws {
        let wav = try read { _ in }
        #expect(wav.rate == 8_000)
        #expect(wav.samples == sound.samples)
    }

    @Test("A header that promises nothing or too much is put right by the file's own size", arguments: [0, 5_000])
    func unfinished(promised: Int) throws {
        let wav = try read { bytes in
            for index in 0..<4 { bytes[40 + index] = UInt8(truncatingIfNeeded: promised >> (8 * index)) }
        }
        #expect(wav.samples == sound.samples)
    }

    @Test("Chunks that stand before the samples are passed over")
    func chunks() throws {
        let wav = try read { $0.insert(contentsOf: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0], at: 36) }
        #expect(wav.samples == sound.samples)
    }

    @Test("Of two channels the first is read")
    func stereo() throws {
        #expect(try read { $0[22] = 2 }.samples == [0, -16_384, -32_768])
    }

    @Test("What is no WAV file of 16-bit samples is refused", arguments: [0, 8, 34, 36])
    func refused(broken: Int) {
        #expect(throws: RigError.self) { try read { $0[broken] ^= 0x5A } }
    }

    @Test("A file cut off anywhere is refused or read as far as it goes", arguments: 0..<56)
    func truncated(length: Int) {
        let wav = try? read { $0.removeLast($0.count - length) }
        #expect((wav?.samples.count ?? 0) <= 6)
    }

    @Test("Resampled, a slow tone keeps its shape, and a second stays a second", arguments: [16_000, 44_100, 48_000])
    func resampling(rate: Int) {
        let resampled = tone(rate).resampled(to: 8_000)
        let expected = tone(8_000)
        #expect(abs(resampled.samples.count - 8_000) <= 1)
        let worst = zip(resampled.samples, expected.samples).dropFirst(50).dropLast(50).map { abs(Int($0) - Int($1)) }.max()
        #expect((worst ?? .max) < 150)
    }

    private func tone(_ rate: Int) -> WAV {
        WAV(rate: rate, samples: (0..<rate).map { Int16(16_000 * sine(300 * Double($0) / Double(rate))) })
    }

    @Test("A part by seconds, and no more than there is")
    func part() {
        let wav = WAV(rate: 2, samples: [1, 2, 3, 4, 5])
        #expect(wav[0.5..<1.5].samples == [2, 3])
        #expect(wav[-1..<9].samples == [1, 2, 3, 4, 5])
        #expect(wav[7..<9].samples.isEmpty)
    }
}

@Suite("What comes from another thread")
struct InboxTests {
    @Test("Each item is taken once, whatever was asked for first")
    func taken() {
        let inbox = Inbox<Int>()
        for number in [1, 2, 1] { inbox.add(number) }
        #expect(inbox.take(within: 0) { $0 == 2 } == 2)
        #expect(inbox.take(within: 0) { $0 == 2 } == nil)
        #expect(inbox.take(within: 0) { $0 == 1 } == 1)
        #expect(inbox.take(within: 0) { $0 == 1 } == 1)
        #expect(inbox.all == [1, 2, 1])
    }

    @Test("Whoever waits when nothing more can come is let go, with what there was")
    func closed() {
        let inbox = Inbox<Int>()
        inbox.add(3)
        inbox.close()
        #expect(inbox.take(within: 3_600) { $0 == 4 } == nil)
        #expect(inbox.take(within: 3_600) { $0 == 3 } == 3)
    }
}

@Suite("Ports of this machine")
struct PortsTests {
    @Test("A range begins with an even port, and nobody is given a port twice")
    func ranges() throws {
        let ranges = try (0..<10).map { _ in try Ports.range(8) }
        #expect(ranges.allSatisfy { $0.isMultiple(of: 2) })
        let all = Set(ranges.flatMap { $0..<$0 + 8 })
        #expect(all.count == 80)
    }
}
