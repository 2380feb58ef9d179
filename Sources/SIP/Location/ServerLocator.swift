import Base

/// Finds the servers that a URI's requests go to: RFC 3263 §4, with the order of RFC 2782 and both families of RFC 6157.
///
///     sip:example.com          NAPTR ─► SRV of each way it names ───┐
///          none found:         SRV of each transport we speak ──────┤
///          ;transport=tcp      SRV of that transport ───────────────┼─► A, AAAA of each server ─► hops
///          none found, :port:  ─────────────────────────────────────┘
///     sip:192.0.2.1            ─────────────────────────────────────────────────────────────────► hops
///
/// One search; it asks by `ask`, is told by `receive`, and ends with exactly one `found`. What it asks is bounded, whatever
/// the answers are: a domain that belongs to an attacker cannot make us send a flood.
public struct ServerLocator: Sendable {
    public enum Output: Sendable, Equatable {
        case ask(DNSQuestion)
        /// In the order to be tried; empty when there is no way.
        case found([Hop])
    }

    /// Bounds on what a domain can make us do.
    static let mostPointers = 4
    static let mostServers = 8
    static let mostAddressesOfServer = 8
    static let mostHops = 16

    private enum State: Sendable, Equatable {
        case idle
        /// NAPTR is asked for.
        case pointing
        /// SRV is asked for, for each of `pointers`.
        case serving
        /// The addresses of each of `servers` are asked for.
        case addressing
        case over
    }

    private struct Server: Sendable, Equatable {
        var transport: Transport
        var host: String
        var port: UInt16
    }

    private let target: Locating
    private let spoken: Set<Transport>
    private var random: RandomSource
    private var state = State.idle
    /// In the order of preference.
    private var pointers: [ServicePointer] = []
    private var services: [ServicePointer: [ServiceRecord]] = [:]
    private var servers: [Server] = []
    private var addresses: [String: [IPAddress]] = [:]
    private var open: Set<DNSQuestion> = []

    /// Searches among the transports in `spoken`.
    public init(_ target: Locating, spoken: Set<Transport>, random: RandomSource) {
        self.target = target
        self.spoken = spoken
        self.random = random
    }

    public mutating func start() -> [Output] {
        guard state == .idle else { return [] }
        let domain = canonicalName(target.host)
        guard IPAddress(domain) == nil, target.port == nil else {
            return direct()
        }
        if target.transport == nil {
            state = .pointing
            return ask([.pointers(domain)])
        }
        return askForServices([ServicePointer(target.plainTransport, of: domain)])
    }

    /// The answer to a question that was asked; any other is ignored.
    public mutating func receive(_ records: DNSRecords, to question: DNSQuestion) -> [Output] {
        guard open.remove(question) != nil else { return [] }
        switch question {
        case .pointers:
            return choose(records)
        case .services(let name):
            if case .services(let found) = records {
                for pointer in pointers where pointer.name == name { services[pointer] = found }
            }
        case .addresses(let name):
            if case .addresses(let found) = records { addresses[name] = found }
        }
        guard open.isEmpty else { return [] }
        return state == .serving ? askForAddresses() : finish()
    }
}

// MARK: - The steps

extension ServerLocator {
    private mutating func ask(_ questions: [DNSQuestion]) -> [Output] {
        open = Set(questions)
        return questions.map { .ask($0) }
    }

    /// No SRV: an address, an explicit port, or a domain without records.
    private mutating func direct(by transport: Transport? = nil) -> [Output] {
        let transport = transport ?? target.plainTransport
        guard spoken.contains(transport) else { return finish() }
        servers = [
            Server(transport: transport, host: canonicalName(target.host), port: target.port ?? transport.defaultPort)
        ]
        return askForAddresses()
    }

    /// Takes the ways that NAPTR offers, or else one for each transport.
    private mutating func choose(_ records: DNSRecords) -> [Output] {
        var offered: [ServicePointer] = []
        if case .pointers(let found) = records {
            let usable = found.sorted { ($0.order, $0.preference) < ($1.order, $1.preference) }.compactMap(ServicePointer.init)
            for pointer in usable where isAllowed(pointer.transport) && !offered.contains(pointer) {
                // Who offers TLS first gets nothing in the clear because TLS was kept from working.
                if offered.first?.transport.isSecure == true, !pointer.transport.isSecure { continue }
                offered.append(pointer)
            }
        }
        if offered.isEmpty {
            let transports: [Transport] = target.isSecure ? [.tls] : [.udp, .tcp]
            offered = transports.filter(isAllowed).map { ServicePointer($0, of: canonicalName(target.host)) }
        }
        return askForServices(Array(offered.prefix(Self.mostPointers)))
    }

    private func isAllowed(_ transport: Transport) -> Bool {
        spoken.contains(transport) && (transport.isSecure || !target.isSecure)
            && (target.transport == nil || target.isSecure || target.transport == transport)
    }

    private mutating func askForServices(_ ways: [ServicePointer]) -> [Output] {
        pointers = ways.filter { isAllowed($0.transport) }
        guard !pointers.isEmpty else { return finish() }
        state = .serving
        var names: [String] = []
        for pointer in pointers where !names.contains(pointer.name) { names.append(pointer.name) }
        return ask(names.map { .services($0) })
    }

    private mutating func askForAddresses() -> [Output] {
        if state == .serving {
            for pointer in pointers {
                guard let records = services[pointer] else { continue }
                // A single record that points at the root says: not here (RFC 2782, "Target").
                for record in records.ordered(by: &random) where !canonicalName(record.target).isEmpty {
                    let server = Server(transport: pointer.transport, host: canonicalName(record.target), port: record.port)
                    if servers.count < Self.mostServers, !servers.contains(server) { servers.append(server) }
                }
            }
            if servers.isEmpty {
                guard services.values.allSatisfy(\.isEmpty), let first = pointers.first else { return finish() }
                services = [:]
                state = .addressing
                return direct(by: first.transport)
            }
        }
        state = .addressing
        var names: [String] = []
        for server in servers {
            if let address = IPAddress(server.host) {
                addresses[server.host] = [address]
            } else if !names.contains(server.host) {
                names.append(server.host)
            }
        }
        return names.isEmpty ? finish() : ask(names.map { .addresses($0) })
    }

    private mutating func finish() -> [Output] {
        state = .over
        open = []
        var hops: [Hop] = []
        for server in servers {
            for address in (addresses[server.host] ?? []).interleaved.prefix(Self.mostAddressesOfServer) {
                // The certificate must name the domain of the URI, not what DNS made of it (RFC 5922 §4).
                let name = server.transport.isSecure ? target.host : nil
                let hop = Hop(server.transport, SocketAddress(address, port: server.port), serverName: name)
                if hops.count < Self.mostHops, !hops.contains(hop) { hops.append(hop) }
            }
        }
        return [.found(hops)]
    }
}

extension [IPAddress] {
    /// The two families by turns, that of the first address first: when one of them leads nowhere, the next try is the other.
    var interleaved: [IPAddress] {
        let leading = filter { $0.isIPv6 == first?.isIPv6 }
        let other = filter { $0.isIPv6 != first?.isIPv6 }
        return (0..<Swift.max(leading.count, other.count)).flatMap { index in
            [leading, other].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}
