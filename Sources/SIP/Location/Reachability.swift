import Base

/// Which servers did not answer lately, so that the next request does not wait for them again: the last good one goes first.
///
/// RFC 3263 §4.3 says what a failure is, and leaves it at one request. A visitor at the door should wait for a dead server once,
/// and not at each press of the button; so a server that failed stands behind the others for some minutes, longer each
/// time, until it answers.
public struct Reachability: Sendable {
    private struct Failure: Sendable {
        var count: Int
        var until: Instant
    }

    /// What a hop is to this table: the certificate's name does not matter.
    private struct Place: Hashable, Sendable {
        var transport: Transport
        var address: SocketAddress

        init(_ hop: Hop) {
            transport = hop.transport
            address = hop.address
        }
    }

    static let firstPause = Duration.seconds(300)
    static let longestPause = Duration.seconds(2400)
    private static let mostRemembered = 64

    private var failures: [Place: Failure] = [:]

    public init() {}

    /// Nobody is in doubt: most of the time.
    public var isEmpty: Bool { failures.isEmpty }

    /// No answer, no connection, or 503; with that the server may say for how long (RFC 3261 §21.5.4).
    public mutating func failed(_ hop: Hop, for pause: Duration? = nil, at now: Instant) {
        let place = Place(hop)
        if failures[place] == nil, failures.count >= Self.mostRemembered { failures.removeAll() }
        let count = failures[place].map { min($0.count + 1, 16) } ?? 1
        let longer = min(Self.firstPause * (1 << (count - 1)), Self.longestPause)
        failures[place] = Failure(count: count, until: now + min(pause ?? longer, Self.longestPause))
    }

    /// It answered: whatever was before is forgotten.
    public mutating func answered(_ hop: Hop) {
        failures[Place(hop)] = nil
    }

    public func isInDoubt(_ hop: Hop, at now: Instant) -> Bool {
        failures[Place(hop)].map { now < $0.until } ?? false
    }
}
