import Base

/// A datagram as it came in.
public struct Datagram: Sendable, Equatable {
    public var bytes: [UInt8]
    public var source: SocketAddress
    /// Our address that it was sent to, and the socket's port.
    public var destination: SocketAddress
    /// It was longer than the socket's capacity; the rest is lost.
    public var isTruncated: Bool

    public init(bytes: [UInt8], source: SocketAddress, destination: SocketAddress, isTruncated: Bool = false) {
        self.bytes = bytes
        self.source = source
        self.destination = destination
        self.isTruncated = isTruncated
    }
}

/// A port for datagrams: the kernel's UDP in the daemon, an invented network in tests. Used on the Loop's thread only.
public protocol DatagramSocket: AnyObject, Sendable {
    /// The address it is bound to, with the real port.
    var localAddress: SocketAddress { get }

    /// Tells each datagram from now on, on the Loop's thread and outside any actor.
    func onReceive(_ handler: @escaping @Sendable (Datagram) -> Void)

    /// Sends at once or fails; `source` chooses which of our addresses it leaves from, `nil` leaves that to the route.
    func send(_ bytes: [UInt8], to peer: SocketAddress, from source: IPAddress?) throws(SystemError)

    func close()
}
