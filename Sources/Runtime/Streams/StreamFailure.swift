/// Why a connection is no more, or never was.
public enum StreamFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// By the peer or by us, in order.
    case ended
    case system(SystemError)
    case tls(TLSError)
    /// The peer did not answer at all.
    case noConnection
    case noHandshake
    /// A message had begun and was not whole in time.
    case messageTooSlow
    /// The peer does not take what is sent to it.
    case peerTooSlow
    /// It answered pings before, and no more (RFC 5626 §4.4.1).
    case noPong
    /// Our end of it is no longer ours.
    case moved
    /// We have enough connections already.
    case tooMany

    public var description: String {
        switch self {
        case .ended: "the connection was ended"
        case .system(let error): "\(error)"
        case .tls(let error): "\(error)"
        case .noConnection: "no connection in time"
        case .noHandshake: "no TLS handshake in time"
        case .messageTooSlow: "a message was not whole in time"
        case .peerTooSlow: "the peer does not read what is sent"
        case .noPong: "no answer to a keep-alive"
        case .moved: "our address changed"
        case .tooMany: "too many connections"
        }
    }
}
