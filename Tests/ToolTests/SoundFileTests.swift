import Runtime
import Testing

@testable import Tool

@Suite("WAV files of the tool")
struct SoundFileTests {
    private static let sound = SoundFile(sampleRate: 16_000, samples: [0, 1, -1, 32_767, -32_768])

    @Test("What is written is read again")
    func both() throws {
        #expect(try SoundFile(Self.sound.bytes) == Self.sound)
    }

    @Test("Stereo is read as the mean of both channels")
    func stereo() throws {
        var bytes = Self.sound.bytes
        bytes[22] = 2
        #expect(try SoundFile(bytes).samples == [0, 16_383])
    }

    @Test("A file that is cut short gives what there is, and no samples at all is an error")
    func short() throws {
        #expect(try SoundFile(Array(Self.sound.bytes.dropLast(3))).samples == [0, 1, -1])
        for count in 0..<44 {
            #expect(throws: SoundFile.Failure.self) { try SoundFile(Array(Self.sound.bytes[..<count])) }
        }
    }

    @Test("Another rate keeps the place and the level")
    func rate() {
        let wave = (0..<48_000).map { Int16((Double($0 % 480) - 240) * 40) }
        let low = SoundFile(sampleRate: 48_000, samples: wave).converted(to: 16_000)
        #expect(low.samples.count == 16_000)
        // In the middle of a ramp's rise, away from its edge.
        for index in stride(from: 1_600 + 80, to: 14_400, by: 160) {
            #expect(abs(Int(low.samples[index]) - Int(wave[index * 3])) < 300)
        }
    }

    @Test("The canceller's output has the length of the microphone's file, and a missing file is named")
    func tool() throws {
        var said = ""
        let tool = Tool(.init(socket: nil, credentials: nil, printOut: { _ in }, printError: { said += $0 }))
        #expect(tool.run(["aec", "/nowhere/far.wav", "/nowhere/mic.wav", "/nowhere/out.wav"]) == .refused)
        #expect(said.contains("/nowhere/far.wav"))
    }
}
