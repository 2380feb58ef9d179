import Base
import Synchronization
import Testing

@testable import Runtime

/// A name server on loopback that answers A and AAAA questions from a table, or keeps silent.
private final class NameServer: Sendable {
    enum Behaviour: Sendable { case answers([String: [IPAddress]]), fails(code: UInt8), silent }

    let socket: UDPSocket
    let questions = Journal<String>()
    private let behaviour: Mutex<Behaviour>

    init(_ behaviour: Behaviour, on loop: Loop) throws {
        self.behaviour = Mutex(behaviour)
        socket = try UDPSocket(bindingTo: SocketAddress(.loopback, port: 0), on: loop)
        socket.onReceive { [weak self] datagram in self?.answer(datagram) }
    }

    func becomes(_ behaviour: Behaviour) { self.behaviour.withLock { $0 = behaviour } }

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
        let wantsIPv6 = query[offset + 2] == 28
        let name = labels.joined(separator: ".")
        questions.write(name)
        var code: UInt8 = 0
        var records: [[UInt8]] = []
        switch behaviour.withLock({ $0 }) {
        case .silent: return
        case .fails(let failure): code = failure
        case .answers(let table):
            guard let addresses = table[name] else {
                code = 3
                break
            }
            records = addresses.filter { $0.isIPv6 == wantsIPv6 }.map { address in
                let bytes: [UInt8] =
                    switch address {
                    case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
                    case .v6(let high, let low, _):
                        [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
                    }
                return [0xC0, 12, 0, wantsIPv6 ? 28 : 1, 0, 1, 0, 0, 0, 60, 0, UInt8(bytes.count)] + bytes
            }
        }
        let header: [UInt8] = [query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        try? socket.send(header + question + records.flatMap { $0 }, to: datagram.source, from: nil)
    }
}

@Suite("Names by DNS")
struct DNSResolverTests {
    let loop: Loop
    private let phone = IPAddress.v4(0x0A00_0007)

    init() throws { loop = try Loop() }

    private func resolver(_ server: NameServer) throws -> DNSResolver {
        try DNSResolver(on: loop, servers: [server.socket.localAddress], patience: .init(timeout: .milliseconds(50), tries: 1))
    }

    /// Asks for all hosts at once and runs the Loop until all are answered.
    private func resolve(_ hosts: String..., with resolver: DNSResolver) -> [Resolution?] {
        let answers = Mutex<[Int: Resolution]>([:])
        let shared = Shared(answers)
        let (loop, count) = (loop, hosts.count)
        for (index, host) in hosts.enumerated() {
            resolver.resolve(host) { resolution in
                shared.set(index, resolution)
                if shared.count == count { loop.stop() }
            }
        }
        let limit = Alarm(on: loop) { loop.stop() }
        limit.set(after: .seconds(5))
        loop.run()
        limit.set(at: nil)
        return hosts.indices.map { shared.get($0) }
    }

    private final class Shared: Sendable {
        private let answers: Mutex<[Int: Resolution]>
        init(_ answers: consuming sending Mutex<[Int: Resolution]>) { self.answers = answers }
        var count: Int { answers.withLock { $0.count } }
        func set(_ index: Int, _ resolution: Resolution) { answers.withLock { $0[index] = resolution } }
        func get(_ index: Int) -> Resolution? { answers.withLock { $0[index] } }
    }

    @Test("A name gives its addresses of both families")
    func both() throws {
        let v6 = try #require(IPAddress("2001:db8::7"))
        let server = try NameServer(.answers(["phone.test": [phone, v6]]), on: loop)
        let answer = try resolve("phone.test", with: resolver(server)).first ?? nil
        #expect(Set(answer?.addresses ?? []) == [phone, v6])
        #expect(answer?.isLastKnown == false)
    }

    @Test(
        "An address is its own answer, asks nobody, and comes after the call returned", arguments: ["10.0.0.7", "::1", "[::1]"])
    func numeric(host: String) throws {
        let server = try NameServer(.silent, on: loop)
        let resolver = try resolver(server)
        let journal = Journal<Resolution>()
        resolver.resolve(host) { journal.write($0) }
        #expect(journal.entries.isEmpty)
        loop.settle()
        #expect(try journal.entries == [Resolution([#require(IPAddress(host))])])
        #expect(server.questions.entries.isEmpty)
    }

    @Test("/etc/hosts is honoured before DNS is asked")
    func hostsFile() throws {
        let server = try NameServer(.silent, on: loop)
        let answer = try resolve("localhost", with: resolver(server)).first ?? nil
        #expect(answer?.addresses.contains(.loopback) == true)
        #expect(server.questions.entries.isEmpty)
    }

    @Test("A name asked for twice at the same time, in any case, is one query and two answers")
    func coalesced() throws {
        let server = try NameServer(.answers(["phone.test": [phone]]), on: loop)
        let answers = try resolve("phone.test", "Phone.Test", with: resolver(server))
        #expect(answers == [Resolution([phone]), Resolution([phone])])
        #expect(server.questions.entries.count == 2)  // A and AAAA
    }

    @Test(
        "Names that cannot be: an answer without addresses",
        arguments: [
            "", "nobody.test", "a\0b", "..", String(repeating: "x", count: 300), String(repeating: "x", count: 64) + ".test",
            "ä b",
        ])
    func notFound(host: String) throws {
        let server = try NameServer(.answers([:]), on: loop)
        #expect(try resolve(host, with: resolver(server)) == [Resolution([])])
    }

    @Test("While DNS fails or is silent the last addresses are given, and said to be old")
    func lastKnown() throws {
        let server = try NameServer(.answers(["phone.test": [phone]]), on: loop)
        let resolver = try resolver(server)
        _ = resolve("phone.test", with: resolver)
        for behaviour in [NameServer.Behaviour.fails(code: 2), .silent, .fails(code: 3)] {
            server.becomes(behaviour)
            let answers = resolve("phone.test", "other.test", with: resolver)
            #expect(answers == [Resolution([phone], isLastKnown: true), Resolution([])])
        }
        let moved = IPAddress.v4(0x0A00_0008)
        server.becomes(.answers(["phone.test": [moved]]))
        #expect(resolve("phone.test", with: resolver) == [Resolution([moved])])
    }
}

@Suite("Names from a table, in virtual time")
struct NameTableTests {
    @Test("The table answers after its delay, addresses answer themselves")
    func table() {
        let loop = Loop(reactor: VirtualReactor())
        let table = NameTable(["pbx.test": [.loopback]], on: loop, delay: .seconds(2))
        let journal = Journal<[IPAddress]>()
        for host in ["PBX.test", "none.test", "10.0.0.1"] { table.resolve(host) { journal.write($0.addresses) } }
        loop.advance(by: .seconds(1))
        #expect(journal.entries.isEmpty)
        loop.advance(by: .seconds(1))
        #expect(journal.entries == [[.loopback], [], [.v4(0x0A00_0001)]])
    }
}
