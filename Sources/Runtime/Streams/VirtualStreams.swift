import Base

/// An invented network of byte streams on a Loop, for tests: what listens on it is reached by whoever connects on it.
///
/// Bytes arrive after `delay` and in the parts they were sent in; a connection to where nobody listens is refused, or with
/// `isSilent` never answered.
public final class VirtualStreams: StreamNetwork, @unchecked Sendable {
    private let loop: Loop
    private let delay: Duration
    /// Addresses from which nothing comes back.
    public var silent: Set<SocketAddress> = []
    /// How many bytes one direction of a stream holds that its reader has not been told; 0 for a reader that never reads.
    public var room = Int.max
    private var listeners: [SocketAddress: Listener] = [:]
    private var nextPort: UInt16 = 32_768
    private let address: IPAddress

    /// Streams come from `address`.
    public init(on loop: Loop, from address: IPAddress = .loopback, delay: Duration = .milliseconds(1)) {
        self.loop = loop
        self.address = address
        self.delay = delay
    }

    public func connect(to peer: SocketAddress) throws(SystemError) -> any ByteStream {
        connect(to: peer, from: address)
    }

    /// As whoever has that address.
    public func connect(to peer: SocketAddress, from source: IPAddress) -> any ByteStream {
        nextPort &+= 1
        let local = SocketAddress(source, port: nextPort)
        let stream = VirtualStream(local: local, remote: peer, on: self)
        guard !silent.contains(peer) else { return stream }
        guard let listener = listeners[peer] ?? listeners[SocketAddress(.anyIPv6, port: peer.port)] else {
            later { stream.deliver(.ended(SystemError.refused(peer))) }
            return stream
        }
        later {
            guard stream.isOpen else { return }
            let other = VirtualStream(local: peer, remote: local, on: self)
            other.peer = stream
            stream.peer = other
            listener.onAccept(other)
            stream.deliver(.opened)
        }
        return stream
    }

    public func listen(
        at address: SocketAddress, _ onAccept: @escaping @Sendable (any ByteStream) -> Void
    ) throws(SystemError) -> any StreamListener {
        let listener = Listener(localAddress: address, network: self, onAccept: onAccept)
        listeners[address] = listener
        return listener
    }

    fileprivate func later(_ body: @escaping @Sendable () -> Void) {
        Alarm(on: loop, handler: body).set(after: delay)
    }

    fileprivate func post(_ body: @escaping @Sendable () -> Void) { loop.post(body) }

    private final class Listener: StreamListener, @unchecked Sendable {
        let localAddress: SocketAddress
        private unowned let network: VirtualStreams
        let onAccept: @Sendable (any ByteStream) -> Void

        init(localAddress: SocketAddress, network: VirtualStreams, onAccept: @escaping @Sendable (any ByteStream) -> Void) {
            self.localAddress = localAddress
            self.network = network
            self.onAccept = onAccept
        }

        func close() { network.listeners[localAddress] = nil }
    }
}

/// One end of an invented stream.
private final class VirtualStream: ByteStream, @unchecked Sendable {
    let local: SocketAddress
    let remoteAddress: SocketAddress
    /// The other end, once they are connected.
    var peer: VirtualStream?
    private(set) var isOpen = true
    private let network: VirtualStreams
    private var handler: (@Sendable (StreamEvent) -> Void)?
    private var early: [StreamEvent] = []
    private var underway = 0

    init(local: SocketAddress, remote: SocketAddress, on network: VirtualStreams) {
        self.local = local
        remoteAddress = remote
        self.network = network
    }

    var localAddress: SocketAddress? { local }

    func onEvent(_ handler: @escaping @Sendable (StreamEvent) -> Void) {
        self.handler = handler
        let events = early
        early = []
        for event in events { network.post { [weak self] in self?.deliver(event) } }
    }

    func deliver(_ event: StreamEvent) {
        guard isOpen else { return }
        guard let handler else {
            early.append(event)
            return
        }
        if case .ended = event { close() }
        handler(event)
    }

    func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        guard isOpen, let peer else { throw SystemError.refused(remoteAddress) }
        let taken = min(bytes.count, max(0, network.room - underway))
        guard taken > 0 else { return 0 }
        let part = Array(bytes.prefix(taken))
        underway += taken
        network.later { [self] in
            underway -= part.count
            peer.deliver(.received(part))
            if taken < bytes.count { deliver(.writable) }
        }
        return taken
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        handler = nil
        guard let peer else { return }
        self.peer = nil
        network.later { peer.deliver(.ended(nil)) }
    }
}
