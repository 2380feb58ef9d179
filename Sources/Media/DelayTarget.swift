/// How long sound should wait, learnt from how differently long packets took.
///
/// Delay costs a conversation what G.107 says of it, which is nothing at first, and a packet that comes too late costs what a
/// lost one does. Of all delays the cheapest is taken: by a window that forgets slowly, and by the last packets alone, so
/// that a burst counts at once. Transits are arrival minus timestamp, in samples: only their differences mean something.
final class DelayTarget {
    /// Packets looked back on: ten seconds of the usual 20 ms. More would follow a drifting clock too slowly.
    private static let places = 512
    /// The last packets alone: one late among so many is dear enough to wait longer at once.
    private static let recent = 30
    /// What the weight of a packet shrinks by with each that comes after it: to half in eight seconds.
    private static let fading: Float = 1 - 0.693 / 400
    /// Milliseconds from mouth to ear beside the wait: packet time, network and both cards, as in most calls.
    private static let elsewhere = 90
    /// What one per cent of late packets costs in R. G.113 has 3.6 for the first; what comes in bursts is dearer.
    private static let lossCost: Float = 5
    /// Delay is worth a little even where G.107 finds no harm: R for each millisecond.
    private static let impatience: Float = 0.01
    /// Milliseconds to spare: up to a period, because a period is made when it begins to sound, and half of one more.
    private static let margin = 15
    /// Before anything is known, so much jitter is taken for granted, less and less over the first speech; in milliseconds.
    private static let doubt = (jitter: 35, lasts: 1_500)

    /// For so long less delay must have done, and so much less, before it sinks, in milliseconds: the ear, and PESQ, minds a
    /// delay that comes and goes more than a delay.
    private static let patience = 2_400
    private static let notWorth = 10

    private let transits: UnsafeMutablePointer<Int64>
    private let bins: UnsafeMutablePointer<Float>
    private let costs: UnsafeMutablePointer<Float>
    private let millisecond: Int64
    private let minimum: Int
    private let maximum: Int
    private var count = 0
    private var next = 0
    /// Milliseconds of speech that came, up to the end of doubt.
    private var known = 0
    /// The delay that is wanted, in milliseconds; and what would have done for the last packets.
    private var settled = 0
    private var lower = 0
    private var lowerFor = 0
    /// The least transit of the window.
    private(set) var base: Int64 = 0
    /// Sound of timestamp t should be heard at t + offset.
    private(set) var offset: Int64 = 0
    /// Milliseconds more that packets should be early, where packets get lost: what follows a gap is then known in time.
    var lead = 0

    /// Bounds in milliseconds.
    init(sampleRate: Int, minimum: Int, maximum: Int) {
        millisecond = Int64(sampleRate / 1_000)
        self.minimum = max(0, minimum)
        self.maximum = max(self.minimum, maximum)
        transits = .allocate(capacity: Self.places)
        transits.initialize(repeating: 0, count: Self.places)
        bins = .allocate(capacity: self.maximum + 1)
        bins.initialize(repeating: 0, count: self.maximum + 1)
        costs = .allocate(capacity: self.maximum + 1)
        for delay in 0...self.maximum {
            let impairment = Float(QualityModel.delayImpairment(Double(Self.elsewhere + delay)))
            (costs + delay).initialize(to: impairment + Self.impatience * Float(delay))
        }
    }

    deinit {
        transits.deallocate()
        bins.deallocate()
        costs.deallocate()
    }

    var isEmpty: Bool { count == 0 }
    /// The delay that is wanted, in samples.
    var delay: Int64 { isEmpty ? 0 : offset - base }

    func reset() {
        (count, next, known, lead) = (0, 0, 0, 0)
    }

    /// Takes in the transit of a packet of so many milliseconds.
    func add(_ transit: Int64, milliseconds: Int) {
        transits[next] = transit
        next = (next + 1) % Self.places
        count = min(count + 1, Self.places)
        known = min(known + milliseconds, Self.doubt.lasts)
        var least = Int64.max
        for index in 0..<count { least = min(least, transits[index]) }
        base = least
        settle(max(cheapest(count, fading: Self.fading), cheapest(min(count, Self.recent), fading: 1)), milliseconds)
        offset = base &+ Int64(settled) * millisecond
    }

    /// More delay is taken at once; less only when it would have done for a while, and is worth a change.
    private func settle(_ delay: Int, _ milliseconds: Int) {
        if count == 1 || delay >= settled - Self.notWorth {
            settled = count == 1 ? delay : max(settled, delay)
            (lower, lowerFor) = (0, 0)
            return
        }
        lower = max(lower, delay)
        lowerFor += milliseconds
        guard lowerFor > Self.patience else { return }
        settled = lower
        (lower, lowerFor) = (0, 0)
    }

    /// The cheapest delay in milliseconds for the last `packets`.
    private func cheapest(_ packets: Int, fading: Float) -> Int {
        bins.update(repeating: 0, count: maximum + 1)
        var total: Float = 0
        var weight: Float = 1
        var place = next
        let spare = Int64(Self.margin + lead)
        for _ in 0..<packets {
            place = place == 0 ? Self.places - 1 : place - 1
            let bin = (transits[place] &- base) / millisecond + spare
            if bin <= Int64(maximum) { bins[Int(bin)] += weight }
            total += weight
            weight *= fading
        }
        let doubt = 1 - Float(known) / Float(Self.doubt.lasts)
        if Self.doubt.jitter + Self.margin <= maximum { bins[Self.doubt.jitter + Self.margin] += doubt }
        total += doubt
        var best = minimum
        var least = Float.infinity
        var inTime: Float = 0
        for delay in 0...maximum {
            inTime += bins[delay]
            guard delay >= minimum else { continue }
            let cost = costs[delay] + max(0, 1 - inTime / total) * 100 * Self.lossCost
            if cost < least { (best, least) = (delay, cost) }
        }
        return best
    }
}
