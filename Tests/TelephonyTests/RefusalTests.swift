import Base
import SIP
import Telephony
import Testing

@Suite("Requests that cannot be carried out: RFC 3261 §8.2 and §21")
struct RefusalTests {
    private func house(_ change: (inout UserAgentSettings) -> Void = { _ in }) -> World {
        var world = World()
        world.add(change)
        return world
    }

    static let allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, SUBSCRIBE, MESSAGE"

    @Test(
        "Each fault has its status, and the header that goes with it",
        arguments: [
            (World.request("FETCH"), 501, "Allow", RefusalTests.allowed),
            (World.request("PUBLISH"), 405, "Allow", RefusalTests.allowed),
            (World.request("REGISTER"), 405, "Allow", RefusalTests.allowed),
            (World.request("SUBSCRIBE", toTag: "x"), 481, nil, nil), (World.request("NOTIFY", toTag: "x"), 481, nil, nil),
            (World.request("MESSAGE", toTag: "x", body: "hello", type: "text/plain"), 481, nil, nil),
            (World.request("MESSAGE", uri: "sip:nobody@10.0.0.1", body: "hello", type: "text/plain"), 404, nil, nil),
            (World.request("BYE", toTag: "x"), 481, nil, nil), (World.request("INFO", toTag: "x"), 481, nil, nil),
            (World.request("INVITE", toTag: "x", body: World.description()), 481, nil, nil),
            (World.request("OPTIONS", toTag: "x"), 481, nil, nil), (World.request("CANCEL"), 481, nil, nil),
            (World.request("INVITE", uri: "tel:+123"), 416, nil, nil),
            (World.request("OPTIONS", uri: "sips:house0@10.0.0.1"), 416, nil, nil),
            (World.request("INVITE", fields: ["Require: 100rel, x, timer, y"]), 420, "Unsupported", "x, y"),
            (World.request("INVITE", fields: ["Supported: timer", "Session-Expires: 89"]), 422, "Min-SE", "90"),
            (World.request("OPTIONS", fields: ["Require: x"]), 420, "Unsupported", "x"),
            (World.request("INVITE", uri: "sip:nobody@10.0.0.1"), 404, nil, nil),
            (World.request("INVITE", body: "hello", type: "text/plain"), 415, "Accept", "application/sdp"),
            (World.request("INVITE", fields: ["Content-Encoding: gzip"], body: "hello"), 415, "Accept-Encoding", "identity"),
            (World.request("INVITE", body: "nonsense"), 400, nil, nil),
            (World.request("INVITE", body: World.description(formats: "97")), 488, nil, nil),
            (World.request("INVITE", body: World.description(port: 0)), 488, nil, nil),
            (World.request("INVITE").replacing("Contact", with: "X-Contact"), 400, nil, nil),
            (World.request("INVITE").replacing("SIP/2.0\nVia", with: "SIP/3.0\nVia"), 505, nil, nil),
            (World.request("INVITE").replacing("CSeq: 1 INVITE", with: "CSeq: 1 BYE"), 400, nil, nil),
            (World.request("OPTIONS").replacing("Content-Length: 0", with: "Content-Length: 99"), 400, nil, nil),
            (World.request("OPTIONS").replacing("OPTIONS sip:house0@10.0.0.1", with: "OPTIONS sip:@@"), 400, nil, nil),
            (World.request("OPTIONS").replacing("OPTIONS sip:house0@10.0.0.1", with: "OPTIONS "), 400, nil, nil),
        ] as [(String, Int, String?, String?)])
    func fault(request: String, status: Int, header: String?, value: String?) throws {
        var world = house()
        world.inject(request, into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [status])
        let answer = try #require(answers.first)
        #expect(answer.toTag?.isEmpty == false)
        #expect(answer.branch == "z9hG4bKout1")
        if let header { #expect(answer.header(header) == value) }
        #expect(world.houses[0].outputs.allSatisfy { if case .call = $0 { false } else { true } })
        world.settle()
        #expect(world.snapshot(0).transactions == 0 && world.snapshot(0).lingeringCalls == 0)
    }

    @Test(
        "Nobody is answered for what is no request, or an ACK",
        arguments: [
            World.request("ACK", toTag: "x"), "hello", "\r\n\r\n", "SIP/2.0 200 OK\n\n", "INVITE sip:x SIP/2.0\n\n",
            World.request("INVITE").replacing("Via:", with: "X-Via:"),
            World.request("ACK").replacing("CSeq: 1 ACK", with: "CSeq: x"),
            World.request("OPTIONS").replacing("OPTIONS sip:house0@10.0.0.1 SIP/2.0", with: "SIP/2.0 2000 OK"),
            "SIP/2.0 200 OK\n" + World.request("INVITE").split(separator: "\n", maxSplits: 1)[1],
        ])
    func noAnswer(text: String) {
        var world = house()
        #expect(world.inject(text, into: 0).filter { if case .send = $0 { true } else { false } }.isEmpty)
        #expect(world.snapshot(0).transactions == 0)
    }

    @Test("A request that came by two ways is answered once with 482")
    func merged() {
        var world = house()
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.inject(World.request("INVITE", branch: "z9hG4bKway2", body: World.description()), into: 0)
        #expect(world.inbox().map(\.status) == [482])
        #expect(world.incoming(0).count == 1)
    }

    @Test("OPTIONS tells what can be done, and a copy of it gets the same answer")
    func options() throws {
        var world = house()
        world.inject(World.request("OPTIONS"), into: 0)
        world.inject(World.request("OPTIONS"), into: 0)
        let answers = world.inbox()
        #expect(answers.count == 2 && answers[0].bytes == answers[1].bytes)
        let answer = try #require(answers.first)
        #expect(answer.status == 200)
        #expect(answer.allow.contains("INFO"))
        #expect(answer.header("Accept")?.contains("application/sdp") == true)
        #expect(answer.header("Supported") != nil)
        #expect(world.houses[0].outputs.isEmpty)
    }

    // MARK: Where answers go

    @Test(
        "An answer goes to the source port with rport, else to the port in Via, and always to the source address",
        arguments: [
            (";rport", "10.0.0.1>192.0.2.1:34567"), ("", "10.0.0.1>192.0.2.1:5070"),
        ])
    func returnAddress(rport: String, expected: String) throws {
        var world = house()
        let request = World.request("OPTIONS").replacing(
            "192.0.2.1:5060;branch=z9hG4bKout1;rport", with: "10.9.9.9:5070;branch=z9hG4bK1\(rport)")
        world.inject(request, into: 0, from: SocketAddress(World.outsider.address, port: 34567))
        let sent = try #require(world.strays.first)
        #expect("10.0.0.1>\(sent.to)" == expected)
        let via = try #require(try Message(parsing: sent.bytes).topVia)
        #expect(via.received == "192.0.2.1")
        #expect(via.rport == (rport.isEmpty ? nil : 34567))
    }

    @Test("All Via headers come back in their order, however they were laid out")
    func vias() throws {
        var world = house()
        let request = World.request("OPTIONS").replacing(
            ";rport\n", with: ";rport, SIP/2.0/TCP a.example;branch=z9hG4bKa\nv: SIP/2.0/UDP b;branch=z9hG4bKb\n")
        world.inject(request, into: 0)
        let answer = try #require(world.inbox().first)
        #expect(answer.vias.map(\.host) == ["192.0.2.1", "a.example", "b"])
        #expect(answer.vias.map(\.rport) == [5060, nil, nil])
    }

    // MARK: Strangers

    @Test(
        "A stranger gets 403 for anything, learns nothing, and nothing is remembered of it",
        arguments: [
            World.request("INVITE", body: World.description()), World.request("OPTIONS"), World.request("REGISTER"),
            World.request("FETCH"),
            World.request("BYE", toTag: "x"), World.request("CANCEL"), World.request("INVITE", fields: ["Require: x"]),
            World.request("INVITE", uri: "sip:nobody@10.0.0.1"), World.request("SUBSCRIBE"),
        ])
    func stranger(request: String) throws {
        var world = house { $0.trust.everyone = false }
        let outputs = world.inject(request, into: 0)
        world.inject(request, into: 0)
        let answers = world.inbox()
        #expect(answers.map(\.status) == [403, 403])
        let answer = try #require(answers.first)
        #expect(answers[0].bytes == answers[1].bytes)
        for header in ["Server", "User-Agent", "Allow", "Supported", "Accept", "Contact", "Unsupported"] {
            #expect(answer.header(header) == nil, "\(header)")
        }
        #expect(outputs.allSatisfy { if case .call = $0 { false } else { true } })
        #expect(world.snapshot(0).transactions == 0)
        #expect(world.snapshot(0).counters.refusedUntrusted == 2)
    }

    @Test("A stranger's malformed request is not answered at all")
    func malformedStranger() {
        var world = house { $0.trust.everyone = false }
        world.inject(World.request("OPTIONS").replacing("CSeq: 1", with: "CSeq: x"), into: 0)
        #expect(world.strays.isEmpty)
        #expect(world.snapshot(0).counters.parseErrors == 1)
    }

    @Test(
        "Networks, named hosts and registrars are trusted by their addresses",
        arguments: [
            ("192.0.2.1", true), ("192.0.2.127", true), ("192.0.2.128", false), ("198.51.100.1", true), ("203.0.113.5", true),
            ("203.0.113.6", true), ("203.0.113.7", false), ("8.8.8.8", false),
        ])
    func trusted(source: String, isTrusted: Bool) throws {
        var world = World()
        world.names = [
            "phone.example": [SocketAddress(try #require(IPAddress("198.51.100.1")), port: 5060)],
            "pbx.example": [SocketAddress(try #require(IPAddress("203.0.113.5")), port: 5060)],
            "proxy.example": [SocketAddress(try #require(IPAddress("203.0.113.6")), port: 5060)],
        ]
        world.add { settings in
            settings.trust.everyone = false
            settings.trust.networks = [AddressRange(base: .v4(0xC000_0200), prefixLength: 25)]
            settings.trust.hosts = ["phone.example"]
            var account = Account(name: "pbx", address: uri("sip:house0@pbx.example"))
            account.registrar = uri("sip:pbx.example")
            account.outboundProxy = uri("sip:proxy.example")
            settings.accounts = [account]
        }
        _ = world.inbox()
        world.inject(World.request("OPTIONS"), into: 0, from: SocketAddress(try #require(IPAddress(source)), port: 5060))
        #expect(world.inbox().map(\.status) == [isTrusted ? 200 : 403])
    }

    @Test("A look-up that fails later forgets nothing; a new address replaces the old")
    func refreshed() throws {
        var world = World()
        world.names["phone.example"] = [World.outsider]
        world.add { settings in
            settings.trust.everyone = false
            settings.trust.hosts = ["phone.example"]
        }
        world.names = [:]
        world.advance(by: .seconds(301))
        world.inject(World.request("OPTIONS"), into: 0)
        world.names["phone.example"] = [SocketAddress(.v4(0xC000_0299), port: 5060)]
        world.advance(by: .seconds(301))
        world.inject(World.request("OPTIONS", branch: "z9hG4bK2"), into: 0)
        #expect(world.inbox().map(\.status) == [200, 403])
    }

    @Test("A peer that we called is heard in its call though it is a stranger")
    func strangerInCall() throws {
        var (world, invite) = try World.calling { $0.trust.everyone = false }
        world.reply(200, to: invite, body: World.description())
        _ = world.inbox()
        world.inject(
            World.request("BYE", uri: "sip:house0@10.0.0.1", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag),
            into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.ends(0, first) == [CallEnd(.remoteHangUp)])
    }

    @Test(
        "Networks of both families",
        arguments: [
            ("10.0.0.0", 8, "10.255.1.2", true), ("10.0.0.0", 8, "11.0.0.1", false), ("0.0.0.0", 0, "1.2.3.4", true),
            ("1.2.3.4", 32, "1.2.3.4", true), ("1.2.3.4", 32, "1.2.3.5", false), ("fd00::", 8, "fdff::1", true),
            ("fd00::", 8, "fe80::1", false),
            ("2001:db8::1", 128, "2001:db8::1", true), ("2001:db8::1", 128, "2001:db8::2", false),
            ("2001:db8::", 65, "2001:db8::7fff:0:0:1", true),
            ("2001:db8::", 65, "2001:db8:0:0:8000::1", false), ("::", 0, "1.2.3.4", false), ("1.2.3.4", 99, "1.2.3.4", true),
        ])
    func ranges(base: String, prefix: Int, address: String, isInside: Bool) throws {
        let range = AddressRange(base: try #require(IPAddress(base)), prefixLength: prefix)
        #expect(range.contains(try #require(IPAddress(address))) == isInside)
    }
}

extension String {
    /// With the first `part` replaced.
    func replacing(_ part: String, with other: String) -> String {
        guard let range = self.firstRange(of: part) else { preconditionFailure("a test's own text has no \(part)") }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }
}
