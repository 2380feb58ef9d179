import Base
import CLinux

extension SocketAddress {
    /// Calls `body` with the kernel's form; `mapped` writes IPv4 as `::ffff:a.b.c.d`, for sockets of both families.
    package func withSockaddr<Result>(
        mapped: Bool = false, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) rethrows -> Result {
        switch address {
        case .v4(let value) where !mapped:
            var c = sockaddr_in()
            c.sin_family = sa_family_t(AF_INET)
            c.sin_port = port.bigEndian
            c.sin_addr.s_addr = value.bigEndian
            return try Self.rebound(&c, body)
        case .v4(let value):
            return try Self.v6(0, 0xFFFF_0000_0000 | UInt64(value), zone: 0, port, body)
        case .v6(let high, let low, let zone):
            return try Self.v6(high, low, zone: zone, port, body)
        }
    }

    private static func v6<Result>(
        _ high: UInt64, _ low: UInt64, zone: UInt32, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) rethrows -> Result {
        var c = sockaddr_in6()
        c.sin6_family = sa_family_t(AF_INET6)
        c.sin6_port = port.bigEndian
        c.sin6_scope_id = zone
        withUnsafeMutableBytes(of: &c.sin6_addr) { bytes in
            bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
            bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        return try rebound(&c, body)
    }

    private static func rebound<C, Result>(
        _ c: inout C, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) rethrows -> Result {
        try withUnsafePointer(to: &c) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body($0, socklen_t(MemoryLayout<C>.size)) }
        }
    }

    /// Reads the kernel's form, `nil` for other families. Mapped addresses become IPv4; only link-local ones keep a zone.
    package init?(_ storage: sockaddr_storage) {
        switch Int32(storage.ss_family) {
        case AF_INET:
            let c = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in.self) }
            self.init(.v4(UInt32(bigEndian: c.sin_addr.s_addr)), port: UInt16(bigEndian: c.sin_port))
        case AF_INET6:
            let c = withUnsafeBytes(of: storage) { $0.loadUnaligned(as: sockaddr_in6.self) }
            let (high, low) = withUnsafeBytes(of: c.sin6_addr) { bytes in
                (
                    UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            let port = UInt16(bigEndian: c.sin6_port)
            if high == 0, low >> 32 == 0xFFFF {
                self.init(.v4(UInt32(truncatingIfNeeded: low)), port: port)
            } else {
                let isLinkLocal = high >> 54 == 0xFE80 >> 6
                self.init(.v6(high, low, zone: isLinkLocal ? c.sin6_scope_id : 0), port: port)
            }
        default:
            return nil
        }
    }

    /// Reads a C address of whatever family it says it is.
    package init?(_ pointer: UnsafePointer<sockaddr>?) {
        guard let pointer else { return nil }
        var storage = sockaddr_storage()
        let size: Int
        switch Int32(pointer.pointee.sa_family) {
        case AF_INET: size = MemoryLayout<sockaddr_in>.size
        case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
        default: return nil
        }
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: size)) }
        self.init(storage)
    }

    /// The address that a socket is bound to.
    package init(boundTo descriptor: Int32) throws(SystemError) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0, let address = SocketAddress(storage) else { throw .last("getsockname") }
        self = address
    }
}
