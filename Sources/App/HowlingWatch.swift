import Base

/// Tells once when howling begins: what the canceller notices each second would be an event each second, of every call.
struct HowlingWatch: Sendable {
    private var last: Instant?
    /// Howling that comes back so soon is the same howling.
    static let quiet = Duration.seconds(60)

    /// One second's figures; true when this is to be told.
    mutating func begins(_ isHowling: Bool, at now: Instant) -> Bool {
        guard isHowling else { return false }
        defer { last = now }
        guard let last else { return true }
        return now - last >= Self.quiet
    }
}
