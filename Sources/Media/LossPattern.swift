/// Which packets of a stream were lost on the way for good or came too late, and how they cluster: RFC 3611 §4.7.1 and §4.7.2.
///
/// A burst begins and ends with a loss and has nowhere `minimumGap` packets in a row that came in time; a gap is all else. What comes
/// out of order counts as lost only once 64 packets newer than it have come. A value of fixed size, for the audio thread.
public struct LossPattern: Sendable, Equatable {
    /// Gmin: the recommended 16.
    public static let minimumGap = 16

    /// Since the start: packets that should have come, of them lost, and thrown away because late.
    public private(set) var expected = 0
    public private(set) var lost = 0
    public private(set) var discarded = 0
    /// Packets that did not come and were brought back; they count as if they had come (RFC 3611 §4.7.1).
    public private(set) var recovered = 0
    /// Losses in a row count as one, for the burst ratio of G.107.
    private var runs = 0
    private var wasMissing = false

    /// Of all bursts that are over: their number, packets in them, and losses among those.
    private var bursts = 0
    private var burstPackets = 0
    private var burstLosses = 0

    /// The cluster of losses that may yet grow: from its first loss to its last.
    private var clusterPackets = 0
    private var clusterLosses = 0
    private var sinceLoss = Self.minimumGap

    /// The last 64 packets, the newest in bit 0: came, and came in time.
    private var came: UInt64 = 0
    private var inTime: UInt64 = 0
    private var newest: UInt32 = 0
    /// Packets in the window.
    private var depth = 0

    public init() {}

    /// A packet came; `sequence` is extended by its roll-overs (RFC 3550 A.1).
    public mutating func arrive(_ sequence: UInt32, isInTime: Bool) {
        guard depth > 0 else {
            newest = sequence
            depth = 1
            mark(0, isInTime)
            return
        }
        let ahead = Int32(bitPattern: sequence &- newest)
        if ahead <= 0 {
            // What is older than the window, or than the first packet, was counted or does not count.
            if Int(-Int64(ahead)) < depth { mark(Int(-Int64(ahead)), isInTime) }
            return
        }
        // A jump this large is a source that began anew, not a loss.
        guard ahead < 3_000 else {
            restart(at: sequence, isInTime)
            return
        }
        for _ in 0..<ahead { advance() }
        newest = sequence
        mark(0, isInTime)
    }

    /// The packet of this number did not come, but a copy of it in another one did: in-band FEC.
    public mutating func recover(_ sequence: UInt16) {
        let place = Int(UInt16(truncatingIfNeeded: newest) &- sequence)
        guard place < depth, came & 1 << UInt64(place) == 0 else { return }
        recovered += 1
        mark(place, true)
    }

    private mutating func restart(at sequence: UInt32, _ isInTime: Bool) {
        drain()
        newest = sequence
        depth = 1
        mark(0, isInTime)
    }

    private mutating func mark(_ place: Int, _ isInTime: Bool) {
        // The first copy of a packet counts.
        guard came & 1 << UInt64(place) == 0 else { return }
        came |= 1 << UInt64(place)
        if isInTime { inTime |= 1 << UInt64(place) }
    }

    private mutating func advance() {
        if depth == 64 { judge(63) } else { depth += 1 }
        came <<= 1
        inTime <<= 1
    }

    private mutating func drain() {
        while depth > 0 {
            depth -= 1
            judge(depth)
        }
        came = 0
        inTime = 0
    }

    private mutating func judge(_ place: Int) {
        let bit: UInt64 = 1 << UInt64(place)
        expected += 1
        guard inTime & bit == 0 else {
            sinceLoss += 1
            wasMissing = false
            return
        }
        if came & bit == 0 { lost += 1 } else { discarded += 1 }
        if !wasMissing { runs += 1 }
        wasMissing = true
        if sinceLoss >= Self.minimumGap { closeCluster() }
        clusterPackets += clusterLosses == 0 ? 1 : sinceLoss + 1
        clusterLosses += 1
        sinceLoss = 0
    }

    private mutating func closeCluster() {
        if clusterLosses > 1 {
            bursts += 1
            burstPackets += clusterPackets
            burstLosses += clusterLosses
        }
        clusterPackets = 0
        clusterLosses = 0
    }

    /// What there is to report now, as if enough packets followed that came in time.
    public struct Summary: Sendable, Equatable {
        public var expected = 0
        public var lost = 0
        public var discarded = 0
        /// Losses and discards as fractions 0 to 1, inside and outside of bursts.
        public var burstDensity = 0.0
        public var gapDensity = 0.0
        /// Mean lengths in packets.
        public var burstPackets = 0.0
        public var gapPackets = 0.0
        /// How much longer runs of losses are than those of as many random ones: 1 for random losses (G.107 §7.5).
        public var burstRatio = 1.0
    }

    public var summary: Summary {
        var closed = self
        closed.drain()
        closed.closeCluster()
        var summary = Summary()
        summary.expected = closed.expected
        summary.lost = closed.lost
        summary.discarded = closed.discarded
        let missing = closed.lost + closed.discarded
        let gapPackets = closed.expected - closed.burstPackets
        if closed.bursts > 0 {
            summary.burstDensity = Double(closed.burstLosses) / Double(closed.burstPackets)
            summary.burstPackets = Double(closed.burstPackets) / Double(closed.bursts)
        }
        if gapPackets > 0 {
            summary.gapDensity = Double(missing - closed.burstLosses) / Double(gapPackets)
            // As the algorithm of RFC 3611 A.2 has it: over the number of bursts.
            summary.gapPackets = Double(gapPackets) / Double(max(closed.bursts, 1))
        }
        if closed.runs > 0, missing < closed.expected {
            let run = Double(missing) / Double(closed.runs)
            summary.burstRatio = max(1, run * (1 - Double(missing) / Double(closed.expected)))
        }
        return summary
    }
}
