import Base
import CLinux
import Glibc

/// A listening TCP socket of the kernel. Belongs to the Loop's thread.
final class TCPListener: StreamListener, @unchecked Sendable {
    let localAddress: SocketAddress
    private let descriptor: Int32
    private let loop: Loop
    private let onAccept: @Sendable (any ByteStream) -> Void
    private var watch: Watch?
    private let pause: Alarm
    private var isOpen = true

    private static let backlog: Int32 = 64
    private static let acceptsPerTurn = 16
    /// How long it waits when the process has no descriptor left; to ask again at once would only burn the processor.
    private static let pauseTime = Duration.seconds(1)

    init(
        at address: SocketAddress, on loop: Loop, _ onAccept: @escaping @Sendable (any ByteStream) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.onAccept = onAccept
        pause = Alarm(on: loop)
        let isIPv6 = address.address.isIPv6
        let descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, clinux_stream_socket | socketFlags, 0)
        guard descriptor >= 0 else { throw .last("socket", "\(address)") }
        self.descriptor = descriptor
        do throws(SystemError) {
            try Self.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if isIPv6 { try Self.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, address.address.isUnspecified ? 0 : 1) }
            let bound = address.withSockaddr { bind(descriptor, $0, $1) }
            guard bound == 0 else { throw .last("bind", "\(address)") }
            guard Glibc.listen(descriptor, Self.backlog) == 0 else { throw .last("listen", "\(address)") }
            localAddress = try SocketAddress(boundTo: descriptor)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        do throws(SystemError) {
            watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.accept() }
        } catch {
            isOpen = false
            Glibc.close(descriptor)
            throw error
        }
        pause.handler = { @Sendable [weak self] in self?.watch?.setInterest(.readable) }
    }

    deinit {
        if isOpen { Glibc.close(descriptor) }
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) throws(SystemError) {
        var value = value
        guard setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw .last("setsockopt")
        }
    }

    private func accept() {
        for _ in 0..<Self.acceptsPerTurn where isOpen {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    retryingInterrupts { accept4(descriptor, address, &length, socketFlags) }
                }
            }
            guard accepted >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) {
                    watch?.setInterest([])
                    pause.set(after: Self.pauseTime)
                }
                return
            }
            guard let peer = SocketAddress(storage) else {
                Glibc.close(accepted)
                continue
            }
            if let stream = try? TCPStream(accepting: accepted, from: peer, on: loop) { onAccept(stream) }
        }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        pause.set(at: nil)
        watch?.cancel()
        watch = nil
        Glibc.close(descriptor)
    }
}

/// The kernel's TCP.
public final class TCPNetwork: StreamNetwork, @unchecked Sendable {
    private let loop: Loop

    public init(on loop: Loop) { self.loop = loop }

    public func connect(to peer: SocketAddress) throws(SystemError) -> any ByteStream {
        try TCPStream(connectingTo: peer, on: loop)
    }

    public func listen(
        at address: SocketAddress, _ onAccept: @escaping @Sendable (any ByteStream) -> Void
    ) throws(SystemError) -> any StreamListener {
        try TCPListener(at: address, on: loop, onAccept)
    }
}
