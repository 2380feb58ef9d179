import Testing

@testable import Media

@Suite("Levels of speech and of noise: RFC 3611 §4.7.4")
struct BackgroundNoiseTests {
    /// 20 ms of a square wave of this amplitude, as loud as a sine 3 dB higher.
    private func packet(_ amplitude: Float) -> [Float] { (0..<320).map { $0 / 8 % 2 == 0 ? amplitude : -amplitude } }

    @Test("Words between pauses have their level, and the pauses theirs")
    func levels() throws {
        var noise = BackgroundNoise()
        #expect(noise.speechLevel == nil && noise.noiseLevel == nil)
        for second in 0..<20 {
            for _ in 0..<50 { _ = noise.isPause(packet(second % 2 == 0 ? 3_000 : 30), 320) }
        }
        // 20 · log10(3000 / 32 768) + 6.15 dB, and 40 dB below that.
        #expect(try abs(#require(noise.speechLevel) + 14.6) < 0.1)
        #expect(try abs(#require(noise.noiseLevel) + 54.6) < 0.6)
    }

    @Test("Silence is a pause, and has the level of one bit")
    func silence() throws {
        var noise = BackgroundNoise()
        for _ in 0..<50 {
            let isPause = noise.isPause(packet(0), 320)
            #expect(isPause)
        }
        #expect(noise.speechLevel == nil)
        #expect(try abs(#require(noise.noiseLevel) + 84.2) < 0.1)
    }
}
