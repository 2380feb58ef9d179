import Testing

@testable import Media

@Suite("EchoPath: what is played does not go back")
struct EchoPathTests {
    private static func settings(rate: Int = 16_000, noiseSuppression: Double = 15) -> VoiceSettings {
        var settings = VoiceSettings()
        settings.sampleRate = rate
        settings.framesPerPeriod = rate / 100
        settings.echoTail = 256
        settings.noiseSuppression = noiseSuppression
        return settings
    }

    private static func run(
        _ played: [Int16], _ heard: [Float], rate: Int = 16_000, noiseSuppression: Double = 15
    ) -> (sent: [Int16], seconds: [EchoFigures]) {
        EchoTrial(settings(rate: rate, noiseSuppression: noiseSuppression)).run(
            played: played, microphone: EchoSounds.samples(heard))
    }

    @Test("Echo alone is 10 dB down within half a second, 25 dB after two; its delay is known", arguments: [8_000, 16_000])
    func echo(rate: Int) {
        let played = EchoSounds.speech(rate * 5, peak: 16_000, seed: 3)
        let heard = EchoSounds.echo(of: played, delay: rate * 60 / 1_000)
        let (sent, seconds) = Self.run(played, heard, rate: rate)
        let microphone = EchoSounds.samples(heard)
        #expect(EchoSounds.level(microphone[rate / 2..<rate], above: sent[rate / 2..<rate]) > 10)
        #expect(EchoSounds.level(microphone[rate * 2..<rate * 5], above: sent[rate * 2..<rate * 5]) > 25)
        #expect(seconds.count == 5)
        #expect(abs(seconds[4].delay - 60) < 2)
        #expect(seconds[4].enhancement > 25)
        #expect(seconds[4].doubleTalk < 0.2)
    }

    @Test("Who speaks while nothing is played is sent whole and in place")
    func near() {
        let spoken = EchoSounds.speech(48_000, peak: 8_000, seed: 4)
        let (sent, _) = Self.run([Int16](repeating: 0, count: 48_000), spoken.map { Float($0) }, noiseSuppression: 0)
        let difference = zip(sent[16_000..<48_000], spoken[16_000..<48_000]).map { Int16(clamping: Int($0) - Int($1)) }
        #expect(EchoSounds.level(spoken[16_000..<48_000], above: difference) > 10)
    }

    @Test("Who speaks beside the echo is heard, and the echo is not")
    func doubleTalk() throws {
        let played = EchoSounds.speech(128_000, peak: 16_000, seed: 5)
        let echo = EchoSounds.echo(of: played, delay: 800)
        var spoken = EchoSounds.speech(128_000, peak: 8_000, seed: 6)
        for index in 0..<64_000 { spoken[index] = 0 }
        let (sent, seconds) = Self.run(played, zip(echo, spoken).map { $0 + Float($1) })
        let span = 72_000..<128_000
        let found = alignment(Array(spoken[span]), Array(sent[span]), lags: 0..<1)
        #expect(found.correlation > 0.9)
        #expect(try #require(seconds.last).doubleTalk > 0.5)
    }

    @Test("A delay that jumps by 30 ms is found again, with the echo gone within half a second")
    func jump() throws {
        let played = EchoSounds.speech(96_000, peak: 16_000, seed: 7)
        let before = EchoSounds.echo(of: played, delay: 800)
        let after = EchoSounds.echo(of: played, delay: 1_280)
        let heard = (0..<96_000).map { $0 < 56_000 ? before[$0] : after[$0] }
        let (sent, seconds) = Self.run(played, heard)
        let microphone = EchoSounds.samples(heard)
        #expect(EchoSounds.level(microphone[64_000..<96_000], above: sent[64_000..<96_000]) > 20)
        #expect(abs(try #require(seconds.last).delay - 80) < 2)
    }

    @Test("Steady noise goes down by what was asked for, but not to silence")
    func noise() {
        let heard = EchoSounds.noise(96_000, peak: 300, seed: 8)
        let (sent, _) = Self.run([Int16](repeating: 0, count: 96_000), heard.map { Float($0) })
        let reduction = EchoSounds.level(heard[64_000...], above: sent[64_000...])
        #expect((9...17).contains(reduction))
    }

    @Test("Echo alone is replaced by the room's noise, not by silence")
    func comfort() {
        let played = EchoSounds.speech(96_000, peak: 16_000, seed: 9)
        let noise = EchoSounds.noise(96_000, peak: 100, seed: 10)
        let heard = zip(EchoSounds.echo(of: played, delay: 800), noise).map { $0 + Float($1) }
        let (sent, _) = Self.run(played, heard)
        let left = EchoSounds.level(noise[48_000...], above: sent[48_000...])
        #expect((5...22).contains(left))
    }

    @Test("A microphone at full scale is told")
    func clipping() {
        let heard = (0..<16_000).map { index -> Float in index % 10 == 0 ? 32_767 : 0 }
        let (_, seconds) = Self.run([Int16](repeating: 0, count: 16_000), heard)
        #expect(abs((seconds.first?.clipping ?? 0) - 0.1) < 0.01)
    }

    @Test("With everything off sound goes through as it is")
    func off() {
        var settings = Self.settings(noiseSuppression: 0)
        settings.echoTail = 0
        let heard = EchoSounds.noise(3_200, peak: 32_767, seed: 11)
        #expect(EchoTrial(settings).run(played: [], microphone: heard).sent == heard)
    }
}
