import Base
import CAres
import CLinux
import Glibc

/// Names by /etc/hosts and DNS, with c-ares on the Loop: nothing here blocks. Belongs to the Loop's thread.
///
/// The last addresses found are kept, because an old address that may work is better than none while DNS is down.
public final class DNSResolver: NameResolver, @unchecked Sendable {
    /// How long one server has for an answer, and how often all of them are asked.
    public struct Patience: Sendable, Equatable {
        public var timeout: Duration
        public var tries: Int32

        public init(timeout: Duration = .seconds(2), tries: Int32 = 2) {
            self.timeout = timeout
            self.tries = tries
        }
    }

    /// How many hosts' addresses are kept; an intercom knows far fewer.
    private static let mostKept = 256

    private let loop: Loop
    private let patience: Patience
    private let servers: [SocketAddress]?
    private let alarm: Alarm
    private var channel: ares_channel?
    private var watches: [Int32: Watch] = [:]
    /// Those who wait, by host.
    private var pending: [String: [@Sendable (Resolution) -> Void]] = [:]
    private var lastKnown: [String: [IPAddress]] = [:]
    /// When the system's list of servers was written that the channel was made from.
    private var configurationTime = timespec()

    /// Asks `servers`, or those of /etc/resolv.conf, also after that changed.
    public init(on loop: Loop, servers: [SocketAddress]? = nil, patience: Patience = Patience()) throws(SystemError) {
        self.loop = loop
        self.servers = servers
        self.patience = patience
        alarm = Alarm(on: loop)
        guard cares_succeeded(ares_library_init(ARES_LIB_INIT_ALL)) != 0 else {
            throw SystemError("ares_library_init", code: ENOMEM)
        }
        try openChannel()
        alarm.handler = { @Sendable [weak self] in self?.process() }
    }

    deinit {
        // Nobody waits any more: a query under way holds the resolver.
        closeChannel()
        ares_library_cleanup()
    }

    public func resolve(_ host: String, _ answer: @escaping @Sendable (Resolution) -> Void) {
        if let address = IPAddress(host) {
            loop.post { answer(Resolution([address])) }
            return
        }
        let host = host.lowercased()
        if pending[host] != nil {
            pending[host]?.append(answer)
            return
        }
        pending[host] = [answer]
        reopenIfReconfigured()
        guard let channel, !host.isEmpty, host.utf8.count <= 255, !host.utf8.contains(0) else {
            finish(host, with: nil)
            return
        }
        var hints = ares_addrinfo_hints()
        hints.ai_family = AF_UNSPEC
        // One answer a address, not one for each kind of socket.
        hints.ai_socktype = clinux_datagram_socket
        let query = Unmanaged.passRetained(Query(host: host, resolver: self))
        ares_getaddrinfo(channel, host, nil, &hints, answered, query.toOpaque())
        setAlarm()
    }

    /// Called once for each query, maybe while it is asked.
    fileprivate func finish(_ host: String, with addresses: [IPAddress]?) {
        let resolution: Resolution
        if let addresses, !addresses.isEmpty {
            if lastKnown[host] == nil, lastKnown.count >= Self.mostKept { lastKnown.removeAll() }
            lastKnown[host] = addresses
            resolution = Resolution(addresses)
        } else {
            let known = lastKnown[host] ?? []
            resolution = Resolution(known, isLastKnown: !known.isEmpty)
        }
        for answer in pending.removeValue(forKey: host) ?? [] {
            loop.post { answer(resolution) }
        }
    }
}

// MARK: - Channel

extension DNSResolver {
    private static let configurationFile = "/etc/resolv.conf"

    private func openChannel() throws(SystemError) {
        var options = ares_options()
        options.timeout = Int32(clamping: patience.timeout.milliseconds)
        options.tries = patience.tries
        options.sock_state_cb = socketStateChanged
        options.sock_state_cb_data = Unmanaged.passUnretained(self).toOpaque()
        var mask = Int32(ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB)
        cares_keep_no_answers(&options, &mask)
        let code = ares_init_options(&channel, &options, mask)
        guard cares_succeeded(code) != 0 else {
            channel = nil
            throw SystemError("ares_init_options", String(cString: ares_strerror(code)), code: ENOMEM)
        }
        configurationTime = Self.timeOfConfiguration()
        if let servers {
            ares_set_servers_ports_csv(channel, servers.map(\.description).joined(separator: ","))
        }
    }

    private func closeChannel() {
        if let channel { ares_destroy(channel) }
        channel = nil
        for watch in watches.values { watch.cancel() }
        watches = [:]
    }

    /// A new network brings new servers; asked between queries, so that none is lost.
    private func reopenIfReconfigured() {
        let time = Self.timeOfConfiguration()
        guard channel == nil || time.tv_sec != configurationTime.tv_sec || time.tv_nsec != configurationTime.tv_nsec else {
            return
        }
        guard pending.count == 1 else { return }
        closeChannel()
        try? openChannel()
    }

    private static func timeOfConfiguration() -> timespec {
        var status = stat()
        return stat(configurationFile, &status) == 0 ? status.st_mtim : timespec()
    }

    private func process(reading: Int32? = nil, writing: Int32? = nil) {
        guard let channel else { return }
        ares_process_fd(channel, reading ?? ARES_SOCKET_BAD, writing ?? ARES_SOCKET_BAD)
        setAlarm()
    }

    private func setAlarm() {
        var time = timeval()
        guard let channel, ares_timeout(channel, nil, &time) != nil else {
            alarm.set(at: nil)
            return
        }
        // A millisecond more, because the library rounds: an alarm just before its time would go off in vain, again and again.
        alarm.set(after: .seconds(time.tv_sec) + .microseconds(time.tv_usec) + .milliseconds(1))
    }

    fileprivate func socketChanged(_ descriptor: Int32, reads: Bool, writes: Bool) {
        var interest: Readiness = []
        if reads { interest.insert(.readable) }
        if writes { interest.insert(.writable) }
        if interest.isEmpty {
            watches.removeValue(forKey: descriptor)?.cancel()
        } else if let watch = watches[descriptor] {
            watch.setInterest(interest)
        } else {
            // Refused only for want of memory; then the query times out.
            watches[descriptor] = try? loop.watch(descriptor, for: interest) { [weak self] readiness in
                self?.process(
                    reading: readiness.contains(.readable) ? descriptor : nil,
                    writing: readiness.contains(.writable) ? descriptor : nil)
            }
        }
    }
}

// MARK: - The library's callbacks

private final class Query {
    let host: String
    let resolver: DNSResolver

    init(host: String, resolver: DNSResolver) {
        self.host = host
        self.resolver = resolver
    }
}

private func answered(
    _ argument: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?
) {
    guard let argument else { return }
    let query = Unmanaged<Query>.fromOpaque(argument).takeRetainedValue()
    defer { if let result { ares_freeaddrinfo(result) } }
    guard cares_succeeded(status) != 0 else {
        query.resolver.finish(query.host, with: nil)
        return
    }
    var addresses: [IPAddress] = []
    var node = result?.pointee.nodes
    while let present = node {
        if let address = SocketAddress(present.pointee.ai_addr)?.address, !addresses.contains(address) {
            addresses.append(address)
        }
        node = present.pointee.ai_next
    }
    query.resolver.finish(query.host, with: addresses)
}

private func socketStateChanged(_ argument: UnsafeMutableRawPointer?, _ descriptor: Int32, _ reads: Int32, _ writes: Int32) {
    guard let argument else { return }
    Unmanaged<DNSResolver>.fromOpaque(argument).takeUnretainedValue()
        .socketChanged(descriptor, reads: reads != 0, writes: writes != 0)
}
