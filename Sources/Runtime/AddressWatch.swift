import Base
import CLinux
import Glibc

/// Tells when this machine's addresses or ways out are others than before. Belongs to the Loop's thread.
///
/// The kernel tells much more than that: routers announce the same again every few minutes, and one cable pulled out is a dozen
/// messages. So they only make us look, once it has been quiet for a while, and what counts is what we see.
public final class AddressWatch: @unchecked Sendable {
    /// What we are called and where we leave from.
    public struct Picture: Sendable, Equatable {
        public var addresses: Set<IPAddress>
        /// Our addresses on the way to the rest of the world, by IPv4 and IPv6.
        public var ways: [IPAddress?]

        public init(addresses: Set<IPAddress> = [], ways: [IPAddress?] = []) {
            self.addresses = addresses
            self.ways = ways
        }
    }

    private let loop: Loop
    private let descriptor: Int32
    private var watch: Watch?
    private let look: @Sendable () -> Picture
    private let handler: @Sendable () -> Void
    private let alarm: Alarm
    private let quiet: Duration
    /// When it is looked at the latest, though the kernel goes on talking.
    private var latest: Instant?
    private var picture: Picture

    private static let longest = 5

    public init(
        quiet: Duration = .seconds(1), on loop: Loop, look: @escaping @Sendable () -> Picture = AddressWatch.look,
        handler: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.quiet = quiet
        self.look = look
        self.handler = handler
        alarm = Alarm(on: loop)
        picture = look()
        descriptor = clinux_watch_routing()
        guard descriptor >= 0 else { throw .last("netlink") }
        alarm.handler = { @Sendable [weak self] in self?.compare() }
    }

    /// Begins to tell.
    public func start() throws(SystemError) {
        watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.read() }
    }

    deinit { close(descriptor) }

    /// Tells nothing any more.
    public func cancel() {
        watch?.cancel()
        watch = nil
        alarm.set(at: nil)
    }

    private func read() {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            for _ in 0..<64 {
                let count = retryingInterrupts { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
                // ENOBUFS says that the kernel left something out: a change like any other.
                if count < 0, errno != ENOBUFS { break }
            }
        }
        changed()
    }

    /// Something may have changed.
    func changed() {
        let end = latest ?? loop.now + quiet * Self.longest
        latest = end
        alarm.set(at: min(loop.now + quiet, end))
    }

    private func compare() {
        latest = nil
        let now = look()
        guard now != picture else { return }
        picture = now
        handler()
    }

    /// The kernel's picture; link-local addresses and loopback are nobody's contact.
    public static let look: @Sendable () -> Picture = {
        var picture = Picture(ways: [
            // Documentation addresses stand for the rest of the world: RFC 5737, RFC 3849. Nothing is sent.
            Routes.localAddress(to: SocketAddress(.v4(0xC000_0201), port: 5060)),
            Routes.localAddress(to: SocketAddress(.v6(0x2001_0DB8 << 32, 1, zone: 0), port: 5060)),
        ])
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return picture }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            let flags = entry.pointee.ifa_flags
            guard flags & clinux_interface_up != 0, flags & clinux_interface_loopback == 0,
                let address = SocketAddress(entry.pointee.ifa_addr)?.address
            else { continue }
            if case .v6(let high, _, _) = address, high >> 54 == 0xFE80 >> 6 { continue }
            picture.addresses.insert(address)
        }
        return picture
    }
}
