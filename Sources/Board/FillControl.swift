/// Keeps what lies in a card's buffers where it is, though microphone and loudspeaker may have two clocks. A value; time is periods.
///
/// What lies in both buffers together does not depend on when the thread wakes up: only the clocks' difference moves it. Its
/// mean over a window is led back to the target by stretching what is played, slowly (a loop of 20 s), so that no ear notices
/// and the echo canceller can follow. Two sides of one clock stay untouched. What is far too much is dropped at once.
struct FillControl {
    /// By how much what is played is to be longer; 0 until two clocks are seen.
    private(set) var stretch = 0.0
    /// Seconds in the buffers that are aimed at, once they have settled.
    private(set) var target: Double?

    /// Seconds that shall still lie in the loudspeaker's buffer when the next period comes.
    private var margin: Double
    private let period: Double
    private var sum = 0.0
    private var least = Double.infinity
    private var periods = 0
    private var windows = 0
    private var smoothed = 0.0
    private var integral = 0.0
    private var isEngaged = false
    private var suspicious = 0
    private var leastOfTen = Double.infinity

    /// Periods over which is averaged.
    static let window = 64
    /// Windows after a start that say nothing yet: devices start in bursts.
    private static let settling = 2
    /// A critically damped loop of 0.05 rad/s: 200 ppm are compensated before they make 1.5 ms.
    private static let proportional = 0.1
    private static let integrating = 0.0025
    /// 0.2 % are three hundredths of a semitone; 500 ppm are more than two crystals differ.
    private static let mostStretch = 0.002
    private static let mostDrift = 0.0005
    /// Less is left alone while no drift was seen.
    private static let tolerance = 0.001
    /// More than this too much is dropped rather than stretched away.
    private static let dropping = 0.025
    private static let mostMargin = 0.02

    init(period: Double, margin: Double) {
        self.period = period
        self.margin = margin
    }

    /// The buffers were filled anew. After the loudspeaker ran dry there should be more in them.
    mutating func restart(ranDry: Bool) {
        if ranDry { margin = min(margin + 0.004, Self.mostMargin) }
        target = nil
        (sum, least, periods, windows) = (0, .infinity, 0, 0)
        (smoothed, suspicious, leastOfTen) = (0, 0, .infinity)
        // Whatever was learnt of the clocks stays.
        stretch = isEngaged ? integral : 0
    }

    /// Before each period is given to the loudspeaker: seconds in both buffers, and in the loudspeaker's alone.
    ///
    /// - Returns: whether this period is to be dropped, because far too much waits.
    mutating func note(fill: Double, ahead: Double) -> Bool {
        sum += fill
        least = min(least, ahead)
        periods += 1
        guard periods == Self.window else { return false }
        let (mean, lowest) = (sum / Double(periods), least)
        (sum, least, periods) = (0, .infinity, 0)
        windows += 1
        guard windows > Self.settling else { return false }
        guard let target else {
            // What is more than needed is taken out over the next seconds.
            let excess = lowest - margin
            self.target = mean - (abs(excess) < 0.003 ? 0 : excess)
            return excess > Self.dropping
        }
        leastOfTen = min(leastOfTen, lowest)
        if windows % 16 == 0 {
            if leastOfTen > margin + 0.004 { self.target = target - (leastOfTen - margin) / 2 }
            leastOfTen = .infinity
        }
        return steer(mean - target)
    }

    /// `error` seconds too much lie in the buffers.
    private mutating func steer(_ error: Double) -> Bool {
        smoothed += (error - smoothed) / 4
        if !isEngaged {
            suspicious = abs(smoothed) > Self.tolerance ? suspicious + 1 : 0
            guard suspicious >= 3 else { return false }
            isEngaged = true
        }
        let wanted = integral - smoothed * Self.proportional
        stretch = min(max(wanted, -Self.mostStretch), Self.mostStretch)
        if stretch == wanted {
            integral -= smoothed * Self.integrating * period * Double(Self.window)
            integral = min(max(integral, -Self.mostDrift), Self.mostDrift)
        }
        guard error > Self.dropping else { return false }
        smoothed -= period
        return true
    }
}
