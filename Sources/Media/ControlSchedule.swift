import Base

/// When the next RTCP packet is due: RFC 3550 §6.3 and A.7, with timer reconsideration, for a session of two.
///
/// The bandwidth of RTCP is 5 % of the session's; five seconds on average are the least, half as much before the first packet.
struct ControlSchedule: Sendable, Equatable {
    private static let minimum = 5.0
    /// e − 1.5: reconsideration makes intervals shorter than they should be by so much.
    private static let compensation = 1.21828

    /// Octets a second that are RTCP's.
    private let bandwidth: Double
    private var isFirst = true
    private var hasPeer = false
    private var membersBefore = 1
    private var last: Instant
    private(set) var next: Instant
    /// Of packets sent and received, with UDP and IP headers.
    private var averageSize: Double
    private static let lowerHeaders = 28.0

    /// - Parameters:
    ///   - octets: of RTP in a second and one direction.
    ///   - size: of our first RTCP packet, as far as it can be foreseen.
    init(octets: Double, size: Int, at now: Instant, random: inout RandomSource) {
        bandwidth = max(octets * 2 * 0.05, 1)
        averageSize = Double(size) + Self.lowerHeaders
        last = now
        next = now
        next = now + interval(&random)
    }

    private var members: Int { hasPeer ? 2 : 1 }

    private func interval(_ random: inout RandomSource) -> Duration {
        let least = isFirst ? Self.minimum / 2 : Self.minimum
        let mean = max(averageSize * Double(members) / bandwidth, least)
        let factor = 0.5 + Double(random.next() >> 11) / Double(UInt64(1) << 53)
        return .microseconds(Int64(mean * factor / Self.compensation * 1_000_000))
    }

    /// At `next`: whether to send now. If not, another time was set, for there are more members than when it was reckoned.
    mutating func isDue(at now: Instant, random: inout RandomSource) -> Bool {
        guard now >= next else { return false }
        let again = last + interval(&random)
        membersBefore = members
        guard again <= now else {
            next = again
            return false
        }
        return true
    }

    mutating func sent(_ size: Int, at now: Instant, random: inout RandomSource) {
        note(size)
        last = now
        next = now + interval(&random)
        isFirst = false
    }

    mutating func received(_ size: Int) {
        hasPeer = true
        note(size)
    }

    /// RTP of the peer came.
    mutating func heard() { hasPeer = true }

    /// The peer said BYE: what is left of the interval shrinks with the number of members (§6.3.4).
    mutating func left(at now: Instant) {
        guard hasPeer else { return }
        hasPeer = false
        let share = Double(members) / Double(max(membersBefore, members))
        next = now + max(next - now, .zero) * share
        last = now - (now - last) * share
        membersBefore = members
    }

    private mutating func note(_ size: Int) {
        averageSize = (Double(size) + Self.lowerHeaders) / 16 + averageSize * 15 / 16
    }
}
