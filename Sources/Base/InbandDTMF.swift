/// Whether tones of keys in the peer's speech (DTMF, ITU-T Q.23) are keys.
public enum InbandDTMF: String, Sendable, Hashable, CaseIterable {
    case off
    /// While the peer did not agree on telephone events (RFC 4733), by which it would send the same keys again.
    case fallback
}
