import Glibc

/// Notices a microphone that gives nothing: digital silence, or one and the same value. A value; time is periods.
///
/// A microphone that works hears at least its own noise. Nothing since the card was opened is told at once after a while, even
/// when nobody calls; later, only a call makes it worth telling.
struct MicrophoneWatch {
    private(set) var isSilent = false
    /// The loudest sample since `takePeak`.
    private var peak: Int32 = 0
    private var value: Int16?
    private var constantPeriods = 0
    private var talkedPeriods = 0
    private var hasHeard = false
    private let mostAtStart: Int
    private let mostInCall: Int

    /// Cards that wake up need some seconds; a visitor waits for less.
    init(periodsPerSecond: Int) {
        mostAtStart = periodsPerSecond * 15
        mostInCall = periodsPerSecond * 5
    }

    /// The card was opened.
    mutating func restart() {
        (value, constantPeriods, talkedPeriods, hasHeard) = (nil, 0, 0, false)
    }

    /// One period. Returns what is to be told: silent, heard again.
    mutating func note(_ samples: UnsafeBufferPointer<Int16>, isTalking: Bool) -> Bool? {
        guard let first = samples.first else { return nil }
        var isConstant = value == nil || value == first
        for index in 0..<samples.count {
            isConstant = isConstant && samples[index] == first
            peak = max(peak, abs(Int32(samples[index])))
        }
        value = first
        guard isConstant else {
            (constantPeriods, talkedPeriods, hasHeard) = (0, 0, true)
            guard isSilent else { return nil }
            isSilent = false
            return false
        }
        constantPeriods += 1
        talkedPeriods = isTalking ? talkedPeriods + 1 : 0
        guard !isSilent, talkedPeriods >= mostInCall || !hasHeard && constantPeriods >= mostAtStart else { return nil }
        isSilent = true
        return true
    }

    /// In dB below full scale.
    mutating func takePeak() -> Float {
        defer { peak = 0 }
        return peak == 0 ? -96 : 20 * log10f(Float(peak) / 32_768)
    }
}
