import Base
import SIP
import Telephony
import Testing

@Suite("Callers with a password: RFC 3261 §22.2, RFC 8760")
struct CallerTests {
    static let far = SocketAddress(.v4(0xCB00_7109), port: 5060)

    static func house(peerAlgorithms: [String] = ["SHA-256", "MD5"], _ change: (inout UserAgentSettings) -> Void = { _ in })
        -> World
    {
        var world = World()
        world.add { settings in
            settings.trust.everyone = false
            settings.callers = [
                KnownCaller(Credentials(username: "gate", password: "s3cret")),
                KnownCaller(Credentials(username: "peer", password: "s3cret"), algorithms: peerAlgorithms),
            ]
            change(&settings)
        }
        return world
    }

    /// A phone somewhere, which answers challenges.
    struct Phone {
        var source = CallerTests.far
        var client = DigestClient()
        var random = RandomSource(seed: 9)
        var count = 0

        func text(_ method: String = "INVITE", fields: [String] = []) -> String {
            World.request(
                method, branch: "z9hG4bKfar\(count)", callID: "far", cseq: count + 1,
                fields: fields + ["X-Length: " + String(repeating: "x", count: 250)],
                body: method == "INVITE" ? World.description() : String(repeating: "x", count: 400))
        }

        /// Sends a request with what the last challenge asked for, and takes the answers.
        mutating func send(
            _ method: SIP.Method = .invite, as name: String = "gate", password: String = "s3cret", to world: inout World
        ) -> [Message] {
            count += 1
            let body = method == .invite ? World.description() : String(repeating: "x", count: 400)
            let credentials = client.headers(
                method: method, uri: uri("sip:house0@10.0.0.1"), body: wireForm(body), username: name, password: password,
                random: &random)
            world.inject(text("\(method)", fields: credentials.map { "\($0.name): \($0.value)" }), into: 0, from: source)
            let answers = world.inbox()
            for answer in answers where answer.status == 401 { _ = client.take(answer.challenges) }
            return answers
        }
    }

    private func events(_ world: World) -> [LogLine] {
        world.houses[0].outputs.compactMap { if case .event(let line) = $0 { line } else { nil } }
    }

    @Test("A caller from anywhere is asked for its password, and rings, is answered and hangs up")
    func story() throws {
        var world = Self.house()
        var caller = Phone()
        let challenge = try #require(caller.send(to: &world).first)
        #expect(challenge.status == 401 && challenge.challenges.map(\.algorithm) == ["SHA-256", "MD5"])
        for header in ["Server", "Allow", "Contact"] { #expect(challenge.header(header) == nil) }
        #expect(world.snapshot(0).transactions == 0 && world.snapshot(0).calls.isEmpty)
        #expect(caller.send(to: &world).isEmpty)
        #expect(world.incoming(0).map(\.1.source) == [Self.far])
        world.perform(0, .answer(arrived))
        let answer = try #require(world.inbox().first)
        #expect(answer.status == 200)
        let tag = answer.toTag
        for (number, method) in ["ACK", "BYE"].enumerated() {
            world.inject(
                World.request(method, branch: "z9hG4bKend\(number)", callID: "far", toTag: tag, cseq: 3 + number), into: 0,
                from: Self.far)
        }
        #expect(world.ends(0, arrived).map(\.cause) == [.remoteHangUp])
        let counters = world.snapshot(0).counters
        #expect(counters.challenged == 1 && counters.authenticated == 1 && counters.spoofed == 0)
    }

    @Test(
        "Other methods are asked, too; REGISTER, BYE and CANCEL are refused",
        arguments: ["OPTIONS", "MESSAGE", "REGISTER", "BYE", "CANCEL"])
    func methods(method: String) {
        var world = Self.house()
        world.inject(Phone().text(method), into: 0, from: Self.far)
        let expected = method == "OPTIONS" || method == "MESSAGE" ? 401 : 403
        #expect(world.inbox().map(\.status) == [expected])
    }

    @Test("Whom From names is offered its own algorithms, and lets nobody in by another")
    func algorithms() throws {
        var world = Self.house(peerAlgorithms: ["MD5"])
        var caller = Phone()
        #expect(caller.send(.options, to: &world).first?.challenges.map(\.algorithm) == ["MD5"])
        #expect(caller.send(.options, as: "peer", to: &world).map(\.status) == [200])
        var strong = Self.house(peerAlgorithms: ["SHA-256"])
        var other = Phone()
        let offer = try #require(other.send(.options, to: &strong).first?.challenges)
        #expect(offer.map(\.algorithm) == ["SHA-256"])
        var weak = try #require(offer.first)
        weak.algorithm = "MD5"
        _ = other.client.take([weak])
        #expect(other.send(.options, as: "peer", to: &strong).map(\.status) == [401])
        #expect(other.send(.options, as: "peer", to: &strong).map(\.status) == [200])
    }

    @Test("Without callers in the configuration nobody is asked")
    func nobody() {
        var world = Self.house { $0.callers = [] }
        world.inject(Phone().text(), into: 0, from: Self.far)
        #expect(world.inbox().map(\.status) == [403])
    }

    @Test("The same request again, with another branch, does not get in again; a nonce that is too old is told so")
    func replay() {
        var world = Self.house()
        var caller = Phone()
        _ = caller.send(.options, to: &world)
        let copy = caller
        #expect(caller.send(.options, to: &world).map(\.status) == [200])
        var thief = copy
        thief.count += 10
        let answers = thief.send(.options, to: &world)
        #expect(answers.map(\.status) == [401] && answers.first?.challenges.allSatisfy(\.isStale) == true)
        var elsewhere = caller
        elsewhere.source = SocketAddress(.v4(0xCB00_710A), port: 5060)
        #expect(elsewhere.send(.options, to: &world).first?.challenges.first?.isStale == true)
        world.advance(by: .seconds(301))
        #expect(caller.send(.options, to: &world).first?.challenges.first?.isStale == true)
        #expect(caller.send(.options, to: &world).map(\.status) == [200])
    }

    @Test("Wrong passwords make a source wait longer each time, are told of without any secret, and end with the right one")
    func wrong() throws {
        var world = Self.house()
        var caller = Phone()
        _ = caller.send(.options, to: &world)
        for number in 0..<6 {
            #expect(caller.send(.options, password: "guess\(number)", to: &world).map(\.status) == [401])
            // What is sent too early is not even looked at, be it right.
            world.advance(by: .seconds(1 << number) - .milliseconds(1))
            #expect(caller.send(.options, to: &world).isEmpty)
            world.advance(by: .milliseconds(1))
        }
        #expect(caller.send(.options, as: "s3cret", password: "gate", to: &world).map(\.status) == [401])
        #expect(events(world).map(\.event) == Array(repeating: "password-wrong", count: 7))
        let last = try #require(events(world).last)
        #expect(last.values.map(\.1) == ["203.0.113.9", "unknown", "7", "64"])
        #expect(!"\(world.houses[0].outputs.filter { if case .send = $0 { false } else { true } })".contains("s3cret"))
        world.advance(by: .seconds(64))
        #expect(caller.send(.options, to: &world).map(\.status) == [200])
        #expect(caller.send(.options, password: "typo", to: &world).map(\.status) == [401])
        #expect(events(world).last?.values.last?.1 == "1")
    }

    @Test("Nobody is sent more than it sent: a short request gets one challenge, a shorter one none")
    func size() {
        var world = Self.house()
        var counts: [Int] = []
        for length in stride(from: 0, through: 600, by: 50) {
            let text = World.request(
                "OPTIONS", branch: "z9hG4bKs\(length)", body: String(repeating: "x", count: length), type: "text/plain")
            let sent = wireForm(text).count
            world.inject(text, into: 0, from: Self.far)
            let answers = world.inbox()
            counts.append(answers.first?.challenges.count ?? 0)
            for answer in answers { #expect(answer.bytes.count <= sent) }
            world.advance(by: .seconds(3))
        }
        #expect(counts.first == 0 && counts.contains(1) && counts.last == 2 && counts == counts.sorted())
    }

    @Test("100,000 INVITEs under a caller's address do not keep it out once it got in, and cost next to nothing")
    func flood() throws {
        var world = Self.house()
        var caller = Phone()
        _ = caller.send(.options, to: &world)
        #expect(caller.send(.options, to: &world).map(\.status) == [200])
        let text = wireForm(caller.text())
        var sends = 0
        for number in 0..<100_000 {
            let outputs = world.houses[0].agent.receive(text, from: .udp(Self.far), to: world.houses[0].address, at: world.now)
            sends += outputs.count { if case .send = $0 { true } else { false } }
            if number % 1000 == 999 { world.now = world.now + .milliseconds(10) }
        }
        #expect(sends <= 16)
        #expect(world.snapshot(0).transactions <= 2 && world.snapshot(0).calls.isEmpty)
        #expect(caller.send(to: &world).isEmpty)
        #expect(world.incoming(0).count == 1)
    }

    @Test("20,000 stolen or invented credentials from as many addresses fill no table")
    func credentials() {
        var world = Self.house()
        var caller = Phone()
        _ = caller.send(.options, to: &world)
        var thief = caller
        var random = RandomSource(seed: 4)
        let fields = thief.client.headers(
            method: .options, uri: uri("sip:house0@10.0.0.1"), body: [], username: "gate", password: "guess", random: &random
        ).map { "\($0.name): \($0.value)" }
        let text = wireForm(caller.text("OPTIONS", fields: fields))
        var answers = 0
        for number in 0..<20_000 {
            let source = SocketAddress(.v4(0x0B00_0000 + UInt32(number)), port: 5060)
            let outputs = world.houses[0].agent.receive(text, from: .udp(source), to: world.houses[0].address, at: world.now)
            answers += outputs.count { if case .send = $0 { true } else { false } }
        }
        #expect(answers <= 64)
        #expect(world.snapshot(0).counters.wrongPasswords == 0 && world.snapshot(0).transactions == 0)
    }

    @Test("A response from elsewhere than the request went to does nothing")
    func forgedResponse() throws {
        var (world, invite) = try World.calling { $0.trust.everyone = false }
        var forged = Response(to: invite, status: 603, toTag: "x")
        forged.headers.append(HeaderField(name: "Contact", value: "<sip:x@203.0.113.9>"))
        let outputs = world.houses[0].agent.receive(
            forged.encoded(), from: .udp(Self.far), to: world.houses[0].address, at: world.now)
        #expect(outputs.allSatisfy { if case .log = $0 { true } else { false } })
        #expect(world.snapshot(0).counters.spoofed == 1)
        world.reply(200, to: invite, body: World.description())
        #expect(world.events(0, first).contains(.answered))
    }

    @Test("An ACK from elsewhere ends no waiting for the right one")
    func forgedAcknowledgement() throws {
        var world = Self.house { $0.trust.networks = [AddressRange(base: World.outsider.address, prefixLength: 32)] }
        world.inject(World.request("INVITE", body: World.description()), into: 0)
        world.perform(0, .answer(arrived))
        let answer = try #require(world.inbox().first { $0.status == 200 })
        world.inject(World.request("ACK", branch: "z9hG4bKack", toTag: answer.toTag), into: 0, from: Self.far)
        #expect(world.snapshot(0).counters.spoofed == 1)
        world.advance(by: .milliseconds(600))
        #expect(world.inbox().contains { $0.status == 200 })
    }
}
