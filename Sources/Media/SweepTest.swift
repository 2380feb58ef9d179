import Base
import CSpeexDSP

/// A test of loudspeaker, microphone and canceller: the sound to play, and what the recording of it says. Pure.
///
/// Silence, a sweep, noise in the rhythm of speech, a second sweep, silence: 15 s. The sweeps are found again by correlation,
/// which gives level, delay and, from the two, the drift of two clocks; the noise is what the canceller learns from.
public struct SweepTest: Sendable {
    /// What the loudspeaker is to play, one sample for each that is recorded.
    public let sound: [Int16]
    private let sampleRate: Int
    private let sweep: [Int16]

    /// Starts of the parts, in seconds.
    private static let firstSweep = 1.0
    private static let noise = 4.0
    private static let noiseEnd = 12.0
    private static let secondSweep = 12.5
    private static let length = 15.5
    private static let sweepLength = 2.0
    /// Where an intercom's loudspeaker and microphone work.
    private static let lowest = 150.0
    /// Of half the sample rate.
    private static let highest = 0.85
    /// What a loud talker at the far end gives: enough to be heard, far from full scale.
    private static let amplitude = 6_000.0
    /// The longest way through buffers and room that is looked for, in seconds.
    private static let longestDelay = 0.5

    public init(sampleRate: Int) {
        self.sampleRate = sampleRate
        let rate = Double(sampleRate)
        sweep = Self.sweep(rate)
        var sound = [Int16](repeating: 0, count: Int(Self.length * rate))
        for start in [Self.firstSweep, Self.secondSweep] {
            for (index, sample) in sweep.enumerated() { sound[Int(start * rate) + index] = sample }
        }
        var random = RandomSource(seed: 1)
        var low = 0.0
        for index in Int(Self.noise * rate)..<Int(Self.noiseEnd * rate) {
            let white = Double(Int64(bitPattern: random.next()) >> 11) / Double(1 << 52)
            low += (white - low) * 0.3
            // Four syllables a second.
            let rhythm = 0.5 - 0.5 * csound_sin(2 * .pi * 4 * Double(index) / rate)
            sound[index] = Int16(clamping: Int(low * rhythm * Self.amplitude * 2.5))
        }
        self.sound = sound
    }

    /// An exponential sweep, faded in and out over 20 ms.
    private static func sweep(_ rate: Double) -> [Int16] {
        let count = Int(sweepLength * rate)
        let ratio = rate / 2 * highest / lowest
        let octaves = csound_log10(ratio) / csound_log10(2.718_281_828_459_045)
        let fade = rate * 0.02
        return (0..<count).map { index in
            let phase = 2 * .pi * lowest * sweepLength / octaves * (csound_pow(ratio, Double(index) / Double(count)) - 1)
            let envelope = min(1, Double(index) / fade, Double(count - index) / fade)
            return Int16(amplitude * envelope * csound_sin(phase))
        }
    }
}

// MARK: - What was found

extension SweepTest {
    public struct Report: Sendable, Equatable {
        /// In dB below full scale: what the microphone hears of silence and of the sweep, and its loudest sample.
        public var noise = -96.0
        public var level = -96.0
        public var peak = -96.0
        /// Share of the samples at full scale, 0 to 1.
        public var clipping = 0.0
        /// From what is handed to the loudspeaker to its sound in the microphone, in milliseconds; `nil` where it was not heard.
        public var delay: Double?
        /// By how much the loudspeaker's clock is slower than the microphone's, in parts per million.
        public var drift: Double?
        /// What the canceller took away of the noise in its last four seconds, in dB.
        public var enhancement: Double?
        /// What is wrong, the worst first; empty when all is well.
        public var faults: [Fault] = []
    }

    public enum Fault: Sendable, Equatable, CaseIterable {
        case noMicrophone, notHeard, wiredThrough, clipping, tooLoud, tooQuiet, noisy, longDelay, poorlyCancelled, interrupted

        /// What is wrong and what can be done, for people.
        public var text: String {
            switch self {
            case .noMicrophone:
                "no microphone: nothing but one and the same value comes from it; is it plugged in, chosen (capture) and switched "
                    + "on in the mixer?"
            case .notHeard:
                "the microphone does not hear the loudspeaker; is the loudspeaker wired, chosen (playback) and switched on in the "
                    + "mixer, and are the two not swapped?"
            case .wiredThrough:
                "what is played comes back by wire and not through the air: capture is a monitor or a loopback, or is wired to the "
                    + "loudspeaker's output"
            case .clipping:
                "the microphone clips: its gain is too high, or the loudspeaker too loud; turn down one of them in the mixer"
            case .tooLoud: "the microphone's gain is too high: the loudspeaker drives it nearly to full scale"
            case .tooQuiet: "the microphone's gain is too low, or the loudspeaker is: it is hardly heard"
            case .noisy: "the microphone is noisy: the loudspeaker is less than 15 dB above the noise; gain, hum or wind?"
            case .longDelay: "the sound card's delay is longer than 200 ms: two people will talk into each other's words"
            case .poorlyCancelled:
                "the echo canceller takes away less than 15 dB: is the loudspeaker overdriven, or its case rattling?"
            case .interrupted: "samples were lost: the card or this machine is too slow, or too busy"
            }
        }
    }

    /// Judges what the microphone recorded while `sound` was played. `settings` say how the canceller is built.
    public func judge(_ recorded: [Int16], interruptions: Int, settings: VoiceSettings) -> Report {
        var report = Report()
        let whole = recorded + [Int16](repeating: 0, count: max(0, sound.count - recorded.count))
        // The first half second belongs to what played before.
        let quiet = range(0.5, Self.firstSweep)
        report.noise = Self.level(whole[quiet])
        report.peak = Self.decibels(Double(whole.reduce(0) { max($0, abs(Int32($1))) }))
        report.clipping = Double(whole.count { abs(Int32($0)) >= 32_700 }) / Double(max(1, whole.count))
        guard let first = recorded.first, recorded.contains(where: { $0 != first }) else {
            report.faults = [.noMicrophone]
            return report
        }
        if let one = find(in: whole, from: Self.firstSweep), let two = find(in: whole, from: Self.secondSweep) {
            let rate = Double(sampleRate)
            report.delay = one.lag / rate * 1_000
            report.drift = (two.lag - one.lag) / ((Self.secondSweep - Self.firstSweep) * rate) * 1e6
            let start = Self.firstSweep + one.lag / rate
            report.level = Self.level(whole[range(start, start + Self.sweepLength)])
            if one.likeness > 0.98 { report.faults.append(.wiredThrough) }
            report.enhancement = enhancement(whole, settings)
        }
        judge(&report, interruptions)
        return report
    }

    private func judge(_ report: inout Report, _ interruptions: Int) {
        if report.delay == nil { report.faults.append(.notHeard) }
        if report.clipping > 0.000_5 {
            report.faults.append(.clipping)
        } else if report.peak > -3 {
            report.faults.append(.tooLoud)
        }
        if report.delay != nil {
            if report.level < -50 {
                report.faults.append(.tooQuiet)
            } else if report.level < report.noise + 15 {
                report.faults.append(.noisy)
            }
        }
        if let delay = report.delay, delay > 200 { report.faults.append(.longDelay) }
        if let enhancement = report.enhancement, report.faults.isEmpty, enhancement < 15 {
            report.faults.append(.poorlyCancelled)
        }
        if interruptions > 0 { report.faults.append(.interrupted) }
    }

    private func range(_ start: Double, _ end: Double) -> Range<Int> {
        let rate = Double(sampleRate)
        let upper = min(Int(end * rate), sound.count)
        return min(Int(start * rate), upper)..<upper
    }

    private static func level(_ samples: ArraySlice<Int16>) -> Double {
        guard !samples.isEmpty else { return -96 }
        let mean = samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
        let power = samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(samples.count)
        return decibels(power.squareRoot())
    }

    private static func decibels(_ amplitude: Double) -> Double {
        amplitude < 0.52 ? -96 : 20 * csound_log10(amplitude / 32_768)
    }

    private func enhancement(_ recorded: [Int16], _ settings: VoiceSettings) -> Double? {
        guard settings.echoTail > 0, settings.sampleRate == sampleRate else { return nil }
        let sent = EchoTrial(settings).run(played: sound, microphone: recorded).sent
        let part = range(Self.noiseEnd - 4, Self.noiseEnd)
        guard sent.count >= part.upperBound else { return nil }
        return Self.level(recorded[part]) - Self.level(sent[part])
    }
}

// MARK: - Finding the sweep

extension SweepTest {
    /// Where the sweep that was played at `start` seconds is found: how many samples later, and how alike it is (0 to 1).
    private func find(in recorded: [Int16], from start: Double) -> (lag: Double, likeness: Double)? {
        let begin = Int(start * Double(sampleRate))
        let reach = Int(Self.longestDelay * Double(sampleRate))
        guard begin + reach + sweep.count <= recorded.count else { return nil }
        let slow = 4
        let coarse = Self.correlation(
            Self.slowed(recorded[begin..<begin + reach + sweep.count], by: slow), Self.slowed(sweep[...], by: slow),
            lags: 0..<reach / slow)
        guard let peak = coarse.indices.max(by: { abs(coarse[$0]) < abs(coarse[$1]) }) else { return nil }
        // Noise alone has a largest value of five times its median or so.
        let median = coarse.map { abs($0) }.sorted()[coarse.count / 2]
        guard abs(coarse[peak]) > median * 12 else { return nil }
        let around = max(0, (peak - 8) * slow)..<min(reach, (peak + 8) * slow)
        let near = recorded[begin..<begin + reach + sweep.count].map { Float($0) }
        let fine = Self.correlation(near, sweep.map { Float($0) }, lags: around)
        guard let best = fine.indices.max(by: { abs(fine[$0]) < abs(fine[$1]) }) else { return nil }
        let lag = around.lowerBound + best
        var (ours, theirs) = (0.0, 0.0)
        for (index, sample) in sweep.enumerated() {
            ours += Double(sample) * Double(sample)
            theirs += Double(near[lag + index]) * Double(near[lag + index])
        }
        guard theirs > 0 else { return nil }
        let likeness = Double(abs(fine[best])) / (ours * theirs).squareRoot()
        guard best > 0, best + 1 < fine.count else { return (Double(lag), likeness) }
        // The top of a parabola through three points.
        let (before, middle, after) = (Double(abs(fine[best - 1])), Double(abs(fine[best])), Double(abs(fine[best + 1])))
        let bend = before - 2 * middle + after
        return (Double(lag) + (bend == 0 ? 0 : (before - after) / (2 * bend)), likeness)
    }

    /// At a lower rate, each sample the mean of `factor`: good enough to look around.
    private static func slowed(_ samples: ArraySlice<Int16>, by factor: Int) -> [Float] {
        stride(from: samples.startIndex, to: samples.endIndex - factor + 1, by: factor).map { start in
            samples[start..<start + factor].reduce(Float(0)) { $0 + Float($1) } / Float(factor)
        }
    }

    private static func correlation(_ recorded: [Float], _ pattern: [Float], lags: Range<Int>) -> [Float] {
        recorded.withUnsafeBufferPointer { recorded in
            pattern.withUnsafeBufferPointer { pattern in
                lags.map { lag in
                    var sum: Float = 0
                    let count = min(pattern.count, recorded.count - lag)
                    var index = 0
                    while index < count {
                        sum += recorded[lag + index] * pattern[index]
                        index += 1
                    }
                    return sum
                }
            }
        }
    }
}
