import Testing

@testable import Board

@Suite("A microphone that gives nothing")
struct MicrophoneWatchTests {
    private func run(_ watch: inout MicrophoneWatch, seconds: Int, _ value: Int16, noise: Int16 = 0, isTalking: Bool = false)
        -> [Bool]
    {
        (0..<seconds * 100).compactMap { period in
            var samples = [Int16](repeating: value, count: 160)
            samples[period % 160] += noise
            return samples.withUnsafeBufferPointer { watch.note($0, isTalking: isTalking) }
        }
    }

    @Test(
        "Zeros, or any one value, for five seconds of a call are told once, and so is the first sound after them",
        arguments: [0, -3, 1_000])
    func inCall(value: Int16) {
        var watch = MicrophoneWatch(periodsPerSecond: 100)
        #expect(run(&watch, seconds: 60, 10, noise: 1) == [])
        #expect(run(&watch, seconds: 4, value, isTalking: true) == [])
        #expect(run(&watch, seconds: 60, value, isTalking: true) == [true])
        #expect(run(&watch, seconds: 1, value, noise: 1, isTalking: true) == [false])
        #expect(!watch.isSilent)
    }

    @Test("Nobody talks: silence is not told, unless nothing was ever heard")
    func idle() {
        var watch = MicrophoneWatch(periodsPerSecond: 100)
        #expect(run(&watch, seconds: 14, 0) == [])
        #expect(run(&watch, seconds: 2, 0) == [true])
        #expect(run(&watch, seconds: 1, 0, noise: 2) == [false])
        #expect(run(&watch, seconds: 3_600, 0) == [])
    }

    @Test("One bit of noise is a microphone")
    func noise() {
        var watch = MicrophoneWatch(periodsPerSecond: 100)
        #expect(run(&watch, seconds: 600, 0, noise: 1, isTalking: true) == [])
    }

    @Test("The loudest sample is told in dB below full scale, and forgotten")
    func peak() {
        var watch = MicrophoneWatch(periodsPerSecond: 100)
        _ = run(&watch, seconds: 1, 0, noise: -16_384)
        #expect(abs(watch.takePeak() + 6.02) < 0.01)
        #expect(watch.takePeak() == -96)
    }
}
