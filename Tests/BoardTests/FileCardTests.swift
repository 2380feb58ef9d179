import Base
import Glibc
import Testing

@testable import Board

@Suite("The file card")
struct FileCardTests {
    private let folder: TemporaryFolder
    private let time = JumpingTime()

    init() throws { folder = try TemporaryFolder() }

    /// Runs periods, playing back each time what was captured; everything captured.
    private func run(_ card: FileCard, periods: Int, format: SoundFormat) throws -> [Int16] {
        try card.open(format)
        defer { card.close() }
        var heard: [Int16] = []
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: format.framesPerPeriod) { buffer in
            buffer.initialize(repeating: 0)
            for _ in 0..<periods {
                _ = card.capture(into: buffer)
                heard += buffer
                card.play(UnsafeBufferPointer(buffer))
            }
        }
        return heard
    }

    private func sine(_ frequency: Double, rate: Int, count: Int) -> [Int16] {
        (0..<count).map { Int16(10_000 * sin(2 * Double.pi * frequency * Double($0) / Double(rate))) }
    }

    @Test("At the same rate it plays once, then silence, and records sample by sample")
    func exact() throws {
        let speech = (0..<1000).map { Int16($0) }
        try folder.write(WAV.file(speech, rate: 16_000), to: "in.wav")
        let card = FileCard(input: folder.file("in.wav"), output: folder.file("out.wav"), time: time)
        let heard = try run(card, periods: 10, format: SoundFormat(sampleRate: 16_000))
        #expect(heard == speech + Array(repeating: 0, count: 600))
        #expect(try WAV.samples(folder.read("out.wav")) == heard)
    }

    @Test("Looping, the end is followed by the beginning without a gap")
    func loops() throws {
        let speech = (1...250).map { Int16($0) }
        try folder.write(WAV.file(speech, rate: 8_000), to: "in.wav")
        let card = FileCard(input: folder.file("in.wav"), output: nil, loops: true, time: time)
        let heard = try run(card, periods: 10, format: SoundFormat(sampleRate: 8_000))
        #expect(heard == (0..<800).map { Int16($0 % 250 + 1) })
    }

    @Test("Another rate is resampled: same tone, same place, same loudness", arguments: [8_000, 22_050, 44_100, 48_000])
    func resamples(rate: Int) throws {
        try folder.write(WAV.file(sine(440, rate: rate, count: rate), rate: UInt32(rate)), to: "in.wav")
        let card = FileCard(input: folder.file("in.wav"), output: nil, time: time)
        let heard = try run(card, periods: 90, format: SoundFormat(sampleRate: 16_000))
        let wanted = sine(440, rate: 16_000, count: heard.count)
        let middle = 200..<heard.count - 200
        let error = middle.reduce(0.0) { $0 + pow(Double(heard[$1]) - Double(wanted[$1]), 2) }
        let power = middle.reduce(0.0) { $0 + pow(Double(wanted[$1]), 2) }
        #expect(10 * log10(power / error) > 30, "signal to error in dB")
    }

    @Test("It beats by the monotonic clock: a hundred periods are a second")
    func paced() throws {
        let card = FileCard(input: nil, output: nil, time: time)
        let start = time.now
        let heard = try run(card, periods: 100, format: SoundFormat(sampleRate: 16_000))
        #expect(time.now - start == .seconds(1))
        #expect(heard.allSatisfy { $0 == 0 })
    }

    @Test("A thread that comes a second late is told how many beats were lost, and goes on at the old pace")
    func late() throws {
        let card = SilentCard(time: time)
        card.open(SoundFormat(sampleRate: 16_000))
        let start = time.now
        var states: [SoundCardPeriod.State] = []
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: 160) { buffer in
            buffer.initialize(repeating: 1)
            for _ in 0..<2 { states.append(card.capture(into: buffer).state) }
            time.advance(by: .milliseconds(1025))
            for _ in 0..<4 { states.append(card.capture(into: buffer).state) }
            #expect(buffer.allSatisfy { $0 == 0 })
        }
        #expect(states == [.running, .running, .interrupted(Interruptions(capture: 100)), .running, .running, .running])
        #expect(time.now - start == .milliseconds(1060))
    }

    @Test("Files that cannot be used are said when it is opened")
    func missing() throws {
        let format = SoundFormat(sampleRate: 16_000)
        #expect(throws: SoundCardError.failed(.openInput, code: ENOENT)) {
            try FileCard(input: folder.file("none.wav"), output: nil, time: time).open(format)
        }
        #expect(throws: SoundCardError.failed(.openOutput, code: ENOENT)) {
            try FileCard(input: nil, output: folder.file("none/out.wav"), time: time).open(format)
        }
    }
}
