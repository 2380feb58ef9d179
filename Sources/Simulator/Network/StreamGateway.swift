import Base
import Runtime
import SIP

/// Stands before a peer of the virtual network and speaks TCP or TLS for it: what comes by a house's stream goes on as a
/// datagram, from the address that the stream comes from, and what is sent to that address goes back by the stream.
public final class StreamGateway {
    public let transport: StreamTransport
    private let house: SimulatedHouse
    private let network: VirtualNetwork
    private let peer: SocketAddress
    /// The far ends of the streams that came in.
    public private(set) var callers: [Hop] = []
    private var ends: [End] = []

    /// Listens at `port` of the peer's address, on the streams of `house`.
    public init(
        of peer: SocketAddress, by kind: Transport, port: UInt16, for house: SimulatedHouse, on network: VirtualNetwork,
        tls: TLSSettings = TLSSettings()
    ) throws {
        self.house = house
        self.network = network
        self.peer = peer
        transport = StreamTransport(on: house.loop, network: house.streams, tls: tls, random: RandomSource(seed: 99))
        try transport.listen(kind, port: port, at: peer.address)
        let link = Link(self)
        transport.onEvent { event in
            if case .message(let bytes, let hop, _) = event { link.gateway?.forward(bytes, from: hop) }
        }
    }

    private final class Link: @unchecked Sendable {
        weak var gateway: StreamGateway?

        init(_ gateway: StreamGateway) { self.gateway = gateway }
    }

    private func forward(_ bytes: [UInt8], from hop: Hop) {
        if !callers.contains(hop) {
            callers.append(hop)
            let end = End(hop, gateway: self)
            ends.append(end)
            network.attach(end, at: hop.address)
        }
        network.send([Datagram(bytes, from: hop.address, to: peer)])
    }

    /// Breaks all streams, as a server that is restarted.
    public func breakStreams() {
        house.loop.run(until: network.now)
        transport.moved { _ in nil }
        house.loop.settle()
    }

    /// Where datagrams for one caller arrive.
    private final class End: Host {
        let hop: Hop
        unowned let gateway: StreamGateway
        let nextDeadline: Instant? = nil

        init(_ hop: Hop, gateway: StreamGateway) {
            self.hop = hop
            self.gateway = gateway
        }

        func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
            gateway.house.loop.run(until: now)
            gateway.transport.send(datagram.bytes, to: hop)
            gateway.house.loop.settle()
            return []
        }

        func wake(at now: Instant) -> [Datagram] { [] }
    }
}
