import Base

/// Where a leg's packets go, and whose are taken: symmetric RTP (RFC 4961) that a stranger cannot take over.
///
/// The address of the session description always counts. Another source is believed when it is the first to send, or when
/// the one that was believed has been silent for two seconds: a peer behind address translation, or one that moved.
struct PeerLatch: Sendable, Equatable {
    static let patience = Duration.seconds(2)

    private var described: SocketAddress
    private var latched: SocketAddress?
    private var lastPacket = Instant()

    init(_ described: SocketAddress) {
        self.described = described
    }

    /// Where packets to the peer go.
    var target: SocketAddress { latched ?? described }

    /// A new description that names another address starts over.
    mutating func describe(_ address: SocketAddress) {
        guard address != described else { return }
        described = address
        latched = nil
    }

    /// Whether a well-formed packet from `source` is the peer's.
    mutating func accept(_ source: SocketAddress, at now: Instant) -> Bool {
        guard let latched, latched != source, source != described else {
            self.latched = source
            lastPacket = now
            return true
        }
        guard now - lastPacket >= Self.patience else { return false }
        self.latched = source
        lastPacket = now
        return true
    }
}
