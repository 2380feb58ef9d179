import Base
import CLinux
import Glibc
import JSON

/// Names one connection to the control socket; never used twice.
public struct ControlClient: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public var description: String { "client-\(rawValue)" }
}

/// The control socket: UNIX stream, owner only, one JSON object a line each way. Belongs to the Loop's thread.
///
/// Transport only. What is no JSON object is answered here; a reader too slow for its events is told so and dropped.
public final class ControlServer: @unchecked Sendable {
    public struct Limits: Sendable, Equatable {
        public var clients = 16
        public var lineBytes = 65_536
        /// What may wait for one client beyond what the kernel holds.
        public var queueBytes = 262_144
        /// How long a connection that is to be closed may take to read what waits for it.
        public var lingering: Duration = .seconds(5)

        public init() {}
    }

    public let path: String
    private let loop: Loop
    private let log: Log
    private let limits: Limits
    private let descriptor: Int32
    /// Device and inode of our socket file: another daemon's is left alone.
    private let file: (dev_t, ino_t)
    private var watch: Watch?
    private let resumption: Alarm
    private var connections: [ControlClient: ControlConnection] = [:]
    private var lastClient: UInt64 = 0
    private var lineHandler: @Sendable (ControlClient, JSONValue) -> Void = { _, _ in }
    private var closeHandler: @Sendable (ControlClient) -> Void = { _ in }

    /// Listens at `path`. A socket file that nobody listens at is replaced; anything else there is an error.
    public init(path: String, on loop: Loop, log: Log, limits: Limits = Limits()) throws(SystemError) {
        self.path = path
        self.loop = loop
        self.log = log
        self.limits = limits
        resumption = Alarm(on: loop)
        (descriptor, file) = try Self.listen(at: UnixAddress(path))
        let descriptor = descriptor
        do throws(SystemError) {
            watch = try loop.watch(descriptor, for: .readable) { [weak self] _ in self?.accept() }
        } catch {
            Glibc.close(descriptor)
            unlink(path)
            throw error
        }
        resumption.handler = { [weak self] in self?.watch?.setInterest(.readable) }
    }

    /// Tells each JSON object that a client sends, on the Loop's thread and outside any actor.
    public func onLine(_ handler: @escaping @Sendable (ControlClient, JSONValue) -> Void) {
        lineHandler = handler
    }

    /// Tells that a client is gone, however it went; nothing can be sent to it any more.
    public func onClose(_ handler: @escaping @Sendable (ControlClient) -> Void) {
        closeHandler = handler
    }

    public var clients: [ControlClient] { connections.keys.sorted { $0.rawValue < $1.rawValue } }

    /// Queues one line; nothing when the client is gone.
    public func send(_ client: ControlClient, _ value: JSONValue) {
        connections[client]?.send(value)
    }

    /// Closes the connection once what waits for it is written.
    public func close(_ client: ControlClient) {
        connections[client]?.finish()
    }

    /// Stops listening, closes all connections and takes the socket file away.
    public func close() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        resumption.set(at: nil)
        for connection in connections.values.sorted(by: { $0.client.rawValue < $1.client.rawValue }) { connection.drop() }
        Glibc.close(descriptor)
        var status = stat()
        if lstat(path, &status) == 0, status.st_dev == file.0, status.st_ino == file.1 { unlink(path) }
    }

    deinit {
        if watch != nil { Glibc.close(descriptor) }
    }
}

// MARK: - Connections

extension ControlServer {
    private func accept() {
        while true {
            let accepted = retryingInterrupts { accept4(descriptor, nil, nil, socketFlags) }
            guard accepted >= 0 else {
                // Out of descriptors, say: the kernel would tell of the waiting client again and again.
                if errno != EAGAIN && errno != ECONNABORTED { pause(.last("accept", path)) }
                return
            }
            admit(accepted)
        }
    }

    private func pause(_ error: SystemError) {
        log.error("control-deaf", ["error": error])
        watch?.setInterest([])
        resumption.set(after: .seconds(1))
    }

    private func admit(_ accepted: Int32) {
        var peer = ucred()
        var length = socklen_t(MemoryLayout<ucred>.size)
        let isKnown = getsockopt(accepted, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0
        guard isKnown, peer.uid == 0 || peer.uid == getuid() else {
            log.warning("control-refused", ["uid": peer.uid, "pid": peer.pid])
            Glibc.close(accepted)
            return
        }
        lastClient += 1
        let client = ControlClient(rawValue: lastClient)
        do throws(SystemError) {
            let connection = try ControlConnection(client: client, descriptor: accepted, limits: limits, loop: loop, server: self)
            connections[client] = connection
            if connections.count > limits.clients {
                log.warning("control-refused", ["pid": peer.pid, "clients": limits.clients])
                connection.send(["error": .string("too many clients: at most \(limits.clients)")])
                connection.finish()
            }
        } catch {
            Glibc.close(accepted)
        }
    }

    func received(_ value: JSONValue, from client: ControlClient) {
        lineHandler(client, value)
    }

    func dropped(_ client: ControlClient, isSlow: Bool) {
        if isSlow { log.warning("control-slow-client", ["client": client]) }
        guard connections.removeValue(forKey: client) != nil else { return }
        closeHandler(client)
    }
}

// MARK: - Listening

extension ControlServer {
    private static func listen(at address: UnixAddress) throws(SystemError) -> (Int32, (dev_t, ino_t)) {
        try removeStale(address)
        let descriptor = socket(AF_UNIX, clinux_stream_socket | socketFlags, 0)
        guard descriptor >= 0 else { throw .last("socket") }
        // The file gets the socket's mode when it is bound, so that there is no moment at which others could connect.
        guard fchmod(descriptor, 0o600) == 0, address.withSockaddr({ bind(descriptor, $0, $1) }) == 0 else {
            let error = SystemError.last("bind", address.path)
            Glibc.close(descriptor)
            throw error
        }
        var status = stat()
        guard lstat(address.path, &status) == 0, Glibc.listen(descriptor, 16) == 0 else {
            let error = SystemError.last("listen", address.path)
            Glibc.close(descriptor)
            unlink(address.path)
            throw error
        }
        return (descriptor, (status.st_dev, status.st_ino))
    }

    private static func removeStale(_ address: UnixAddress) throws(SystemError) {
        var status = stat()
        guard lstat(address.path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemError("bind", address.path, code: EEXIST) }
        let probe = socket(AF_UNIX, clinux_stream_socket | socketFlags, 0)
        guard probe >= 0 else { throw .last("socket") }
        defer { Glibc.close(probe) }
        let connected = address.withSockaddr { connect(probe, $0, $1) }
        // EAGAIN: somebody listens and is busy.
        guard connected != 0, errno == ECONNREFUSED else { throw SystemError("bind", address.path, code: EADDRINUSE) }
        unlink(address.path)
    }
}
