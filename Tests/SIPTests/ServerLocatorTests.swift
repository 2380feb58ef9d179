import Base
import SIP
import Testing

/// A domain name system in a table.
private struct Zone {
    var pointers: [String: [NamingPointer]] = [:]
    var services: [String: [ServiceRecord]] = [:]
    var hosts: [String: [IPAddress]] = [:]
    var isDown = false

    func answer(_ question: DNSQuestion) -> DNSRecords {
        if isDown { return .unanswered }
        switch question {
        case .pointers(let name): return pointers[name].map { .pointers($0) } ?? .absent
        case .services(let name): return services[name].map { .services($0) } ?? .absent
        case .addresses(let name): return hosts[name].map { .addresses($0) } ?? .absent
        }
    }

    /// Runs a search to its end: where it leads, and what was asked.
    func locate(_ uri: String, spoken: Set<Transport> = Set(Transport.allCases), seed: UInt64 = 1) throws
        -> (hops: [Hop], questions: [DNSQuestion])
    {
        var locator = ServerLocator(Locating(try URI(uri)), spoken: spoken, random: RandomSource(seed: seed))
        var outputs = locator.start()
        var questions: [DNSQuestion] = []
        var result: [[Hop]] = []
        while !outputs.isEmpty {
            switch outputs.removeFirst() {
            case .ask(let question):
                questions.append(question)
                outputs += locator.receive(answer(question), to: question)
            case .found(let hops):
                result.append(hops)
            }
        }
        #expect(result.count == 1, "a search ends, and once")
        return (result.first ?? [], questions)
    }
}

private func address(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("a test's own address: \(text)") }
    return address
}

/// `tls:192.0.2.1:5061 pbx.example`, as a hop prints itself, with the name that its certificate must have.
private func text(_ hop: Hop) -> String { "\(hop)" + (hop.serverName.map { " \($0)" } ?? "") }

private func server(_ target: String, _ priority: UInt16 = 0, _ weight: UInt16 = 0, port: UInt16 = 5060) -> ServiceRecord {
    ServiceRecord(priority: priority, weight: weight, port: port, target: target)
}

private func pointer(
    _ order: UInt16, _ service: String, _ replacement: String, preference: UInt16 = 0, flags: String = "s",
    expression: String = ""
) -> NamingPointer {
    NamingPointer(
        order: order, preference: preference, flags: flags, service: service, expression: expression, replacement: replacement)
}

/// A URI, where it leads, and what is asked for it.
private struct Row: Sendable, CustomTestStringConvertible {
    var uri: String
    var hops: [String]
    var questions: [String]

    init(_ uri: String, _ hops: [String], _ questions: [String] = []) {
        self.uri = uri
        self.hops = hops
        self.questions = questions
    }

    var testDescription: String { uri }
}

private let shortCutRows: [Row] = [
    // A numeric host asks nobody: UDP, or TLS for sips, at the URI's port or the transport's own.
    Row("sip:192.0.2.9", ["192.0.2.9:5060"], []),
    Row("sip:192.0.2.9:5070", ["192.0.2.9:5070"], []),
    Row("sip:192.0.2.9;transport=tcp", ["tcp:192.0.2.9:5060"], []),
    Row("sip:[2001:db8::9]", ["[2001:db8::9]:5060"], []),
    Row("sip:192.0.2.9;transport=tls", ["tls:192.0.2.9:5061 192.0.2.9"], []),
    Row("sips:192.0.2.9", ["tls:192.0.2.9:5061 192.0.2.9"], []),
    Row("sips:192.0.2.9:5070;transport=tcp", ["tls:192.0.2.9:5070 192.0.2.9"], []),
    // A port asks for addresses only, even when it is 5060.
    Row("sip:pbx.example:5060", ["192.0.2.1:5060"], ["A/AAAA pbx.example"]),
    Row("sips:pbx.example:5071", ["tls:192.0.2.1:5071 pbx.example"], ["A/AAAA pbx.example"]),
    Row("sip:pbx.example:5072;transport=tcp", ["tcp:192.0.2.1:5072"], ["A/AAAA pbx.example"]),
    // A transport asks for SRV, not NAPTR.
    Row("sip:pbx.example;transport=udp", ["192.0.2.2:5070"], ["SRV _sip._udp.pbx.example", "A/AAAA u.pbx.example"]),
    Row("sip:pbx.example;transport=tcp", ["tcp:192.0.2.3:5080"], ["SRV _sip._tcp.pbx.example", "A/AAAA t.pbx.example"]),
    Row(
        "sip:pbx.example;transport=tls", ["tls:192.0.2.4:5090 pbx.example"],
        ["SRV _sips._tcp.pbx.example", "A/AAAA s.pbx.example"]),
    // maddr is the host to be contacted, whatever the URI's own is.
    Row("sip:pbx.example;maddr=192.0.2.8", ["192.0.2.8:5060"], []),
]

private let everything: Set<Transport> = [.udp, .tcp, .tls]
private let byPointers: [(uri: String, spoken: Set<Transport>, hops: [String])] = [
    ("sip:pbx.example", everything, ["tls:192.0.2.4:5090 pbx.example"]),
    ("sip:pbx.example", [.udp, .tcp], ["tcp:192.0.2.3:5080", "192.0.2.2:5070"]),
    ("sip:pbx.example", [.udp], ["192.0.2.2:5070"]),
    ("sip:PBX.Example.", [.udp], ["192.0.2.2:5070"]),
    ("sips:pbx.example", everything, ["tls:192.0.2.4:5090 pbx.example"]),
    ("sips:pbx.example;transport=tcp", everything, ["tls:192.0.2.4:5090 pbx.example"]),
    ("sips:pbx.example", [.udp, .tcp], []),
    ("sip:192.0.2.1;transport=tls", [.udp], []),
]

@Suite("Locating servers: RFC 3263 §4")
struct ServerLocatorTests {
    /// A house with everything: NAPTR for three transports, SRV for each, and hosts.
    private var whole: Zone {
        var zone = Zone()
        zone.pointers["pbx.example"] = [
            pointer(90, "SIP+D2T", "_sip._tcp.pbx.example."), pointer(50, "SIPS+D2T", "_sips._tcp.pbx.example"),
            pointer(100, "SIP+D2U", "_sip._udp.pbx.example"),
        ]
        zone.services["_sip._udp.pbx.example"] = [server("u.pbx.example", port: 5070)]
        zone.services["_sip._tcp.pbx.example"] = [server("T.pbx.example.", port: 5080)]
        zone.services["_sips._tcp.pbx.example"] = [server("s.pbx.example", port: 5090)]
        zone.hosts["pbx.example"] = [address("192.0.2.1")]
        zone.hosts["u.pbx.example"] = [address("192.0.2.2")]
        zone.hosts["t.pbx.example"] = [address("192.0.2.3")]
        zone.hosts["s.pbx.example"] = [address("192.0.2.4")]
        return zone
    }

    @Test(
        "Addresses, ports and transports in the URI cut the search short",
        arguments: shortCutRows)
    fileprivate func shortCuts(row: Row) throws {
        let (found, asked) = try whole.locate(row.uri)
        #expect(found.map(text) == row.hops)
        #expect(asked.map(\.description) == row.questions)
    }

    @Test(
        "With nothing but a name NAPTR decides, by order and by what we speak",
        arguments: byPointers)
    func pointers(uri: String, spoken: Set<Transport>, hops: [String]) throws {
        #expect(try whole.locate(uri, spoken: spoken).hops.map(text) == hops)
    }

    @Test("When TLS comes first in NAPTR, nothing in the clear is on the list; when TLS comes last, it is")
    func noDowngrade() throws {
        var zone = whole
        #expect(try zone.locate("sip:pbx.example").hops.map(\.transport) == [.tls])
        zone.pointers["pbx.example"]?[1].order = 200
        #expect(try zone.locate("sip:pbx.example").hops.map(\.transport) == [.tcp, .udp, .tls])
    }

    @Test("Among NAPTR records of one order the lower preference comes first")
    func preference() throws {
        var zone = whole
        zone.pointers["pbx.example"] = [
            pointer(10, "SIP+D2T", "_sip._tcp.pbx.example", preference: 7), pointer(10, "sip+d2u", "_sip._udp.pbx.example"),
        ]
        #expect(try zone.locate("sip:pbx.example").hops.map(\.transport) == [.udp, .tcp])
    }

    @Test(
        "NAPTR records for something else are passed over, and then each transport's SRV is asked for",
        arguments: [
            pointer(1, "E2U+sip", "_sip._udp.pbx.example"), pointer(1, "SIP+D2S", "_sip._sctp.pbx.example"),
            pointer(1, "SIP+D2U", "u.pbx.example", flags: "a"), pointer(1, "SIP+D2U", "", flags: "s"),
            pointer(1, "SIP+D2U", "_sip._udp.pbx.example", expression: "!^.*$!sip:x!"),
            pointer(1, "SIPS+D2U", "_sips._udp.pbx.example"),
        ])
    func foreignPointers(record: NamingPointer) throws {
        var zone = whole
        zone.pointers["pbx.example"] = [record]
        let (hops, questions) = try zone.locate("sip:pbx.example")
        #expect(hops.map(text) == ["192.0.2.2:5070", "tcp:192.0.2.3:5080"])
        #expect(
            questions.prefix(3).map(\.description) == [
                "NAPTR pbx.example", "SRV _sip._udp.pbx.example", "SRV _sip._tcp.pbx.example",
            ])
    }

    @Test("Without NAPTR, sips asks for SRV of TLS only")
    func secureWithoutPointers() throws {
        var zone = whole
        zone.pointers = [:]
        let (hops, questions) = try zone.locate("sips:pbx.example")
        #expect(hops.map(text) == ["tls:192.0.2.4:5090 pbx.example"])
        #expect(questions.map(\.description).contains("SRV _sip._udp.pbx.example") == false)
    }

    @Test(
        "Without SRV the domain's own addresses are taken, at the transport's port",
        arguments: [
            ("sip:pbx.example", "192.0.2.1:5060"), ("sips:pbx.example", "tls:192.0.2.1:5061 pbx.example"),
            ("sip:pbx.example;transport=tcp", "tcp:192.0.2.1:5060"),
            ("sip:pbx.example;transport=tls", "tls:192.0.2.1:5061 pbx.example"),
        ])
    func withoutServices(uri: String, hop: String) throws {
        var zone = Zone()
        zone.hosts["pbx.example"] = [address("192.0.2.1")]
        #expect(try zone.locate(uri).hops.map(text) == [hop])
    }

    @Test("NAPTR that points at SRV records which are not there leaves the transport it chose")
    func danglingPointer() throws {
        var zone = whole
        zone.services = [:]
        #expect(try zone.locate("sip:pbx.example", spoken: [.udp, .tcp]).hops.map(text) == ["tcp:192.0.2.1:5060"])
    }

    @Test("An SRV record that points at the root says that there is no such service: the addresses are not tried")
    func refused() throws {
        var zone = Zone()
        zone.hosts["pbx.example"] = [address("192.0.2.1")]
        zone.services["_sip._udp.pbx.example"] = [server(".", port: 5060)]
        let (hops, questions) = try zone.locate("sip:pbx.example;transport=udp")
        #expect(hops.isEmpty)
        #expect(questions.count == 1)
    }

    @Test("SRV targets in another domain are taken, and the certificate must still name ours")
    func otherDomain() throws {
        var zone = Zone()
        zone.pointers["pbx.example"] = [pointer(1, "SIPS+D2T", "_sips._tcp.carrier.test")]
        zone.services["_sips._tcp.carrier.test"] = [server("edge.carrier.test", port: 5061)]
        zone.hosts["edge.carrier.test"] = [address("192.0.2.7")]
        #expect(try zone.locate("sip:pbx.example").hops.map(text) == ["tls:192.0.2.7:5061 pbx.example"])
    }

    @Test("Each server's addresses come by turns of family, the first answer's first")
    func families() throws {
        var zone = Zone()
        zone.services["_sip._udp.pbx.example"] = [server("a.test", 1), server("b.test", 2)]
        zone.hosts["a.test"] = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"].map(address)
        zone.hosts["b.test"] = ["192.0.2.5", "192.0.2.6", "2001:db8::5"].map(address)
        let hops = try zone.locate("sip:pbx.example;transport=udp").hops
        #expect(
            hops.map { "\($0.address.address)" } == [
                "2001:db8::1", "192.0.2.1", "2001:db8::2", "2001:db8::3", "192.0.2.5", "2001:db8::5", "192.0.2.6",
            ])
    }

    @Test("Two records of one server, and an address in an SRV record, are one way each")
    func duplicates() throws {
        var zone = Zone()
        zone.services["_sip._udp.pbx.example"] = [
            server("a.test", 1), server("A.test.", 2), server("192.0.2.1", 3), server("b.test", 4, port: 0),
        ]
        zone.hosts["a.test"] = [address("192.0.2.1")]
        zone.hosts["b.test"] = [address("192.0.2.2")]
        #expect(try zone.locate("sip:pbx.example;transport=udp").hops.map(text) == ["192.0.2.1:5060"])
    }

    @Test("When nobody answers there is no way, after the questions of a domain without records")
    func down() throws {
        var zone = whole
        zone.isDown = true
        let (hops, questions) = try zone.locate("sip:pbx.example")
        #expect(hops.isEmpty)
        #expect(questions.count == 4)
    }

    @Test("An answer that nobody asked for, or that came before, changes nothing")
    func strayAnswers() throws {
        var locator = ServerLocator(
            Locating(try URI("sip:pbx.example:5060")), spoken: [.udp], random: RandomSource(seed: 1))
        let question = DNSQuestion.addresses("pbx.example")
        #expect(locator.receive(.addresses([.loopback]), to: question) == [])
        #expect(locator.start() == [.ask(question)])
        #expect(locator.start() == [])
        #expect(locator.receive(.addresses([.loopback]), to: .addresses("other.example")) == [])
        let hop = Hop.udp(SocketAddress(.loopback, port: 5060))
        #expect(locator.receive(.addresses([.loopback]), to: question) == [.found([hop])])
        #expect(locator.receive(.addresses([.loopback]), to: question) == [])
    }

    @Test("A hostile domain gets a bounded number of questions and leads a bounded number of ways")
    func amplification() throws {
        var zone = Zone()
        zone.pointers["pbx.example"] = (0..<1000).map { pointer(UInt16($0), "SIP+D2U", "_sip._udp.\($0).test") }
        for index in 0..<1000 {
            zone.services["_sip._udp.\(index).test"] = (0..<1000).map { server("victim\($0).test", UInt16($0), 10) }
            zone.hosts["victim\(index).test"] = (0..<1000).map { IPAddress.v4(UInt32(index * 1000 + $0)) }
        }
        let (hops, questions) = try zone.locate("sip:pbx.example")
        #expect(questions.count <= 1 + 4 + 8)
        #expect(hops.count <= 16)
        #expect(Set(hops.map { "\($0.address.address)" }).count == hops.count)
    }
}

@Suite("The order of servers: RFC 2782")
struct ServiceOrderTests {
    @Test("Lower priorities come first, whatever their weights")
    func priorities() {
        var random = RandomSource(seed: 3)
        let records = [server("c", 30, 60_000), server("a", 10), server("b", 20, 1)]
        for _ in 0..<50 { #expect(records.ordered(by: &random).map(\.target) == ["a", "b", "c"]) }
    }

    @Test("The same seed gives the same order, however the answer was mixed")
    func deterministic() {
        let records = (0..<9).map { server("h\($0)", UInt16($0 / 3), UInt16($0)) }
        var (one, other) = (RandomSource(seed: 9), RandomSource(seed: 9))
        #expect(records.ordered(by: &one) == Array(records.reversed()).ordered(by: &other))
    }

    @Test("Among 12,000 draws each of one priority is first by its share of the weights, within two percent")
    func weights() {
        var random = RandomSource(seed: 42)
        let records = [server("small", 0, 10), server("middle", 0, 20), server("large", 0, 70)]
        var firsts: [String: Int] = [:]
        for _ in 0..<12_000 { firsts[records.ordered(by: &random)[0].target, default: 0] += 1 }
        for (name, share) in [("small", 0.1), ("middle", 0.2), ("large", 0.7)] {
            let seen = Double(firsts[name] ?? 0) / 12_000
            #expect(abs(seen - share) < 0.02, "\(name) came first \(seen) of the time")
        }
    }

    @Test("After the first is taken the rest share by their own weights")
    func second() {
        var random = RandomSource(seed: 5)
        let records = [server("a", 0, 100), server("b", 0, 100), server("c", 0, 300)]
        var seconds: [String: Int] = [:]
        var drawn = 0
        for _ in 0..<20_000 {
            let order = records.ordered(by: &random).map(\.target)
            guard order[0] == "a" else { continue }
            drawn += 1
            seconds[order[1], default: 0] += 1
        }
        #expect(abs(Double(seconds["c"] ?? 0) / Double(drawn) - 0.75) < 0.03)
    }

    @Test("A weight of 0 beside others is chosen seldom, but it is chosen")
    func zeroWeight() {
        var random = RandomSource(seed: 6)
        let records = [server("never?", 0, 0), server("often", 0, 99)]
        let firsts = (0..<10_000).map { _ in records.ordered(by: &random)[0].target }
        let seldom = firsts.filter { $0 == "never?" }.count
        #expect((40...200).contains(seldom), "one in a hundred: \(seldom)")
    }

    @Test("Weights at their limits do not overflow")
    func limits() {
        var random = RandomSource(seed: 7)
        let records = (0..<64).map { server("h\($0)", 0, .max) }
        #expect(Set(records.ordered(by: &random)) == Set(records))
    }
}
