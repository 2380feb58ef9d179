import CSpeexDSP

/// Counts what the echo canceller did since somebody looked.
struct EchoMeter {
    private var before: Float = 0
    private var after: Float = 0
    private var samples = 0
    private var clipped = 0
    private var echoPeriods = 0
    private var nearPeriods = 0

    /// At full scale, or nearly: converters stop a little short of it.
    private static let fullScale = 32_600

    mutating func count(
        _ captured: UnsafePointer<Int16>, _ sent: UnsafePointer<Float>, _ frames: Int, isEcho: Bool, isNear: Bool
    ) {
        var (captureEnergy, sentEnergy): (Float, Float) = (0, 0)
        for index in 0..<frames {
            let sample = Float(captured[index])
            captureEnergy += sample * sample
            sentEnergy += sent[index] * sent[index]
            if abs(Int(captured[index])) > Self.fullScale { clipped += 1 }
        }
        samples += frames
        guard isEcho else { return }
        echoPeriods += 1
        if isNear {
            nearPeriods += 1
        } else {
            before += captureEnergy
            after += sentEnergy
        }
    }

    mutating func take() -> EchoFigures {
        var figures = EchoFigures()
        if before > 0 { figures.enhancement = Float(10 * csound_log10(Double(before) / Double(max(after, 1)))) }
        if samples > 0 { figures.clipping = Float(clipped) / Float(samples) }
        if echoPeriods > 0 { figures.doubleTalk = Float(nearPeriods) / Float(echoPeriods) }
        self = EchoMeter()
        return figures
    }
}
