import Base
import Synchronization
import Testing

@testable import Runtime

/// A name server on loopback that answers from a table, fails, or keeps silent.
private final class NameServer: Sendable {
    struct Table: Sendable {
        var addresses: [String: [IPAddress]] = [:]
        var services: [String: [ServiceRecord]] = [:]
        var pointers: [String: [NamingPointer]] = [:]
        /// In seconds, of every record.
        var lifetime: UInt8 = 0
    }

    enum Behaviour: Sendable { case answers(Table), fails(code: UInt8), silent, garbage }

    let socket: UDPSocket
    let questions = Journal<String>()
    private let behaviour: Mutex<Behaviour>

    init(_ behaviour: Behaviour, on loop: Loop) throws {
        self.behaviour = Mutex(behaviour)
        socket = try UDPSocket(bindingTo: SocketAddress(.loopback, port: 0), on: loop)
        socket.onReceive { [weak self] datagram in self?.answer(datagram) }
    }

    func becomes(_ behaviour: Behaviour) { self.behaviour.withLock { $0 = behaviour } }

    private static let kinds: [UInt8: String] = [1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR"]

    private func answer(_ datagram: Datagram) {
        let query = datagram.bytes
        var labels: [String] = []
        var offset = 12
        while query[offset] != 0 {
            let length = Int(query[offset])
            labels.append(String(decoding: query[(offset + 1)..<(offset + 1 + length)], as: UTF8.self))
            offset += 1 + length
        }
        let question = query[12..<(offset + 5)]
        let kind = query[offset + 2]
        let name = labels.joined(separator: ".")
        questions.write("\(Self.kinds[kind] ?? "?") \(name)")
        var code: UInt8 = 0
        var records: [[UInt8]] = []
        switch behaviour.withLock({ $0 }) {
        case .silent: return
        case .fails(let failure): code = failure
        case .garbage: records = [[0xC0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, 200, 1, 2, 3]]
        case .answers(let table):
            let data = Self.data(kind, of: name, in: table)
            if data == nil { code = 3 }
            records = (data ?? []).map { [0xC0, 12, 0, kind, 0, 1, 0, 0, 0, table.lifetime, 0, UInt8($0.count)] + $0 }
        }
        let header: [UInt8] = [query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        try? socket.send(header + question + records.flatMap { $0 }, to: datagram.source, from: nil)
    }

    private static func data(_ kind: UInt8, of name: String, in table: Table) -> [[UInt8]]? {
        func number(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 255)] }
        func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + text.utf8 }
        func domain(_ name: String) -> [UInt8] { name.split(separator: ".").flatMap { text(String($0)) } + [0] }
        switch kind {
        case 33:
            return table.services[name]?.map {
                number($0.priority) + number($0.weight) + number($0.port) + domain($0.target)
            }
        case 35:
            return table.pointers[name]?.map {
                number($0.order) + number($0.preference) + text($0.flags) + text($0.service) + text($0.expression)
                    + domain($0.replacement)
            }
        default:
            return table.addresses[name]?.filter { $0.isIPv6 == (kind == 28) }.map { address in
                switch address {
                case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
                case .v6(let high, let low, _):
                    [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
                }
            }
        }
    }
}

@Suite("Names by DNS")
struct DNSResolverTests {
    let loop: Loop
    private let phone = IPAddress.v4(0x0A00_0007)
    private let service = ServiceRecord(priority: 1, weight: 2, port: 5062, target: "phone.test")
    private let pointer = NamingPointer(
        order: 1, preference: 2, flags: "s", service: "SIP+D2U", replacement: "_sip._udp.phone.test")

    init() throws { loop = try Loop() }

    private func resolver(_ server: NameServer) throws -> DNSResolver {
        try DNSResolver(on: loop, servers: [server.socket.localAddress], patience: .init(timeout: .milliseconds(50), tries: 1))
    }

    private func answering(_ addresses: [String: [IPAddress]], lifetime: UInt8 = 0) -> NameServer.Behaviour {
        .answers(NameServer.Table(addresses: addresses, lifetime: lifetime))
    }

    /// Asks everything at once and runs the Loop until all is answered.
    private func ask(_ questions: [DNSQuestion], of resolver: DNSResolver) -> [DNSAnswer?] {
        let shared = Shared()
        let (loop, count) = (loop, questions.count)
        for (index, question) in questions.enumerated() {
            resolver.ask(question) { answer in
                shared.set(index, answer)
                if shared.count == count { loop.stop() }
            }
        }
        let limit = Alarm(on: loop) { loop.stop() }
        limit.set(after: .seconds(5))
        loop.run()
        limit.set(at: nil)
        return questions.indices.map { shared.get($0) }
    }

    private func resolve(_ hosts: String..., with resolver: DNSResolver) -> [DNSAnswer?] {
        ask(hosts.map { .addresses($0) }, of: resolver)
    }

    private func found(_ addresses: IPAddress..., isLastKnown: Bool = false) -> DNSAnswer {
        DNSAnswer(.addresses(addresses), isLastKnown: isLastKnown)
    }

    private final class Shared: Sendable {
        private let answers = Mutex<[Int: DNSAnswer]>([:])
        var count: Int { answers.withLock { $0.count } }
        func set(_ index: Int, _ answer: DNSAnswer) { answers.withLock { $0[index] = answer } }
        func get(_ index: Int) -> DNSAnswer? { answers.withLock { $0[index] } }
    }

    @Test("A name gives its addresses of both families")
    func both() throws {
        let v6 = try #require(IPAddress("2001:db8::7"))
        let server = try NameServer(answering(["phone.test": [phone, v6]]), on: loop)
        let answer = try resolve("phone.test", with: resolver(server)).first ?? nil
        guard case .addresses(let addresses)? = answer?.records else {
            Issue.record("no addresses")
            return
        }
        #expect(Set(addresses) == [phone, v6])
        #expect(answer?.isLastKnown == false)
    }

    @Test("SRV and NAPTR records come as the zone has them; a name without any has none")
    func services() throws {
        let server = try NameServer(
            .answers(.init(services: ["_sip._udp.phone.test": [service]], pointers: ["phone.test": [pointer]])), on: loop)
        let questions: [DNSQuestion] = [
            .services("_sip._udp.Phone.test."), .pointers("phone.test"), .services("_sip._tcp.phone.test"), .pointers("a.test"),
        ]
        #expect(
            try ask(questions, of: resolver(server)) == [
                DNSAnswer(.services([service])), DNSAnswer(.pointers([pointer])), DNSAnswer(.absent), DNSAnswer(.absent),
            ])
    }

    @Test(
        "An address is its own answer, asks nobody, and comes after the call returned", arguments: ["10.0.0.7", "::1", "[::1]"])
    func numeric(host: String) throws {
        let server = try NameServer(.silent, on: loop)
        let resolver = try resolver(server)
        let journal = Journal<DNSAnswer>()
        resolver.ask(.addresses(host)) { journal.write($0) }
        #expect(journal.entries.isEmpty)
        loop.settle()
        #expect(try journal.entries == [found(#require(IPAddress(host)))])
        #expect(server.questions.entries.isEmpty)
    }

    @Test("/etc/hosts is honoured before DNS is asked")
    func hostsFile() throws {
        let server = try NameServer(.silent, on: loop)
        let answer = try resolve("localhost", with: resolver(server)).first ?? nil
        guard case .addresses(let addresses)? = answer?.records else {
            Issue.record("no addresses")
            return
        }
        #expect(addresses.contains(.loopback))
        #expect(server.questions.entries.isEmpty)
    }

    @Test("A name asked for twice at the same time, in any case, is one query and two answers")
    func coalesced() throws {
        let server = try NameServer(answering(["phone.test": [phone]]), on: loop)
        let answers = try resolve("phone.test", "Phone.Test.", with: resolver(server))
        #expect(answers == [found(phone), found(phone)])
        #expect(server.questions.entries.sorted() == ["A phone.test", "AAAA phone.test"])
    }

    @Test("An answer is given again for as long as it said, without a question")
    func kept() throws {
        let table = NameServer.Table(
            addresses: ["phone.test": [phone]], services: ["_sip._udp.phone.test": [service]], lifetime: 60)
        let server = try NameServer(.answers(table), on: loop)
        let resolver = try resolver(server)
        let questions: [DNSQuestion] = [.addresses("phone.test"), .services("_sip._udp.phone.test")]
        let first = ask(questions, of: resolver)
        server.becomes(.silent)
        #expect(ask(questions, of: resolver) == first)
        #expect(first == [found(phone), DNSAnswer(.services([service]))])
        #expect(server.questions.entries.count == 3)
    }

    @Test("An answer that is good for no time is asked for anew")
    func notKept() throws {
        let table = NameServer.Table(addresses: ["phone.test": [phone]], pointers: ["phone.test": [pointer]], lifetime: 0)
        let server = try NameServer(.answers(table), on: loop)
        let resolver = try resolver(server)
        for _ in 0..<2 { _ = ask([.addresses("phone.test"), .pointers("phone.test")], of: resolver) }
        #expect(server.questions.entries.count == 6)
    }

    @Test(
        "Names that cannot be: an answer without addresses",
        arguments: [
            "", "nobody.test", "a\0b", "..", String(repeating: "x", count: 300), String(repeating: "x", count: 64) + ".test",
            "ä b",
        ])
    func notFound(host: String) throws {
        let server = try NameServer(answering([:]), on: loop)
        let answers = try ask([.addresses(host), .services(host), .pointers(host)], of: resolver(server))
        #expect(answers == Array(repeating: DNSAnswer(.absent), count: 3))
    }

    @Test(
        "While DNS fails or is silent the last addresses are given, and said to be old; then the new ones",
        arguments: [NameServer.Behaviour.fails(code: 2), .silent, .fails(code: 3), .garbage])
    fileprivate func lastKnown(behaviour: NameServer.Behaviour) throws {
        let server = try NameServer(answering(["phone.test": [phone]]), on: loop)
        let resolver = try resolver(server)
        _ = resolve("phone.test", with: resolver)
        server.becomes(behaviour)
        #expect(resolve("phone.test", with: resolver) == [found(phone, isLastKnown: true)])
        let moved = IPAddress.v4(0x0A00_0008)
        server.becomes(answering(["phone.test": [moved]]))
        #expect(resolve("other.test", with: resolver) == [DNSAnswer(.absent)])
        #expect(resolve("phone.test", with: resolver) == [found(moved)])
    }

    @Test("Silence and answers that cannot be read are no answer to SRV, and what was known stays")
    func servicesUnanswered() throws {
        let server = try NameServer(.silent, on: loop)
        let resolver = try resolver(server)
        let question = DNSQuestion.services("_sip._udp.phone.test")
        for behaviour in [NameServer.Behaviour.silent, .garbage, .fails(code: 2), .fails(code: 5)] {
            server.becomes(behaviour)
            #expect(ask([question], of: resolver) == [DNSAnswer(.unanswered)])
        }
        server.becomes(.answers(.init(services: ["_sip._udp.phone.test": [service]])))
        #expect(ask([question], of: resolver) == [DNSAnswer(.services([service]))])
        server.becomes(.silent)
        #expect(ask([question], of: resolver) == [DNSAnswer(.services([service]), isLastKnown: true)])
    }

    @Test("Once DNS is known to be down, what is known is given without waiting, and asked for again all the same")
    func withoutWaiting() throws {
        let server = try NameServer(answering(["phone.test": [phone]]), on: loop)
        let resolver = try resolver(server)
        _ = resolve("phone.test", with: resolver)
        server.becomes(.silent)
        #expect(resolve("other.test", with: resolver) == [DNSAnswer(.unanswered)])
        let asked = server.questions.entries.count
        let journal = Journal<DNSAnswer>()
        resolver.ask(.addresses("phone.test")) { journal.write($0) }
        loop.settle()
        #expect(journal.entries == [found(phone, isLastKnown: true)])
        server.becomes(answering(["phone.test": [phone]]))
        #expect(resolve("other.test", with: resolver) == [DNSAnswer(.absent)])
        #expect(server.questions.entries.dropFirst(asked).contains("A phone.test"))
    }
}

@Suite("Names from a table, in virtual time")
struct NameTableTests {
    @Test("The table answers after its delay, addresses answer themselves")
    func table() {
        let loop = Loop(reactor: VirtualReactor())
        let table = NameTable(["pbx.test": [.loopback]], on: loop, delay: .seconds(2))
        let journal = Journal<DNSRecords>()
        for host in ["PBX.test", "none.test", "10.0.0.1"] { table.ask(.addresses(host)) { journal.write($0.records) } }
        loop.advance(by: .seconds(1))
        #expect(journal.entries.isEmpty)
        loop.advance(by: .seconds(1))
        #expect(journal.entries == [.addresses([.loopback]), .absent, .addresses([.v4(0x0A00_0001)])])
    }
}
