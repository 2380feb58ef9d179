import Glibc
import Testing

@testable import Board

@Suite("WAV files")
struct WAVTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func read(_ bytes: [UInt8], count: Int = 100) throws -> [Int16] {
        try folder.write(bytes, to: "in.wav")
        let reader = try WAVReader(path: folder.file("in.wav"))
        return withUnsafeTemporaryAllocation(of: Int16.self, capacity: count) { buffer in
            buffer.initialize(repeating: 0)
            return Array(buffer[..<reader.read(into: buffer)])
        }
    }

    @Test("What was written is read back, whatever the pieces")
    func roundTrip() throws {
        let samples = (0..<1000).map { Int16(truncatingIfNeeded: $0 * 77) }
        do {
            let writer = try WAVWriter(path: folder.file("out.wav"), sampleRate: 16_000, capacity: 64)
            samples.withUnsafeBufferPointer { all in
                for start in stride(from: 0, to: 1000, by: 10) { writer.append(.init(rebasing: all[start..<start + 10])) }
            }
        }
        let bytes = try folder.read("out.wav")
        #expect(try WAV.samples(bytes) == samples)
        #expect(Array(bytes[4..<8]) == WAV.little(UInt32(bytes.count - 8)))
        #expect(try read(bytes, count: 2000) == samples)
    }

    @Test("Before it is closed, the file is one that can be played, without what is still gathered")
    func validWhileOpen() throws {
        let writer = try WAVWriter(path: folder.file("out.wav"), sampleRate: 8_000, capacity: 4)
        #expect(try WAV.samples(folder.read("out.wav")) == [])
        withExtendedLifetime(writer) { [1, 2, 3, 4, 5, 6].withUnsafeBufferPointer { writer.append($0) } }
        #expect(try WAV.samples(folder.read("out.wav")) == [1, 2, 3, 4])
    }

    @Test("Chunks before the samples are passed over, padded to even")
    func otherChunks() throws {
        #expect(try read(WAV.file([5, -6, 7], rate: 8_000, extraChunk: true)) == [5, -6, 7])
    }

    @Test("Stereo is averaged to mono")
    func stereo() throws {
        let file = WAV.file([100, 200, -32768, -32768, 32767, 32767, 9], rate: 44_100, channels: 2)
        #expect(try read(file) == [150, -32768, 32767])
    }

    @Test("A size that was never filled in, or promises too much, ends with the file", arguments: [0, 0xFFFF_FFFF, 4000])
    func unknownSize(size: UInt32) throws {
        #expect(try read(WAV.file([1, 2, 3], rate: 8_000, dataSize: size)) == [1, 2, 3])
    }

    @Test(
        "Compression, other sample sizes, channels and rates are refused by name",
        arguments: [
            (WAV.file([1], rate: 8_000, tag: 6), WAVError.notLinear16(tag: 6, bits: 16)),
            (WAV.file([1], rate: 8_000, bits: 8), .notLinear16(tag: 1, bits: 8)),
            (WAV.file([1], rate: 8_000, channels: 6), .channels(6)),
            (WAV.file([1], rate: 8_000, channels: 0), .channels(0)),
            (WAV.file([1], rate: 0), .sampleRate(0)),
            (WAV.file([1], rate: .max), .sampleRate(Int(UInt32.max))),
            (Array("RIFX\0\0\0\0WAVEfmt ".utf8), .notWAV),
            ([], .notWAV),
            (Array("RIFF\0\0\0\0WAVEdata\0\0\0\0".utf8), .noFormat),
            (Array("RIFF\0\0\0\0WAVEfmt \u{10}\0\0\0\u{1}\0".utf8), .truncated),
            (Array("RIFF\0\0\0\0WAVELIST".utf8) + [0xFF, 0xFF, 0xFF, 0xFF], .noData),
        ])
    func refused(bytes: [UInt8], error: WAVError) throws {
        #expect(throws: SoundCardError.format(error)) { try read(bytes) }
    }

    @Test("However the header is cut or one byte of it changed, reading ends")
    func mangled() throws {
        let whole = WAV.file([1, 2, 3, 4], rate: 8_000, extraChunk: true)
        var readable = 0
        for cut in 0..<whole.count {
            if (try? read(Array(whole[..<cut]))) != nil { readable += 1 }
            for value: UInt8 in [0, 0x7F, 0xFF] {
                var bytes = whole
                bytes[cut] = value
                _ = try? read(bytes)
            }
        }
        #expect(readable == 8, "only what is cut within its four samples can be read")
    }

    @Test("A file that is not there is said so")
    func missing() {
        #expect(throws: SoundCardError.failed(.openInput, code: ENOENT)) { try WAVReader(path: folder.file("none.wav")) }
    }
}
