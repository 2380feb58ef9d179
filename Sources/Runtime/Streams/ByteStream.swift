import Base

/// What happens on a byte stream.
public enum StreamEvent: Sendable, Equatable {
    /// The connection was made; a stream that was accepted is open from the start and does not tell this.
    case opened
    case received([UInt8])
    /// There is room again for what `send` did not take.
    case writable
    /// The peer ended it, in order (`nil`) or not; or it could not be made. Nothing follows.
    case ended(SystemError?)
}

/// A port for one connection's bytes: TCP of the kernel, or invented in tests. Used on the Loop's thread only.
public protocol ByteStream: AnyObject, Sendable {
    var remoteAddress: SocketAddress { get }
    /// Our end of it; `nil` when the system does not say.
    var localAddress: SocketAddress? { get }

    /// Tells what happens from now on, never before this call returns; on the Loop's thread and outside any actor.
    func onEvent(_ handler: @escaping @Sendable (StreamEvent) -> Void)

    /// Takes as many bytes as there is room for, and says how many; when not all, `writable` follows.
    func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int

    /// Tells nothing any more. What was taken is still delivered.
    func close()
}

/// A place where streams come in.
public protocol StreamListener: AnyObject, Sendable {
    /// The address it is bound to, with the real port.
    var localAddress: SocketAddress { get }
    func close()
}

/// A port for making connections and taking them. Used on the Loop's thread only.
public protocol StreamNetwork: AnyObject, Sendable {
    /// Begins to connect; the stream tells `opened` or `ended`.
    func connect(to peer: SocketAddress) throws(SystemError) -> any ByteStream

    /// Tells each stream that comes in, on the Loop's thread. `::` takes IPv4 as well; port 0 lets the system choose.
    func listen(
        at address: SocketAddress, _ onAccept: @escaping @Sendable (any ByteStream) -> Void
    ) throws(SystemError) -> any StreamListener
}

extension StreamNetwork {
    /// Listens at `port` of all our addresses, of both families where the system has both.
    public func listen(
        port: UInt16, _ onAccept: @escaping @Sendable (any ByteStream) -> Void
    ) throws(SystemError) -> any StreamListener {
        do throws(SystemError) {
            return try listen(at: SocketAddress(.anyIPv6, port: port), onAccept)
        } catch  where error.isMissingFamily {
            return try listen(at: SocketAddress(.anyIPv4, port: port), onAccept)
        }
    }
}
