import Base
import SIP

/// SIP over TCP and TLS: the connections that were made and accepted, and which of them a message takes. RFC 3261 §18.
///
/// One connection serves requests and responses both ways for as long as it lasts; where there is none, one is made. Nothing
/// blocks: messages wait for their connection, within bounds. Belongs to the Loop's thread.
public final class StreamTransport: @unchecked Sendable {
    public enum Event: Sendable {
        /// A whole message; to which of our addresses it came.
        case message([UInt8], from: Hop, to: IPAddress)
        /// What came cannot be cut into messages. An answer that is sent at once still goes out.
        case unframed(FramingError, from: Hop)
        /// The connection is gone: nothing more comes from there, and what was sent last may not have arrived.
        case closed(Hop, StreamFailure, wasAccepted: Bool)
    }

    /// What happened so far.
    public struct Figures: Sendable, Equatable {
        public var accepted = 0
        public var made = 0
        /// Turned away, for there were too many.
        public var refused = 0
        /// Ended for what the peer did or did not do: slow, unframed, silent.
        public var cut = 0
    }

    private let loop: Loop
    private let network: any StreamNetwork
    private let limits: StreamLimits
    private var random: RandomSource
    private var handler: @Sendable (Event) -> Void
    /// Of one hop, in the order of their making; the key is without the server's name.
    private var connections: [Hop: [StreamConnection]] = [:]
    private var acceptedOf: [IPAddress: Int] = [:]
    private var acceptedCount = 0
    private var madeCount = 0
    private var listeners: [Transport: any StreamListener] = [:]
    private let settings: TLSSettings
    private var clientContext: TLSContext?
    private var serverContext: TLSContext?
    public private(set) var figures = Figures()
    /// Our ends of connections to ourselves that were not accepted yet.
    private var probes: [any ByteStream] = []
    /// Probes that were accepted.
    public private(set) var echoes: UInt64 = 0
    private var isClosed = false
    private var isSending = false

    public init(
        on loop: Loop, network: any StreamNetwork, tls: TLSSettings = TLSSettings(), limits: StreamLimits = StreamLimits(),
        random: RandomSource, onEvent handler: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.loop = loop
        self.network = network
        self.limits = limits
        self.random = random
        self.handler = handler
        settings = tls
    }

    /// Tells what happens from now on; on the Loop's thread, and never from within `send`.
    public func onEvent(_ handler: @escaping @Sendable (Event) -> Void) { self.handler = handler }

    /// Connections at present.
    public var count: Int { acceptedCount + madeCount }

    /// Where a transport is listened for.
    public func localAddress(of transport: Transport) -> SocketAddress? { listeners[transport]?.localAddress }

    /// Takes connections at `port` from now on, at all addresses unless one is given.
    public func listen(_ transport: Transport, port: UInt16, at address: IPAddress? = nil) throws(StreamFailure) {
        if transport.isSecure, serverContext == nil {
            do throws(TLSError) {
                serverContext = try TLSContext(.server, settings)
            } catch {
                throw .tls(error)
            }
        }
        let accept: @Sendable (any ByteStream) -> Void = { [weak self] stream in self?.accept(stream, transport) }
        do throws(SystemError) {
            listeners[transport] =
                if let address {
                    try network.listen(at: SocketAddress(address, port: port), accept)
                } else {
                    try network.listen(port: port, accept)
                }
        } catch {
            throw .system(error)
        }
    }

    /// Sends by the connection with that peer, which is made when there is none. When that fails, `closed` follows.
    public func send(_ bytes: [UInt8], to hop: Hop) {
        guard !isClosed else { return }
        let wasSending = isSending
        isSending = true
        defer { isSending = wasSending }
        if let connection = connection(to: hop) {
            connection.send(bytes)
            return
        }
        do throws(StreamFailure) {
            try connect(to: hop).send(bytes)
        } catch {
            tell(.closed(hop, error, wasAccepted: false))
        }
    }

    /// The peer agreed to RFC 5626: its pongs are demanded, and pings go out as often as it says, or as usual.
    public func keepAlive(_ hop: Hop, every interval: Duration?) {
        connection(to: hop)?.keepAlive(every: interval ?? limits.pingInterval)
    }

    /// Connects to the port where we listen, which ends there; whether it works at all is seen in `echoes`.
    public func probe() {
        for lost in probes { lost.close() }
        probes = []
        guard let own = localAddress(of: .tcp) ?? localAddress(of: .tls) else { return }
        do throws(SystemError) {
            try probes.append(network.connect(to: own.ofOurselves))
        } catch {
            // What cannot be made is not echoed.
        }
    }

    /// We are elsewhere: breaks the connections that begin at an address which is no longer the one on that way.
    public func moved(_ localAddress: (SocketAddress) -> IPAddress?) {
        for connection in Array(connections.values.joined()) {
            guard let old = connection.localAddress, localAddress(connection.hop.address) != old else { continue }
            connection.close(.moved)
        }
    }

    /// Ends all connections and listens no more; nothing is told any more.
    public func close() {
        isClosed = true
        for listener in listeners.values { listener.close() }
        for probe in probes { probe.close() }
        (listeners, probes) = ([:], [])
        for connection in connections.values.joined() {
            connection.onEvent = nil
            connection.end()
            connection.close(.ended)
        }
        connections = [:]
    }

    // MARK: Making and accepting

    /// An open one rather than one in the making; one whose certificate was checked for that very name, if there is one.
    private func connection(to hop: Hop) -> StreamConnection? {
        let usable = connections[hop.withoutName, default: []].filter { connection in
            guard connection.state != .ending, connection.state != .closed else { return false }
            return hop.serverName == nil || connection.hop.serverName == hop.serverName
        }
        return usable.last { $0.state == .open } ?? usable.last
    }

    private func connect(to hop: Hop) throws(StreamFailure) -> StreamConnection {
        if madeCount >= limits.made, !cutLongestIdle(accepted: false) { throw .tooMany }
        let session: TLSSession?
        do throws(TLSError) {
            session = try hop.transport.isSecure ? clientSession(hop) : nil
        } catch {
            throw .tls(error)
        }
        let stream: any ByteStream
        do throws(SystemError) {
            stream = try network.connect(to: hop.address)
        } catch {
            throw .system(error)
        }
        figures.made += 1
        madeCount += 1
        return add(stream, hop, isAccepted: false, session)
    }

    private func clientSession(_ hop: Hop) throws(TLSError) -> TLSSession {
        let context: TLSContext
        if let clientContext { context = clientContext } else { context = try TLSContext(.client, settings) }
        clientContext = context
        return try TLSSession(context, peerName: hop.serverName ?? "\(hop.address.address)")
    }

    private func accept(_ stream: any ByteStream, _ transport: Transport) {
        if let index = probes.firstIndex(where: { $0.localAddress == stream.remoteAddress }) {
            echoes &+= 1
            probes.remove(at: index).close()
            stream.close()
            return
        }
        let hop = Hop(transport, stream.remoteAddress)
        let source = hop.address.address
        guard !isClosed, acceptedOf[source, default: 0] < limits.acceptedOfOneAddress,
            acceptedCount < limits.accepted || cutLongestIdle(accepted: true)
        else {
            figures.refused += 1
            stream.close()
            return
        }
        var session: TLSSession?
        if transport.isSecure {
            session = serverContext.flatMap { try? TLSSession($0, peerName: "\(hop.address)") }
            guard session != nil else {
                stream.close()
                return
            }
        }
        figures.accepted += 1
        acceptedCount += 1
        acceptedOf[source, default: 0] += 1
        _ = add(stream, hop, isAccepted: true, session)
    }

    private func add(_ stream: any ByteStream, _ hop: Hop, isAccepted: Bool, _ tls: TLSSession?) -> StreamConnection {
        let connection = StreamConnection(
            stream, hop: hop, isAccepted: isAccepted, tls: tls, limits: limits, random: RandomSource(seed: random.next()),
            on: loop)
        connections[hop.withoutName, default: []].append(connection)
        connection.onEvent = { [weak self, unowned connection] event in self?.handle(event, of: connection) }
        connection.start()
        return connection
    }

    /// Makes room by ending the connection that was silent for longest, if that was for a while.
    private func cutLongestIdle(accepted: Bool) -> Bool {
        let candidates = connections.values.joined().filter { $0.isAccepted == accepted }
        guard let idle = candidates.min(by: { $0.lastHeard < $1.lastHeard }), loop.now - idle.lastHeard >= limits.messageTime
        else { return false }
        idle.close(.tooMany)
        return true
    }

    // MARK: What connections tell

    private func handle(_ event: StreamConnection.Event, of connection: StreamConnection) {
        switch event {
        case .message(let bytes):
            guard let local = connection.localAddress else { return }
            handler(.message(bytes, from: connection.hop, to: local))
        case .unframed(let error):
            figures.cut += 1
            handler(.unframed(error, from: connection.hop))
        case .closed(let failure):
            remove(connection)
            if failure.isPeersFault { figures.cut += 1 }
            tell(.closed(connection.hop, failure, wasAccepted: connection.isAccepted))
        }
    }

    private func remove(_ connection: StreamConnection) {
        let key = connection.hop.withoutName
        let before = connections[key]?.count ?? 0
        connections[key]?.removeAll { $0 === connection }
        guard let left = connections[key]?.count, left < before else { return }
        if left == 0 { connections[key] = nil }
        guard connection.isAccepted else {
            madeCount -= 1
            return
        }
        acceptedCount -= 1
        let source = connection.hop.address.address
        let others = acceptedOf[source, default: 1] - 1
        acceptedOf[source] = others > 0 ? others : nil
    }

    /// At once, so that nobody sends to the same peer meanwhile and takes the old failure for the new connection's; but not from
    /// within `send`, whose caller is not ready to hear.
    private func tell(_ event: Event) {
        guard isSending else {
            if !isClosed { handler(event) }
            return
        }
        loop.post { [weak self] in
            guard let self, !isClosed else { return }
            handler(event)
        }
    }
}

extension Hop {
    /// The same way for whatever name.
    fileprivate var withoutName: Hop { Hop(transport, address) }
}

extension StreamFailure {
    fileprivate var isPeersFault: Bool {
        switch self {
        case .noHandshake, .messageTooSlow, .peerTooSlow, .noPong: true
        case .ended, .system, .tls, .noConnection, .tooMany, .moved: false
        }
    }
}
