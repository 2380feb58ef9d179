import Base
import Runtime

/// A UDP socket whose datagrams travel on the virtual network.
final class VirtualSocket: DatagramSocket, @unchecked Sendable {
    let localAddress: SocketAddress
    private unowned let network: VirtualNetwork
    private var handler: (@Sendable (Runtime.Datagram) -> Void)?

    init(network: VirtualNetwork, localAddress: SocketAddress) {
        self.network = network
        self.localAddress = localAddress
    }

    func onReceive(_ handler: @escaping @Sendable (Runtime.Datagram) -> Void) {
        self.handler = handler
    }

    func deliver(_ datagram: Datagram) {
        handler?(Runtime.Datagram(bytes: datagram.bytes, source: datagram.source, destination: datagram.destination))
    }

    func send(_ bytes: [UInt8], to peer: SocketAddress, from source: IPAddress?) throws(SystemError) {
        network.send([Datagram(bytes, from: localAddress, to: peer)])
    }

    func close() {
        handler = nil
    }
}
