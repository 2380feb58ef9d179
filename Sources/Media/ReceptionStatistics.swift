import Base

/// What a receiver counts of one RTP source: RFC 3550 §6.4.1, appendices A.1, A.3 and A.8.
struct ReceptionStatistics: Sendable, Equatable {
    private(set) var received: UInt32 = 0
    private var baseSequence: UInt32 = 0
    private var highest: UInt32 = 0
    private var hasStarted = false
    private var expectedBefore: UInt32 = 0
    private var receivedBefore: UInt32 = 0
    private var lastTransit: Int32?
    /// In ticks of `clockRate`.
    private(set) var jitter: Float = 0
    /// Of the time stamps, in Hz.
    private(set) var clockRate = 8_000

    /// A jump of the sequence number beyond this is a source that started anew.
    private static let maximumDropout = 3_000
    private static let maximumMisorder = 100
    private var suspect: UInt16?

    /// Takes a packet; false while a wild sequence number has not proved itself by a successor.
    mutating func receive(_ header: RTPHeader, arrival: UInt32) -> Bool {
        guard hasStarted else {
            start(header.sequence)
            note(header, arrival)
            return true
        }
        let delta = header.sequence &- UInt16(truncatingIfNeeded: highest)
        if delta < Self.maximumDropout {
            highest &+= UInt32(delta)
        } else if Int(delta) <= 65_536 - Self.maximumMisorder {
            guard suspect == header.sequence else {
                suspect = header.sequence &+ 1
                return false
            }
            start(header.sequence)
        }
        suspect = nil
        note(header, arrival)
        return true
    }

    private mutating func start(_ sequence: UInt16) {
        let (keptJitter, keptRate) = (jitter, clockRate)
        self = ReceptionStatistics()
        (jitter, clockRate) = (keptJitter, keptRate)
        hasStarted = true
        // One cycle of room below, so that an early misordered packet does not wrap.
        baseSequence = 0x1_0000 + UInt32(sequence)
        highest = baseSequence
    }

    private mutating func note(_ header: RTPHeader, _ arrival: UInt32) {
        received &+= 1
        let transit = Int32(bitPattern: arrival &- header.timestamp)
        if let lastTransit {
            let difference = Float(abs(Int64(transit) - Int64(lastTransit)))
            // A clock jump of more than a second is not jitter.
            if difference < Float(clockRate) { jitter += (difference - jitter) / 16 }
        }
        lastTransit = transit
    }

    /// Another packet type with another clock of its own starts the transit anew.
    mutating func forgetTransit() { lastTransit = nil }

    /// The stream goes on with a codec whose clock ticks at `rate`.
    mutating func follow(clockRate rate: Int) {
        guard rate != clockRate else { return }
        jitter = jitter * Float(rate) / Float(clockRate)
        clockRate = rate
        lastTransit = nil
    }

    /// An instant in ticks of the clock, from nowhere in particular.
    func ticks(_ instant: Instant) -> UInt32 {
        let (seconds, rest) = (instant.nanoseconds / 1_000_000_000, instant.nanoseconds % 1_000_000_000)
        return UInt32(truncatingIfNeeded: seconds &* Int64(clockRate) &+ rest * Int64(clockRate) / 1_000_000_000)
    }

    var jitterMilliseconds: Float { jitter * 1_000 / Float(clockRate) }

    /// A sequence number near the highest, with the roll-overs before it.
    func extended(_ sequence: UInt16) -> UInt32 {
        highest &+ UInt32(bitPattern: Int32(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest))))
    }

    var extendedHighest: UInt32 { highest &- 0x1_0000 }
    var expected: UInt32 { hasStarted ? highest &- baseSequence &+ 1 : 0 }
    /// May be negative where packets came twice.
    var lost: Int32 { Int32(clamping: Int64(expected) - Int64(received)) }

    /// Loss since the last report as a fraction of 256, for a reception report.
    mutating func fractionLost() -> UInt8 {
        let expectedNow = expected &- expectedBefore
        let receivedNow = received &- receivedBefore
        expectedBefore = expected
        receivedBefore = received
        let lostNow = Int64(expectedNow) - Int64(receivedNow)
        guard expectedNow > 0, lostNow > 0 else { return 0 }
        return UInt8(clamping: (lostNow << 8) / Int64(expectedNow))
    }
}
