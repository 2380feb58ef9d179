import Base
import CLinux
import Glibc

/// One TCP connection of the kernel. Belongs to the Loop's thread.
final class TCPStream: ByteStream, @unchecked Sendable {
    let remoteAddress: SocketAddress
    private(set) var localAddress: SocketAddress?
    private let descriptor: Int32
    private let loop: Loop
    private var watch: Watch?
    private var handler: (@Sendable (StreamEvent) -> Void)?
    private var isConnecting: Bool
    private var isOpen = true

    /// How much one look reads, so that a flood cannot starve the timers.
    private static let readsPerTurn = 4
    private static let readBytes = 16_384
    /// How long what was sent may stay unacknowledged before the connection counts as dead (`TCP_USER_TIMEOUT`).
    private static let unacknowledgedMilliseconds: Int32 = 30_000

    /// Begins to connect.
    convenience init(connectingTo peer: SocketAddress, on loop: Loop) throws(SystemError) {
        let family = peer.address.isIPv6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, clinux_stream_socket | socketFlags, 0)
        guard descriptor >= 0 else { throw .last("socket", "\(peer)") }
        let result = retryingInterrupts { peer.withSockaddr { connect(descriptor, $0, $1) } }
        guard result == 0 || errno == EINPROGRESS else {
            let error = SystemError.last("connect", "\(peer)")
            Glibc.close(descriptor)
            throw error
        }
        try self.init(owning: descriptor, peer: peer, isConnecting: true, on: loop)
        localAddress = try? SocketAddress(boundTo: descriptor)
    }

    /// A connection that was accepted.
    convenience init(accepting descriptor: Int32, from peer: SocketAddress, on loop: Loop) throws(SystemError) {
        try self.init(owning: descriptor, peer: peer, isConnecting: false, on: loop)
        localAddress = try? SocketAddress(boundTo: descriptor)
    }

    /// Takes the descriptor over, also when it throws.
    private init(owning descriptor: Int32, peer: SocketAddress, isConnecting: Bool, on loop: Loop) throws(SystemError) {
        self.descriptor = descriptor
        self.loop = loop
        self.isConnecting = isConnecting
        remoteAddress = peer
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(Int32(IPPROTO_TCP), clinux_tcp_user_timeout, Self.unacknowledgedMilliseconds)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        do throws(SystemError) {
            watch = try loop.watch(descriptor, for: isConnecting ? .writable : []) { [weak self] in self?.ready($0) }
        } catch {
            isOpen = false
            Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        if isOpen { Glibc.close(descriptor) }
    }

    /// A kernel that refuses an option makes a connection that is a little worse.
    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    func onEvent(_ handler: @escaping @Sendable (StreamEvent) -> Void) {
        self.handler = handler
        if !isConnecting { watch?.setInterest(.readable) }
    }

    private func ready(_ readiness: Readiness) {
        if isConnecting {
            connected()
            return
        }
        if readiness.contains(.writable), watch?.interest.contains(.writable) == true {
            watch?.setInterest(.readable)
            handler?(.writable)
        }
        if isOpen, readiness.contains(.readable) { receive() }
    }

    private func connected() {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
            end(SystemError("connect", "\(remoteAddress)", code: code))
            return
        }
        isConnecting = false
        watch?.setInterest(.readable)
        handler?(.opened)
    }

    private func receive() {
        for _ in 0..<Self.readsPerTurn where isOpen {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: Self.readBytes) { buffer, filled in
                count = retryingInterrupts { recv(descriptor, buffer.baseAddress, Self.readBytes, 0) }
                filled = max(0, count)
            }
            if count > 0 {
                handler?(.received(bytes))
            } else if count == 0 {
                end(nil)
            } else {
                if errno != EAGAIN { end(.last("receive", "\(remoteAddress)")) }
                return
            }
            if count < Self.readBytes { return }
        }
    }

    private func end(_ error: SystemError?) {
        let handler = handler
        close()
        handler?(.ended(error))
    }

    func send(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
        guard isOpen, !isConnecting else { throw SystemError("send", "\(remoteAddress)", code: isOpen ? ENOTCONN : EBADF) }
        var taken = 0
        while taken < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                retryingInterrupts {
                    Glibc.send(descriptor, buffer.baseAddress.map { $0 + taken }, buffer.count - taken, clinux_no_signal)
                }
            }
            guard count >= 0 else {
                guard errno == EAGAIN else { throw .last("send", "\(remoteAddress)") }
                watch?.setInterest([.readable, .writable])
                break
            }
            taken += count
        }
        return taken
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        handler = nil
        watch?.cancel()
        watch = nil
        Glibc.close(descriptor)
    }
}
