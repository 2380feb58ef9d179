import Base
import CLinux
import Glibc

/// Two UDP sockets on an even port and the odd one above it: RTP and RTCP (RFC 3550 §11).
struct PortPair {
    var port: UInt16
    var media: Int32
    var control: Int32

    /// Expedited forwarding, DSCP 46 (RFC 3246), as it lies in the byte that IPv4 and IPv6 have for it.
    static let trafficClass: Int32 = 46 << 2
    /// About a second of packets, so that what nobody reads is bounded.
    private static let receiveBuffer: Int32 = 64 * 1024

    /// Where the kernel was built or told to have no IPv6, "any address" is any of IPv4's.
    static func usable(_ address: IPAddress) -> IPAddress {
        guard address == .anyIPv6 else { return address }
        let probe = Glibc.socket(AF_INET6, clinux_datagram_socket | clinux_close_on_exec, 0)
        guard probe >= 0 else { return .anyIPv4 }
        Glibc.close(probe)
        return address
    }

    static func open(_ address: IPAddress, port: UInt16) throws(VoiceSocketError) -> PortPair {
        let media = try socket(address, port: port)
        do throws(VoiceSocketError) {
            return PortPair(port: port, media: media, control: try socket(address, port: port + 1))
        } catch {
            Glibc.close(media)
            throw error
        }
    }

    /// Takes ports that the kernel picks until one is even and the next is free too.
    static func openEphemeral(_ address: IPAddress) throws(VoiceSocketError) -> PortPair {
        var last = VoiceSocketError.socket(code: EADDRINUSE)
        for _ in 0..<200 {
            let media = try socket(address, port: 0)
            let port = portNumber(of: media)
            do throws(VoiceSocketError) {
                guard port > 0, port % 2 == 0 else { throw last }
                return PortPair(port: port, media: media, control: try socket(address, port: port + 1))
            } catch {
                last = error
                Glibc.close(media)
            }
        }
        throw last
    }

    func close() {
        Glibc.close(media)
        Glibc.close(control)
    }

    private static func socket(_ address: IPAddress, port: UInt16) throws(VoiceSocketError) -> Int32 {
        let family = address.isIPv6 ? AF_INET6 : AF_INET
        let kind = clinux_datagram_socket | clinux_close_on_exec | clinux_nonblocking
        let descriptor = Glibc.socket(family, kind, 0)
        guard descriptor >= 0 else { throw .socket(code: errno) }
        var result = set(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, 1)
        result |= set(descriptor, SOL_SOCKET, SO_RCVBUF, receiveBuffer)
        if address.isIPv6 {
            result |= set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, address.isUnspecified ? 0 : 1)
            result |= set(descriptor, Int32(IPPROTO_IPV6), IPV6_TCLASS, trafficClass)
        }
        // An IPv4 socket, or an IPv6 one that carries IPv4 as well.
        if !address.isIPv6 || address.isUnspecified { result |= set(descriptor, Int32(IPPROTO_IP), IP_TOS, trafficClass) }
        let bound = withUnsafeTemporaryAllocation(byteCount: SocketName.capacity, alignment: 8) { bytes -> Int32 in
            guard let start = bytes.baseAddress else { return -1 }
            let length = SocketName.write(SocketAddress(address, port: port), family: family, to: start)
            return bind(descriptor, start.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
        guard result == 0, bound == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw .socket(code: code)
        }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) -> Int32 {
        var value = value
        return setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func portNumber(of descriptor: Int32) -> UInt16 {
        withUnsafeTemporaryAllocation(byteCount: SocketName.capacity, alignment: 8) { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            var length = socklen_t(bytes.count)
            guard getsockname(descriptor, start.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return 0 }
            return SocketName.read(start).port
        }
    }
}
