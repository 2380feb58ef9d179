import Base

/// How much patience is left for each source that nobody trusts.
///
/// A stranger gets a few refusals, then silence, and if it goes on nothing of it is read for minutes. The table is bounded and its
/// cost does not depend on how many strangers there are; so is the number of refusals to all of them together, for whoever floods
/// from invented addresses must not make this house answer to them.
struct SourceGuard: Sendable {
    enum Verdict: Sendable, Equatable {
        case refuse
        case ignore
        /// From now on nothing of this source is read; told once.
        case block
    }

    /// Refusals in a row before silence, and how fast they come back.
    static let burst = 8
    static let refill = Duration.seconds(2)
    /// Messages in silence before the source is blocked, and for how long.
    static let patience = 24
    static let blocked = Duration.seconds(300)
    /// Refusals to all strangers together.
    static let commonBurst = 64
    static let commonRefill = Duration.milliseconds(50)
    static let capacity = 1024

    private struct Bucket: Sendable {
        /// When it is full again; each message takes one refill's time of it.
        var full: Instant
        var ignored = 0
        var blockedUntil: Instant?

        /// Takes one out, unless it is empty.
        mutating func take(burst: Int, refill: Duration, at now: Instant) -> Bool {
            let next = max(full, now) + refill
            guard next - now <= refill * burst else { return false }
            full = next
            return true
        }
    }

    private var buckets: [IPAddress: Bucket] = [:]
    /// The same keys by age; the oldest makes room.
    private var order: [IPAddress] = []
    private var oldest = 0
    private var common = Bucket(full: Instant(nanoseconds: .min / 2))

    var count: Int { buckets.count }

    func blockedSources(at now: Instant) -> Int { buckets.values.count { ($0.blockedUntil ?? now) > now } }

    /// Whether nothing of this source is to be read.
    func isBlocked(_ address: IPAddress, at now: Instant) -> Bool {
        guard !buckets.isEmpty, let until = buckets[Self.key(address)]?.blockedUntil else { return false }
        return until > now
    }

    /// A stranger sent something; a scanner that says what it is gets no patience at all.
    mutating func judge(_ address: IPAddress, isScanner: Bool, at now: Instant) -> Verdict {
        let key = Self.key(address)
        var bucket = buckets.removeValue(forKey: key) ?? remember(key)
        defer { buckets[key] = bucket }
        if let until = bucket.blockedUntil {
            if until > now { return .ignore }
            bucket = Bucket(full: now)
        }
        if !isScanner, bucket.take(burst: Self.burst, refill: Self.refill, at: now) {
            bucket.ignored = 0
            return common.take(burst: Self.commonBurst, refill: Self.commonRefill, at: now) ? .refuse : .ignore
        }
        bucket.ignored += 1
        guard isScanner || bucket.ignored >= Self.patience else { return .ignore }
        bucket.blockedUntil = now + Self.blocked
        return .block
    }

    private mutating func remember(_ key: IPAddress) -> Bucket {
        if order.count < Self.capacity {
            order.append(key)
        } else {
            buckets[order[oldest]] = nil
            order[oldest] = key
            oldest = (oldest + 1) % Self.capacity
        }
        return Bucket(full: Instant(nanoseconds: .min / 2))
    }

    /// Who has one IPv6 address has all of its /64.
    static func key(_ address: IPAddress) -> IPAddress {
        if case .v6(let high, _, _) = address { .v6(high, 0, zone: 0) } else { address }
    }

    /// Programs whose purpose is to look for open telephones, by how their User-Agent begins or what it has in it.
    static func isScanner(_ userAgent: String) -> Bool {
        let name = userAgent.lowercased()
        return scanners.contains { scanner in
            let bytes = Array(name.utf8)
            let wanted = Array(scanner.utf8)
            return bytes.count >= wanted.count
                && (0...(bytes.count - wanted.count)).contains { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
        }
    }

    private static let scanners = [
        "friendly-scanner", "friendly-request", "sipvicious", "sipcli", "sip-scan", "sipscan", "sundayddr", "vaxsip", "iwar",
        "pplsip",
        "siparmyknife", "smap ", "sipsak", "nm@nm", "masscan", "zgrab",
    ]
}
