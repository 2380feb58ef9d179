import Testing

@testable import Media

@Suite("TailTrial: a longer filter where the room asks for it")
struct TailTrialTests {
    private static let rate = 8_000
    private static let block = 160

    /// A wall that answers once more after 60 ms, and a far one after 220 ms.
    private static func heard(_ played: [Int16], far: Float) -> [Float] {
        played.indices.map { index in
            func tap(_ milliseconds: Int, _ gain: Float) -> Float {
                let place = index - milliseconds * rate / 1_000
                return place < 0 ? 0 : gain * Float(played[place])
            }
            return tap(20, 0.4) + tap(60, 0.2) + tap(220, far)
        }
    }

    /// In which blocks of so many the longer filter was found better.
    private static func better(blocks: Int, far: Float, isEcho: (Int) -> Bool = { _ in true }) throws -> [Int] {
        let played = EchoSounds.noise(blocks * block, peak: 8_000, seed: 40)
        let microphone = EchoSounds.samples(heard(played, far: far))
        let short = try #require(AdaptiveFilter(block: block, tail: rate * 192 / 1_000))
        let trial = TailTrial(try #require(AdaptiveFilter(block: block, tail: rate * 256 / 1_000)))
        return (0..<blocks).filter { number in
            played.withUnsafeBufferPointer { played in
                microphone.withUnsafeBufferPointer { microphone in
                    guard let reference = played.baseAddress, let captured = microphone.baseAddress else { return false }
                    let start = number * block
                    short.process(captured + start, reference + start)
                    return trial.run(
                        captured + start, reference + start, error: short.error, isEcho: isEcho(number))
                }
            }
        }
    }

    @Test("It is found better once, after 31 s of echo, where a wall lies beyond the shorter one")
    func reverberant() throws {
        #expect(try Self.better(blocks: 1_700, far: 0.1) == [1_549])
    }

    @Test("It is not where there is none")
    func dry() throws {
        #expect(try Self.better(blocks: 1_700, far: 0) == [])
    }

    @Test("Only blocks that hold echo alone count")
    func silence() throws {
        #expect(try Self.better(blocks: 1_700, far: 0.1) { $0 % 8 != 0 } == [])
        #expect(try Self.better(blocks: 1_800, far: 0.1) { $0 % 8 != 0 } == [1_771])
    }

    @Test("The whole path takes the longer filter then, and tells so; a fixed length stays", arguments: [192, 256])
    func path(longest: Int) throws {
        var settings = VoiceSettings()
        settings.sampleRate = Self.rate
        settings.framesPerPeriod = Self.rate / 100
        settings.echoTail = 192
        settings.longestEchoTail = longest
        let played = EchoSounds.noise(40 * Self.rate, peak: 8_000, seed: 41)
        let microphone = EchoSounds.samples(Self.heard(played, far: 0.1))
        let seconds = EchoTrial(settings).run(played: played, microphone: microphone).seconds
        #expect(seconds.first?.tail == 192)
        #expect(try #require(seconds.last).tail == Float(longest))
    }
}
