import Base
import CAres
import CLinux
import Glibc

/// Names by /etc/hosts and DNS, with c-ares on the Loop: nothing here blocks. Belongs to the Loop's thread.
///
/// Answers are kept for as long as they say. After that they are kept still, for old addresses that may work are better than
/// none while DNS is down; and once it is known to be down, what is known is given at once while it is asked for again.
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

    /// How many answers are kept; an intercom asks for far fewer.
    private static let mostKept = 256
    /// No answer is believed for longer, whatever it says; nor that there is none.
    private static let longestLifetime = Duration.seconds(3600)
    private static let longestAbsence = Duration.seconds(300)
    /// How long after a question that nobody answered the next are not waited for.
    private static let despair = Duration.seconds(30)

    private struct Known {
        var records: DNSRecords
        var freshUntil: Instant
    }

    private let loop: Loop
    private let patience: Patience
    private let servers: [SocketAddress]?
    private let alarm: Alarm
    private var channel: ares_channel?
    private var watches: [Int32: Watch] = [:]
    /// Those who wait, by question.
    private var pending: [DNSQuestion: [@Sendable (DNSAnswer) -> Void]] = [:]
    private var known: [DNSQuestion: Known] = [:]
    /// Nobody answered lately.
    private var isDownUntil: Instant?
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

    public func ask(_ question: DNSQuestion, _ answer: @escaping @Sendable (DNSAnswer) -> Void) {
        let question = question.canonical
        if case .addresses(let host) = question, let address = IPAddress(host) {
            loop.post { answer(DNSAnswer(.addresses([address]))) }
            return
        }
        reopenIfReconfigured()
        var waiting = [answer]
        if let known = known[question] {
            let isFresh = loop.now < known.freshUntil
            if isFresh || isDownUntil.map({ loop.now < $0 }) == true {
                let records = known.records
                loop.post { answer(DNSAnswer(records, isLastKnown: !isFresh)) }
                if isFresh { return }
                waiting = []
            }
        }
        if pending[question] != nil {
            pending[question]? += waiting
            return
        }
        pending[question] = waiting
        send(question)
    }

    private func send(_ question: DNSQuestion) {
        let name = question.name
        guard let channel, !name.isEmpty, name.utf8.count <= 255, !name.utf8.contains(0) else {
            finish(question, with: channel == nil ? .unanswered : .absent, lifetime: .zero)
            return
        }
        let query = Unmanaged.passRetained(Query(question: question, resolver: self)).toOpaque()
        switch question {
        case .addresses(let host):
            var hints = ares_addrinfo_hints()
            hints.ai_family = AF_UNSPEC
            // One answer an address, not one for each kind of socket.
            hints.ai_socktype = clinux_datagram_socket
            ares_getaddrinfo(channel, host, nil, &hints, addressesAnswered, query)
        case .services(let name):
            ares_query(channel, name, internet, typeSRV, recordsAnswered, query)
        case .pointers(let name):
            ares_query(channel, name, internet, typeNAPTR, recordsAnswered, query)
        }
        setAlarm()
    }

    /// Called once for each query, maybe while it is asked.
    fileprivate func finish(_ question: DNSQuestion, with records: DNSRecords, lifetime: Duration) {
        var answer = DNSAnswer(records)
        switch records {
        case .unanswered:
            isDownUntil = loop.now + Self.despair
            if let known = known[question] { answer = DNSAnswer(known.records, isLastKnown: true) }
        case .absent:
            isDownUntil = nil
            // A host must have an address: who says that it has none any more may be a router without its own line.
            if case .addresses = question, let known = known[question], case .addresses = known.records {
                answer = DNSAnswer(known.records, isLastKnown: true)
            } else {
                keep(records, for: question, lifetime: min(lifetime, Self.longestAbsence))
            }
        case .addresses, .services, .pointers:
            isDownUntil = nil
            keep(records, for: question, lifetime: min(lifetime, Self.longestLifetime))
        }
        for waiting in pending.removeValue(forKey: question) ?? [] {
            loop.post { [answer] in waiting(answer) }
        }
    }

    private func keep(_ records: DNSRecords, for question: DNSQuestion, lifetime: Duration) {
        if known[question] == nil, known.count >= Self.mostKept { known.removeAll() }
        known[question] = Known(records: records, freshUntil: loop.now + lifetime)
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
        guard pending.isEmpty else { return }
        closeChannel()
        for question in known.keys { known[question]?.freshUntil = loop.now }
        isDownUntil = nil
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

private let internet: Int32 = 1
private let typeSRV: Int32 = 33
private let typeNAPTR: Int32 = 35

private final class Query {
    let question: DNSQuestion
    let resolver: DNSResolver

    init(question: DNSQuestion, resolver: DNSResolver) {
        self.question = question
        self.resolver = resolver
    }

    static func take(_ argument: UnsafeMutableRawPointer) -> Query {
        Unmanaged<Query>.fromOpaque(argument).takeRetainedValue()
    }

    func fail(_ status: Int32) {
        resolver.finish(question, with: cares_absent(status) != 0 ? .absent : .unanswered, lifetime: .zero)
    }
}

private func addressesAnswered(
    _ argument: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32, _ result: UnsafeMutablePointer<ares_addrinfo>?
) {
    guard let argument else { return }
    let query = Query.take(argument)
    defer { if let result { ares_freeaddrinfo(result) } }
    guard cares_succeeded(status) != 0 else { return query.fail(status) }
    var addresses: [IPAddress] = []
    var lifetime = Int32.max
    var node = result?.pointee.nodes
    while let present = node {
        if let address = SocketAddress(present.pointee.ai_addr)?.address, !addresses.contains(address) {
            addresses.append(address)
        }
        lifetime = min(lifetime, present.pointee.ai_ttl)
        node = present.pointee.ai_next
    }
    query.resolver.finish(
        query.question, with: addresses.isEmpty ? .absent : .addresses(addresses), lifetime: .seconds(max(lifetime, 0)))
}

private func recordsAnswered(
    _ argument: UnsafeMutableRawPointer?, _ status: Int32, _ timeouts: Int32, _ bytes: UnsafeMutablePointer<UInt8>?,
    _ count: Int32
) {
    guard let argument else { return }
    let query = Query.take(argument)
    guard cares_succeeded(status) != 0 || cares_absent(status) != 0 else { return query.fail(status) }
    guard let bytes, let reply = DNSReply(UnsafeRawBufferPointer(start: bytes, count: Int(count)), to: query.question) else {
        // A message that cannot be read is as good as none, unless its status alone says enough.
        return query.fail(cares_absent(status) != 0 ? status : -1)
    }
    query.resolver.finish(query.question, with: reply.records, lifetime: .seconds(reply.lifetime))
}

private func socketStateChanged(_ argument: UnsafeMutableRawPointer?, _ descriptor: Int32, _ reads: Int32, _ writes: Int32) {
    guard let argument else { return }
    Unmanaged<DNSResolver>.fromOpaque(argument).takeUnretainedValue()
        .socketChanged(descriptor, reads: reads != 0, writes: writes != 0)
}
