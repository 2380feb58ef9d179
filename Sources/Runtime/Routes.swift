import Base
import CLinux
import Glibc

/// What the kernel's routing table says.
public enum Routes {
    /// Our address that packets to `peer` leave from; `nil` when there is no way to it. Sends nothing.
    public static func localAddress(to peer: SocketAddress) -> IPAddress? {
        let family = peer.address.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, clinux_datagram_socket | socketFlags, 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // Connecting to port 0 is refused by some kernels, and the port does not change the route.
        let target = SocketAddress(peer.address, port: peer.port == 0 ? 5060 : peer.port)
        guard target.withSockaddr({ connect(descriptor, $0, $1) }) == 0 else { return nil }
        return (try? SocketAddress(boundTo: descriptor))?.address
    }
}
