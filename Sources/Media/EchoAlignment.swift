/// Lays what was played beside what was captured: finds the delay, follows its jumps, and takes the clocks' drift out.
///
/// `reference` is then what the adaptive filter gets, the echo's first sound some milliseconds inside of its tail.
final class EchoAlignment {
    private let frames: Int
    private let sampleRate: Int
    private let factor: Int
    private let line: ReferenceLine
    private let bulk: BulkDelay
    private let drifts = DriftEstimator()
    private let now: UnsafeMutablePointer<Int16>
    /// The echo's way around its peak, as it was when the delay was last steady.
    private let steady = UnsafeMutablePointer<Float>.zeros(length)
    private var hasSteady = false
    private static let length = 160
    private static let before = 24

    /// Samples by which the reference is delayed.
    private var lag = 0
    private var known: Int?
    private let margin: Int
    private var isSeeded = false

    init(sampleRate: Int, frames: Int) {
        self.frames = frames
        self.sampleRate = sampleRate
        factor = max(1, sampleRate / 4_000)
        line = ReferenceLine(frames: frames)
        bulk = BulkDelay(sampleRate: sampleRate, frames: frames)
        now = .allocate(capacity: frames)
        now.initialize(repeating: 0, count: frames)
        // What arrives before the loudest path, and what the card's figure may be wrong by.
        margin = sampleRate * 8 / 1_000
    }

    deinit {
        now.deallocate()
        steady.deallocate()
    }

    /// In milliseconds; 0 while unknown.
    var delay: Float { known.map { Float(($0 * factor + line.behind) * 1_000) / Float(sampleRate) } ?? 0 }

    /// By how much the microphone's clock is faster, in parts per million.
    var drift: Float { Float(line.drift * 1e6) }

    /// What goes to the loudspeaker now.
    func played(_ samples: UnsafePointer<Int16>, _ count: Int) { line.append(samples, count) }

    /// One period from the microphone; `reference` is filled with the period that it may hold the echo of. `delay` is the card's figure.
    ///
    /// `filterWorks` says that the reference need not be moved.
    func align(
        _ captured: UnsafePointer<Int16>, delay: Int, filterWorks: Bool, into reference: UnsafeMutablePointer<Int16>
    ) {
        let moved = line.advance()
        if moved != 0 {
            lag = max(0, lag - moved)
            bulk.shift(by: moved / factor)
            known = bulk.peak
            drifts.restart()
            hasSteady = false
        }
        line.copy(lag: 0, into: now)
        bulk.put(now, captured, frames)
        if known == nil, delay > 0, !isSeeded {
            // Until more is known the card's figure is the best there is.
            isSeeded = true
            lag = max(0, delay - frames - margin)
        }
        if bulk.isFresh { follow(filterWorks) }
        line.copy(lag: lag, into: reference)
    }

    private func follow(_ filterWorks: Bool) {
        // As long as the filter takes the echo out, another path that seems to be the louder one is none.
        bulk.judge(holds: filterWorks && known != nil)
        guard let peak = bulk.peak else { return }
        if let old = known {
            if abs(peak - old) > 6 {
                var shift = (peak - old) * factor
                let newBase = min(max(0, peak - Self.before), BulkDelay.range - Self.length)
                if hasSteady,
                    let (offset, _) = DriftEstimator.offset(of: bulk.response + newBase, from: steady, count: Self.length)
                {
                    shift += Int((offset * Float(factor)).rounded())
                }
                lag = max(0, lag + shift)
                // Where what was known before was wrong, the filter knows nothing that were worth keeping.
                let place = peak * factor - lag
                if place < margin / 4 || place > 4 * margin { lag = max(0, peak * factor - margin) }
                known = peak
                drifts.restart()
                hasSteady = false
            }
        } else {
            known = peak
            let place = peak * factor - lag
            if place < margin / 2 || place > 2 * margin {
                lag = max(0, peak * factor - margin)
            }
        }
        keepSteady(around: known ?? peak)
        if bulk.confidence > 7, drifts.put(bulk.response, peak: peak, time: bulk.learnt) {
            // Less than this is as good as nothing, and then nothing need be computed. Where the echo comes at once there is no room to
            // look ahead.
            let isNothing = abs(drifts.drift) < 2e-6 || line.drift == 0 && lag < 2 * ReferenceLine.step
            line.drift = isNothing ? 0 : drifts.drift
        }
    }

    private func keepSteady(around peak: Int) {
        let base = min(max(0, peak - Self.before), BulkDelay.range - Self.length)
        let keep: Float = hasSteady ? 0.85 : 0
        for index in 0..<Self.length { steady[index] = keep * steady[index] + (1 - keep) * bulk.response[base + index] }
        hasSteady = true
    }
}
