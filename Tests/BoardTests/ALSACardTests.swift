import Base
import Glibc
import Testing

@testable import Board

/// ALSA's own `null` and `file` plug-ins, named in full, so that no configuration and no hardware is needed.
@Suite("The ALSA card, on ALSA's plug-ins")
struct ALSACardTests {
    private let time = JumpingTime()
    private let format = SoundFormat(sampleRate: 16_000)

    private func run(_ card: ALSACard, periods: Int) -> [SoundCardPeriod] {
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: format.framesPerPeriod) { buffer in
            buffer.initialize(repeating: 1)
            return (0..<periods).map { number in
                let period = card.capture(into: buffer)
                buffer.update(repeating: Int16(number + 1))
                card.play(UnsafeBufferPointer(buffer))
                return period
            }
        }
    }

    @Test("A device that makes nobody wait is held near the pace of the clock")
    func null() throws {
        let card = ALSACard(capture: "null", playback: "null", time: time)
        try card.open(format)
        let start = time.now
        #expect(run(card, periods: 200).allSatisfy { $0.state == .running })
        #expect(time.now - start >= .milliseconds(1600) && time.now - start <= .seconds(2))
        card.close()
    }

    @Test("What is played reaches the device, every period in order, after the lead of silence")
    func plays() throws {
        let folder = try TemporaryFolder()
        let card = ALSACard(capture: "null", playback: "file:FILE=\(folder.file("out.raw")),FORMAT=raw", time: time)
        try card.open(format)
        _ = run(card, periods: 20)
        card.close()
        let bytes = try folder.read("out.raw")
        let samples = stride(from: 0, to: bytes.count - 1, by: 2).map { Int16(bytes[$0]) | Int16(bytes[$0 + 1]) << 8 }
        let sound = Array(samples.drop { $0 == 0 })
        let played = (1...20).flatMap { Array(repeating: Int16($0), count: 160) }
        let isSame = sound == played.dropLast(DriftResampler.latency)
        #expect(isSame)
        #expect(samples.count > sound.count, "silence comes first, so that the first period may be late")
    }

    @Test(
        "A device that ALSA does not know is said so, by direction",
        arguments: [
            ("hw:CARD=Nobody,DEV=0", "null", SoundCardError.failed(.openCapture, code: ENODEV)),
            ("null", "hw:CARD=Nobody,DEV=0", .failed(.openPlayback, code: ENODEV)),
            ("nonsense", "null", .failed(.openCapture, code: ENOENT)),
        ])
    func missing(capture: String, playback: String, error: SoundCardError) {
        let card = ALSACard(capture: capture, playback: playback, time: time)
        #expect(throws: error) { try card.open(format) }
    }

    @Test("Before it is opened and after it is closed it is lost, and says silence")
    func closed() throws {
        let card = ALSACard(capture: "null", playback: "null", time: time)
        #expect(run(card, periods: 1).map(\.state) == [.lost(.failed(.capture, code: ENODEV))])
        try card.open(format)
        card.close()
        #expect(run(card, periods: 1).map(\.state) == [.lost(.failed(.capture, code: ENODEV))])
    }
}
