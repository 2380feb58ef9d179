import Base
import SIP

/// Who calls from an address that nobody trusts, and has a password for it.
///
/// Both tables are bounded. A source that gives a wrong password is not listened to for a second, and twice as long each time
/// it does so again; only sources that have proven to be where they say they are get into either table.
struct Callers: Sendable {
    private struct Failure: Sendable {
        var count: Int
        var until: Instant
    }

    var server: DigestServer
    private var failures: [IPAddress: Failure] = [:]
    /// Sources that got in, and until when that counts for something.
    private var admitted: [IPAddress: Instant] = [:]

    static let capacity = 256
    static let longestPause = Duration.seconds(900)
    /// So long after its last failure a source has a clean record.
    static let memory = Duration.seconds(3600)

    init(key: [UInt8]) {
        server = DigestServer(realm: "house", key: key)
    }

    /// Whether credentials of this source are not even looked at for now.
    func isPaused(_ source: IPAddress, at now: Instant) -> Bool {
        guard let failure = failures[SourceGuard.key(source)] else { return false }
        return failure.until > now
    }

    /// Whether it got in lately: strangers who put its address on their datagrams do not shut it out.
    func isAdmitted(_ source: IPAddress, at now: Instant) -> Bool {
        guard let until = admitted[source] else { return false }
        return until > now
    }

    mutating func admit(_ source: IPAddress, at now: Instant) {
        failures[SourceGuard.key(source)] = nil
        if admitted[source] == nil { Self.makeRoom(in: &admitted) { $0 } }
        admitted[source] = now + Self.memory
    }

    /// Another wrong password: how many that makes, and how long the source is not listened to.
    mutating func fail(_ source: IPAddress, at now: Instant) -> (count: Int, pause: Duration) {
        let key = SourceGuard.key(source)
        var count = 1
        if let failure = failures[key] {
            if failure.until + Self.memory > now { count = failure.count + 1 }
        } else {
            Self.makeRoom(in: &failures) { $0.until }
        }
        let pause = min(Duration.seconds(1 << min(count - 1, 10)), Self.longestPause)
        failures[key] = Failure(count: count, until: now + pause)
        return (count, pause)
    }

    private static func makeRoom<Value>(in table: inout [IPAddress: Value], _ age: (Value) -> Instant) {
        guard table.count >= capacity, let oldest = table.min(by: { age($0.value) < age($1.value) }) else { return }
        table[oldest.key] = nil
    }
}
