/// What a peer may take of this house by TCP and TLS: time, memory and connections.
public struct StreamLimits: Sendable, Equatable {
    /// Accepted connections, in total and of one address; those that we make are not counted.
    public var accepted = 64
    public var acceptedOfOneAddress = 8
    /// Connections that we make.
    public var made = 64
    /// How long until a connection is made, and until TLS is agreed on.
    public var connectTime = Duration.seconds(5)
    public var handshakeTime = Duration.seconds(10)
    /// How long a message may take from its first byte to its last, and the first one from the connection.
    public var messageTime = Duration.seconds(10)
    public var firstMessageTime = Duration.seconds(30)
    /// How long an accepted connection may be without a message or keep-alive.
    public var idleTime = Duration.seconds(600)
    /// How long the peer may take nothing of what is to be sent, and how much of it waits at most.
    public var sendTime = Duration.seconds(20)
    public var queuedBytes = 256 * 1024
    /// How long the last words may take, such as the answer to what could not be framed.
    public var farewell = Duration.seconds(2)
    /// The longest time between two pings on connections that we made (RFC 5626 §4.4.1).
    public var pingInterval = Duration.seconds(120)

    public init() {}
}
