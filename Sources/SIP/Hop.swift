import Base

/// Where a message goes or came from: how it is carried, and between which addresses.
///
/// With TCP and TLS a hop stands for the connection with that address, whoever opened it.
public struct Hop: Hashable, Sendable, CustomStringConvertible {
    public var transport: Transport
    public var address: SocketAddress
    /// The domain that the peer's certificate must name (RFC 5922 §4); `nil` when we did not choose the peer by a name.
    public var serverName: String?

    public init(_ transport: Transport, _ address: SocketAddress, serverName: String? = nil) {
        self.transport = transport
        self.address = address
        self.serverName = serverName
    }

    public static func udp(_ address: SocketAddress) -> Hop { Hop(.udp, address) }

    public var isReliable: Bool { transport.isReliable }

    /// `10.0.0.5:5060`, with the transport before it when that is not UDP.
    public var description: String { transport == .udp ? "\(address)" : "\(transport.rawValue):\(address)" }
}
