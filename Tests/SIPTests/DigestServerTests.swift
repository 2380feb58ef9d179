import Base
import Testing

@testable import SIP

@Suite("Digest, the server's side: RFC 7616 §3.6, RFC 8760 §2.3")
struct DigestServerTests {
    static let source = IPAddress.v4(0xC000_0201)
    static let users = ["other": "x", "gate": "s3cret"].map { name, password in
        (name: name, password: password, algorithms: ["SHA-256", "SHA-512-256", "MD5"])
    }
    static let start = Instant() + .seconds(1000)

    /// A server and a phone that was challenged by it at `start`.
    struct Pair {
        var server = DigestServer(realm: "house", key: Array(repeating: 7, count: 32))
        var client = DigestClient()
        var random = RandomSource(seed: 3)

        init(algorithms: [String] = ["SHA-256", "MD5"], changing: (String) -> String = { $0 }) throws {
            let fields = server.challenges(
                for: DigestServerTests.source, isStale: false, algorithms: algorithms, at: DigestServerTests.start,
                random: &random)
            let challenges = try fields.map { try DigestTests.challenge(changing($0.value)) }
            #expect(DigestTests.take(&client, challenges))
        }

        /// The next request of the phone's.
        mutating func request(
            _ name: String = "gate", _ password: String = "s3cret", method: SIP.Method = .invite, body: String = ""
        ) throws -> Message {
            let uri = try URI("sip:house@10.0.0.1")
            let fields = client.headers(
                method: method, uri: uri, body: Array(body.utf8), username: name, password: password, random: &random)
            return try DigestServerTests.message(
                method: "\(method)", fields: fields.map { "\($0.name): \($0.value)" }, body: body)
        }

        mutating func check(
            _ request: Message, from source: IPAddress = DigestServerTests.source, after age: Duration = .seconds(1)
        ) -> DigestServer.Verdict {
            server.check(request, from: source, users: DigestServerTests.users, at: DigestServerTests.start + age) { _ in false }
        }
    }

    static func message(method: String = "INVITE", fields: [String], body: String = "") throws -> Message {
        let lines =
            [
                "\(method) sip:house@10.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx", "From: <sip:a@b>;tag=1",
                "To: <sip:house@10.0.0.1>", "Call-ID: c", "CSeq: 1 \(method)",
            ] + fields + ["Content-Length: \(body.utf8.count)", "", body]
        return try Message(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    @Test(
        "A phone that knows the password gets in, by each algorithm, with its name hashed or not",
        arguments: ["SHA-256", "SHA-512-256", "MD5", "MD5-sess", "SHA-256-sess"])
    func accepted(algorithm: String) throws {
        var pair = try Pair(algorithms: [algorithm])
        #expect(pair.check(try pair.request()) == .accepted(name: "gate"))
        var other = try Pair(algorithms: [algorithm]) { $0.replacing(", userhash=true", with: "") }
        #expect(other.check(try other.request()) == .accepted(name: "gate"))
    }

    @Test("The challenges prefer SHA-256, and each says what RFC 7616 §3.3 wants")
    func challenges() throws {
        let pair = try Pair()
        var random = RandomSource(seed: 1)
        let fields = pair.server.challenges(for: Self.source, isStale: true, at: Self.start, random: &random)
        #expect(fields.map(\.name) == ["WWW-Authenticate", "WWW-Authenticate"])
        let challenges = try fields.map { try DigestTests.challenge($0.value) }
        #expect(challenges.map(\.algorithm) == ["SHA-256", "MD5"])
        for challenge in challenges {
            #expect(challenge.realm == "house" && challenge.qop == ["auth", "auth-int"] && challenge.isStale)
        }
    }

    @Test("A wrong password and an unknown name are the same")
    func wrong() throws {
        var pair = try Pair { $0.replacing(", userhash=true", with: "") }
        #expect(pair.check(try pair.request("gate", "S3cret")) == .wrong(name: "gate"))
        #expect(pair.check(try pair.request("nobody", "s3cret")) == .wrong(name: "nobody"))
        #expect(pair.check(try pair.request("nobody", "")) == .wrong(name: "nobody"))
        #expect(pair.check(try pair.request()) == .accepted(name: "gate"))
    }

    @Test("A request that was changed on its way is refused where its body is protected", arguments: ["auth", "auth-int"])
    func body(qop: String) throws {
        var pair = try Pair { $0.replacing("auth,auth-int", with: qop) }
        let honest = try pair.request(body: "v=0")
        let fields = honest.headers("Authorization").map { "Authorization: \($0)" }
        let changed = try Self.message(fields: fields, body: "v=1")
        #expect(pair.check(changed) == (qop == "auth" ? .accepted(name: "gate") : .wrong(name: "gate")))
        let method = try Self.message(method: "OPTIONS", fields: fields, body: "v=0")
        #expect(pair.check(method) == .wrong(name: "gate"))
    }

    @Test("A nonce is good for one source, for five minutes, and only if it was made here")
    func nonces() throws {
        var pair = try Pair()
        let request = try pair.request()
        #expect(pair.check(request, from: .v4(1)) == .stale)
        #expect(pair.check(request, after: .seconds(300)) == .stale)
        #expect(pair.check(request, after: .seconds(-1)) == .stale)
        #expect(pair.check(request, after: .seconds(299)) == .accepted(name: "gate"))
        var stranger = try Pair()
        stranger.server = DigestServer(realm: "house", key: Array(repeating: 8, count: 32))
        #expect(stranger.check(try stranger.request()) == .stale)
        var forger = try Pair { $0.replacing("nonce=\"000003e8", with: "nonce=\"000003e9") }
        #expect(forger.check(try forger.request(), after: .seconds(2)) == .stale)
    }

    @Test("The same credentials are good once; later ones may overtake each other by less than 64")
    func replay() throws {
        var pair = try Pair()
        let requests = try (0..<200).map { _ in try pair.request() }
        let order = [0, 2, 1, 5, 3, 100, 36, 37, 199, 136, 135]
        let isAdmitted = order.map { pair.check(requests[$0]) == .accepted(name: "gate") }
        #expect(isAdmitted == [true, true, true, true, true, true, false, true, true, true, false])
        for index in order { #expect(pair.check(requests[index]) == .stale) }
    }

    @Test("A client without qop may use a nonce once")
    func withoutCount() throws {
        var pair = try Pair { $0.replacing("qop=\"auth,auth-int\", ", with: "") }
        #expect(pair.check(try pair.request()) == .accepted(name: "gate"))
        #expect(pair.check(try pair.request()) == .stale)
    }

    @Test("Challenges cost no memory, and right passwords only so much; what was forgotten is no replay")
    func bounded() throws {
        var pair = try Pair()
        let first = try pair.request()
        #expect(pair.check(first) == .accepted(name: "gate"))
        for second in 1...2 * NonceCounts.capacity {
            let now = Self.start + .milliseconds(Int64(second) * 100)
            let fields = pair.server.challenges(for: Self.source, isStale: false, at: now, random: &pair.random)
            _ = pair.client.take(try fields.map { try DigestTests.challenge($0.value) })
            let request = try pair.request()
            _ = pair.check(request, after: now - Self.start)
            #expect(pair.server.remembered <= NonceCounts.capacity)
        }
        #expect(pair.check(first, after: .seconds(60)) == .stale)
        #expect(pair.check(try pair.request(), after: .seconds(60)) == .accepted(name: "gate"))
        let late = Duration.seconds(1000)
        let fields = pair.server.challenges(for: Self.source, isStale: false, at: Self.start + late, random: &pair.random)
        _ = pair.client.take(try fields.map { try DigestTests.challenge($0.value) })
        #expect(pair.check(try pair.request(), after: late) == .accepted(name: "gate"))
        #expect(pair.server.remembered == 1)
    }

    @Test("Credentials for another address of this house count only when it says so")
    func address() throws {
        var pair = try Pair()
        let request = try pair.request()
        let field = try #require(request.header("Authorization"))
        var moved = "INVITE sip:door@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\n"
        moved += "To: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nAuthorization: \(field)\r\nContent-Length: 0\r\n\r\n"
        let other = try Message(parsing: Array(moved.utf8))
        #expect(pair.check(other) == .foreign)
        let verdict = pair.server.check(other, from: Self.source, users: Self.users, at: Self.start) { $0.user == "house" }
        #expect(verdict == .accepted(name: "gate"))
    }

    @Test(
        "What is no digest for this realm asks for one",
        arguments: [
            "X: y", "Authorization: Basic Z2F0ZTpzM2NyZXQ=", "Authorization: Digest username=\"gate\"",
            "Authorization: Digest username=\"gate\", realm=\"else\", nonce=\"n\", uri=\"sip:a\", response=\"r\"",
            "Authorization: Digest username=\"gate\", realm=\"house\", nonce=\"n\", uri=\"sip:a\", response=\"r\", algorithm=SHA-1",
            "Authorization: Digest username=\"gate\", realm=\"house\", nonce=\"n\", uri=\"sip:a\", response=\"r\", qop=auth",
            "Authorization: Digest username=\"gate\", realm=\"house\", nonce=\"n\", uri=\"sip:a\", response=\"r\", qop=auth, nc=+0000001, cnonce=\"c\"",
            "Authorization: Digest username=\"gate\", realm=\"house\", nonce=\"n\", uri=\"sip:a\", response=\"r\", qop=x, nc=00000001, cnonce=\"c\"",
            "Authorization: Digest username*=UTF-8''%C3%2, realm=\"house\", nonce=\"n\", uri=\"sip:a\", response=\"r\"",
        ])
    func absent(field: String) throws {
        var pair = try Pair()
        #expect(pair.check(try Self.message(fields: [field])) == .absent)
    }

    @Test("A name as RFC 5987 writes it is read")
    func extendedName() {
        let credentials = DigestCredentials(
            "Digest username*=UTF-8''J%C3%A4s%c3%b8n%20Doe, realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"x\"")
        #expect(credentials?.username == "J\u{E4}s\u{F8}n Doe")
    }
}
