import Base
import SIP

/// When a session ends unless somebody refreshes it, and whether that is us: RFC 4028 §7.2, §9, §10.
struct SessionTimer: Sendable, Equatable {
    let interval: Duration
    /// The refresh is our duty; else the peer's.
    let refreshes: Bool
    /// When we refresh, or give the session up.
    private(set) var due: Instant
    /// The session is over then, whatever was tried.
    let expiry: Instant

    /// A 2xx to a session refresh came or went at `now`. Ours is sent at half time; the peer's is missed a little early.
    init(seconds: UInt32, refreshes: Bool, at now: Instant) {
        interval = .seconds(min(max(seconds, 1), Self.longest))
        self.refreshes = refreshes
        expiry = now + interval
        due = refreshes ? now + interval / 2 : now + interval - min(.seconds(32), interval / 3)
    }

    /// The refresh could not be sent, or was refused: later again, while there is time.
    mutating func postpone(by pause: Duration, at now: Instant) {
        due = min(now + pause, expiry)
    }

    private static let longest: UInt32 = 7 * 86_400
}
