import Foundation

/// Addresses and ports on the loopback network that nobody else uses, so that several runs can go on side by side.
public enum Ports {
    /// An address of 127.0.0.0/8 picked by chance, for a peer that shall have one of its own.
    public static func address() -> String {
        "127.\(Int.random(in: 16...250)).\(Int.random(in: 1...250)).\(Int.random(in: 2...250))"
    }

    private static let lock = NSLock()
    // Guarded by the lock. A port that was given out may be free for a while yet.
    private nonisolated(unsafe) static var given: Set<UInt16> = []

    /// Whether all of these were still to be had; from now on they are not.
    private static func take(_ ports: Range<UInt16>) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        guard given.isDisjoint(with: ports) else { return false }
        given.formUnion(ports)
        return true
    }

    /// The first of `count` successive ports, even, free for UDP and TCP, below the range from which the kernel takes ports for clients.
    public static func range(_ count: Int) throws -> UInt16 {
        for _ in 0..<200 {
            let first = UInt16(Int.random(in: 5_000...15_800) * 2)
            let ports = first..<first + UInt16(count)
            let areFree = ports.allSatisfy { isFree($0, SOCK_DGRAM.kind) && isFree($0, SOCK_STREAM.kind) }
            if areFree, take(ports) { return first }
        }
        throw RigError("no \(count) free ports in a row")
    }

    public static func udp() throws -> UInt16 { try range(1) }

    public static func tcp() throws -> UInt16 {
        for _ in 0..<200 {
            let port = UInt16.random(in: 10_000...31_000)
            if isFree(port, SOCK_STREAM.kind), take(port..<port + 1) { return port }
        }
        throw RigError("no free port")
    }

    private static func isFree(_ port: UInt16, _ kind: Int32) -> Bool {
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withSocketAddress("0.0.0.0", port) { bind(descriptor, $0, $1) } == 0
    }
}

extension __socket_type {
    var kind: Int32 { Int32(rawValue) }
}

func withSocketAddress<Result>(_ host: String, _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}
