import Base
import CLinux
import Glibc

/// A UDP socket of the kernel, for IPv4, IPv6 or both. Belongs to the Loop's thread.
public final class UDPSocket: DatagramSocket, @unchecked Sendable {
    public let localAddress: SocketAddress
    /// Datagrams longer than this are cut.
    public let capacity: Int
    private let descriptor: Int32
    private let loop: Loop
    private let isIPv6: Bool
    private let buffer: UnsafeMutableRawPointer
    private var watch: Watch?
    private var isOpen = true

    /// A whole burst of calls fits while the Loop is busy; the kernel doubles the figure and bounds it by its own limit.
    private static let receiveBufferBytes: Int32 = 1 << 20
    /// How many datagrams one look takes, so that a flood cannot starve the timers.
    private static let datagramsPerTurn = 32

    /// Binds to `address`; port 0 lets the kernel choose. `::` takes IPv4 as well, every other address only its own family.
    public init(bindingTo address: SocketAddress, on loop: Loop, capacity: Int = 65_535) throws(SystemError) {
        isIPv6 = address.address.isIPv6
        self.loop = loop
        self.capacity = capacity
        let family = isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, clinux_datagram_socket | socketFlags, 0)
        guard descriptor >= 0 else { throw .last("socket", "\(address)") }
        self.descriptor = descriptor
        do throws(SystemError) {
            if isIPv6 { try Self.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, address.address.isUnspecified ? 0 : 1) }
            guard clinux_tell_destination(descriptor, family) == 0 else { throw .last("setsockopt IP_PKTINFO") }
            // A kernel that gives less than asked for is no reason not to start.
            try? Self.set(descriptor, SOL_SOCKET, SO_RCVBUF, Self.receiveBufferBytes)
            let bound = address.withSockaddr { bind(descriptor, $0, $1) }
            guard bound == 0 else { throw .last("bind", "\(address)") }
            localAddress = try SocketAddress(boundTo: descriptor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        buffer = .allocate(byteCount: capacity, alignment: 16)
    }

    /// Binds to `port` on all addresses of this machine, of both families where the kernel has both.
    public convenience init(port: UInt16, on loop: Loop) throws(SystemError) {
        do throws(SystemError) {
            try self.init(bindingTo: SocketAddress(.anyIPv6, port: port), on: loop)
        } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
            try self.init(bindingTo: SocketAddress(.anyIPv4, port: port), on: loop)
        }
    }

    deinit {
        if isOpen { Glibc.close(descriptor) }
        buffer.deallocate()
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(SystemError) {
        var value = value
        guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw .last("setsockopt")
        }
    }

    public func onReceive(_ handler: @escaping @Sendable (Datagram) -> Void) {
        watch?.cancel()
        guard isOpen else { return }
        // The kernel refuses only for want of memory; then the socket is deaf, and its owner's timers say so.
        watch = try? loop.watch(descriptor, for: .readable) { [weak self] _ in self?.receive(handler) }
    }

    private func receive(_ handler: (Datagram) -> Void) {
        for _ in 0..<Self.datagramsPerTurn where isOpen {
            var header = clinux_datagram()
            let count = retryingInterrupts { clinux_receive(descriptor, buffer, capacity, &header) }
            guard count >= 0 else {
                if errno == EAGAIN { return }
                continue  // an ICMP error of an earlier datagram: read away, the next call meets the next datagram
            }
            guard let source = SocketAddress(header.peer) else { continue }
            let local = SocketAddress(header.local)?.address ?? localAddress.address
            handler(
                Datagram(
                    bytes: Array(UnsafeRawBufferPointer(start: buffer, count: count)), source: source,
                    destination: SocketAddress(local, port: localAddress.port), isTruncated: header.is_truncated != 0))
        }
    }

    public func send(_ bytes: [UInt8], to peer: SocketAddress, from source: IPAddress? = nil) throws(SystemError) {
        guard isOpen else { throw SystemError("send", "\(peer)", code: EBADF) }
        let sent = retryingInterrupts {
            bytes.withUnsafeBytes { bytes in
                peer.withSockaddr(mapped: isIPv6) { peerPointer, length in
                    guard let source, !source.isUnspecified, source.isIPv6 == peer.address.isIPv6 else {
                        return clinux_send(descriptor, bytes.baseAddress, bytes.count, peerPointer, length, nil)
                    }
                    return SocketAddress(source, port: 0).withSockaddr(mapped: isIPv6) { sourcePointer, _ in
                        clinux_send(descriptor, bytes.baseAddress, bytes.count, peerPointer, length, sourcePointer)
                    }
                }
            }
        }
        guard sent >= 0 else { throw .last("send", "\(peer)") }
    }

    /// Closes the socket; nothing is told any more.
    public func close() {
        guard isOpen else { return }
        watch?.cancel()
        watch = nil
        isOpen = false
        Glibc.close(descriptor)
    }
}
