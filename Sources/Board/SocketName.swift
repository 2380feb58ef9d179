import Base
import CLinux

/// The kernel's form of a socket address, read and written in place; 28 bytes are enough for both families.
///
/// ```
/// sockaddr_in   family(2, host order) port(2) address(4)
/// sockaddr_in6  family(2, host order) port(2) flow(4) address(16) scope(4, host order)
/// ```
enum SocketName {
    static let capacity = 28

    /// Writes `address` for a socket of `family`; how many bytes it took, 0 when the family cannot carry it.
    static func write(_ address: SocketAddress, family: Int32, to bytes: UnsafeMutableRawPointer) -> Int {
        bytes.storeBytes(of: sa_family_t(family), as: sa_family_t.self)
        bytes.storeBytes(of: address.port.bigEndian, toByteOffset: 2, as: UInt16.self)
        switch (address.address, family) {
        case (.v4(let value), AF_INET):
            bytes.storeBytes(of: value.bigEndian, toByteOffset: 4, as: UInt32.self)
            bytes.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
            return 16
        case (.v4(let value), AF_INET6):
            // IPv4 on a socket for both families: ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
            write(high: 0, low: 0xFFFF_0000_0000 | UInt64(value), zone: 0, to: bytes)
            return 28
        case (.v6(let high, let low, let zone), AF_INET6):
            write(high: high, low: low, zone: zone, to: bytes)
            return 28
        default:
            return 0
        }
    }

    private static func write(high: UInt64, low: UInt64, zone: UInt32, to bytes: UnsafeMutableRawPointer) {
        bytes.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: high.bigEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: low.bigEndian, toByteOffset: 16, as: UInt64.self)
        bytes.storeBytes(of: zone, toByteOffset: 24, as: UInt32.self)
    }

    /// Reads what the kernel wrote; IPv4 that came by a socket for both families is IPv4 again.
    static func read(_ bytes: UnsafeRawPointer) -> SocketAddress {
        let port = UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        guard Int32(bytes.load(as: sa_family_t.self)) == AF_INET6 else {
            return SocketAddress(.v4(UInt32(bigEndian: bytes.load(fromByteOffset: 4, as: UInt32.self))), port: port)
        }
        let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        if high == 0, low >> 32 == 0xFFFF { return SocketAddress(.v4(UInt32(truncatingIfNeeded: low)), port: port) }
        return SocketAddress(.v6(high, low, zone: bytes.load(fromByteOffset: 24, as: UInt32.self)), port: port)
    }
}
