import Base
import Testing

@testable import SIP

@Suite("Digest, the client's side: RFC 7616 §3, RFC 8760")
struct DigestTests {
    static func challenge(_ text: String, isProxy: Bool = false) throws -> Challenge {
        try #require(try Challenge.all(isProxy: isProxy, text).first)
    }

    static func headers(
        _ client: inout DigestClient, method: SIP.Method = .register, body: [UInt8] = [], username: String = "door",
        seed: UInt64 = 1
    ) -> [String] {
        var random = RandomSource(seed: seed)
        return client.headers(
            method: method, uri: URI(host: "pbx"), body: body, username: username, password: "secret", random: &random
        ).map { "\($0.name): \($0.value)" }
    }

    static func take(_ client: inout DigestClient, _ challenges: [Challenge]) -> Bool { client.take(challenges) }

    static func accept(_ client: inout DigestClient, _ response: Message) -> DigestClient.Proof {
        client.accept(response, username: "door", password: "secret")
    }

    private static let long = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    private static let longClient = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"

    struct Vector: Sendable {
        var user = "Mufasa"
        var realm: String
        var nonce: String
        var algorithm: String?
        var clientNonce: String
        var password: String
        var uri = "/dir/index.html"
        var response: String
    }

    @Test(
        "The examples of RFC 7616 §3.9.1, §3.9.2 (as corrected) and RFC 2617 §3.5 have their responses",
        arguments: [
            Vector(
                realm: "http-auth@example.org", nonce: long, algorithm: "MD5", clientNonce: longClient,
                password: "Circle of Life", response: "8ca523f5e9506fed4657c9700eebdbec"),
            Vector(
                realm: "http-auth@example.org", nonce: long, algorithm: "SHA-256", clientNonce: longClient,
                password: "Circle of Life", response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            Vector(
                realm: "testrealm@host.com", nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093", clientNonce: "0a4f113b",
                password: "Circle Of Life", response: "6629fae49393a05397450978507c4ef1"),
            Vector(
                user: "J\u{E4}s\u{F8}n Doe", realm: "api@example.org", nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
                algorithm: "SHA-512-256", clientNonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
                password: "Secret, or not?", uri: "/doe.json",
                response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"),
        ])
    func vector(_ vector: Vector) throws {
        let answer = DigestAnswer(
            algorithm: try #require(DigestAlgorithm(vector.algorithm)), username: vector.user, realm: vector.realm,
            nonce: vector.nonce, qop: "auth", nonceCount: "00000001", clientNonce: vector.clientNonce, method: "GET",
            uri: vector.uri, body: [])
        #expect(answer.response(password: vector.password) == vector.response)
    }

    @Test("A realm that takes hashed names gets one: the example of RFC 7616 §3.9.2 (as corrected)")
    func userhash() throws {
        var client = DigestClient()
        let text =
            "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, nonce=\"5Ts\", charset=UTF-8, userhash=true"
        #expect(Self.take(&client, [try Self.challenge(text)]))
        let answer = try #require(Self.headers(&client, username: "J\u{E4}s\u{F8}n Doe").first)
        #expect(answer.contains("username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b\""))
        #expect(answer.contains("userhash=true") && !answer.contains("Doe"))
    }

    @Test("Of several challenges the strongest known is answered, and a nonce used again counts up")
    func choice() throws {
        var client = DigestClient()
        let challenges = try ["NEW-HASH", "MD5", "SHA-256"].map {
            try Self.challenge("Digest realm=\"r\", nonce=\"n\", algorithm=\($0), qop=\"auth\"")
        }
        #expect(Self.take(&client, challenges))
        let first = try #require(Self.headers(&client).first)
        #expect(first.contains("algorithm=SHA-256") && first.contains("nc=00000001"))
        #expect(Self.headers(&client).first?.contains("nc=00000002") == true)
        #expect(!first.contains("secret"))
    }

    @Test("A proxy, another proxy and the server are answered at once, and each nonce has a count of its own")
    func realms() throws {
        var client = DigestClient()
        let asked = [
            try Self.challenge("Digest realm=\"a\", nonce=\"p1\", qop=\"auth\"", isProxy: true),
            try Self.challenge("Digest realm=\"b\", nonce=\"p2\", qop=\"auth\"", isProxy: true),
            try Self.challenge("Digest realm=\"a\", nonce=\"w\", qop=\"auth-int\", opaque=\"o \\\"q\\\"\""),
        ]
        #expect(Self.take(&client, asked))
        #expect(Self.headers(&client).count == 3)
        let answers = Self.headers(&client)
        #expect(answers.count == 3)
        #expect(answers.map { $0.hasPrefix("Proxy-Authorization: Digest") } == [true, true, false])
        for answer in answers { #expect(answer.contains("nc=00000002")) }
        #expect(answers.last?.contains("qop=auth-int") == true && answers.last?.contains("opaque=\"o \\\"q\\\"\"") == true)
        #expect(Self.take(&client, [try Self.challenge("Digest realm=\"b\", nonce=\"p3\", qop=\"auth\"", isProxy: true)]))
        let counts = Self.headers(&client).map { answer in
            answer.contains("nonce=\"p3\"") ? answer.contains("nc=00000001") : answer.contains("nc=00000003")
        }
        #expect(counts == [true, true, true])
    }

    @Test("Only with auth-int does the body count")
    func integrity() throws {
        func response(_ qop: String, _ body: [UInt8]) throws -> Substring? {
            var client = DigestClient()
            _ = client.take([try Self.challenge("Digest realm=\"r\", nonce=\"n\", qop=\"\(qop)\"")])
            let answer = try #require(Self.headers(&client, method: .invite, body: body).first)
            return answer.split(separator: ",").first { $0.contains("response=") }
        }
        #expect(try response("auth", [1]) == response("auth", [2]))
        #expect(try response("auth, auth-int", [1]) == response("auth", [2]))
        #expect(try response("auth-int", [1]) != response("auth-int", [2]))
    }

    @Test("A session variant keeps its first nonces in the hash while nextnonce moves on")
    func session() throws {
        var client = DigestClient()
        _ = client.take([try Self.challenge("Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=MD5-sess")])
        let first = try #require(Self.headers(&client, seed: 1).first)
        let afterName = try #require(first.split(separator: "cnonce=\"").last)
        let clientNonce = try #require(afterName.split(separator: "\"").first)
        #expect(Self.accept(&client, try Self.response("Authentication-Info: nextnonce=\"n2\"")) == .none)
        let next = try #require(Self.headers(&client, seed: 2).first)
        let expected = DigestAnswer(
            algorithm: try #require(DigestAlgorithm("MD5-sess")), username: "door", realm: "r", nonce: "n2", qop: "auth",
            nonceCount: "00000001", clientNonce: String(clientNonce), firstNonce: "n1", firstClientNonce: String(clientNonce),
            method: "REGISTER", uri: "sip:pbx", body: [])
        #expect(next.contains("response=\"\(expected.response(password: "secret"))\""))
    }

    static func response(_ field: String, body: String = "") throws -> Message {
        let lines = [
            "SIP/2.0 200 OK", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx", "From: <sip:a@b>;tag=1", "To: <sip:a@b>;tag=2",
            "Call-ID: c", "CSeq: 1 REGISTER", field, "Content-Length: \(body.utf8.count)", "", body,
        ]
        return try Message(parsing: Array(lines.joined(separator: "\r\n").utf8))
    }

    /// A client that sent one request, and what the server needs to prove itself with.
    static func asked(qop: String = "auth") throws -> (DigestClient, proof: DigestAnswer) {
        var client = DigestClient()
        _ = client.take([try challenge("Digest realm=\"r\", nonce=\"n1\", qop=\"\(qop)\", algorithm=SHA-256")])
        let sent = try #require(headers(&client).first)
        let afterName = try #require(sent.split(separator: "cnonce=\"").last)
        let clientNonce = try #require(afterName.split(separator: "\"").first)
        let answer = DigestAnswer(
            algorithm: try #require(DigestAlgorithm("SHA-256")), username: "door", realm: "r", nonce: "n1", qop: qop,
            nonceCount: "00000001", clientNonce: String(clientNonce), method: "", uri: "sip:pbx", body: Array("hello".utf8))
        return (client, answer)
    }

    @Test("A server's proof is checked, with the body where that is protected", arguments: ["auth", "auth-int"])
    func proof(qop: String) throws {
        var (client, answer) = try Self.asked(qop: qop)
        func field(_ digest: String) -> String {
            "Authentication-Info: nextnonce=\"n2\", qop=\(qop), rspauth=\"\(digest)\", cnonce=\"\(answer.clientNonce)\", nc=00000001"
        }
        let right = answer.response(password: "secret")
        let forged = try Self.response(field(answer.response(password: "guess")), body: "hello")
        #expect(Self.accept(&client, forged) == .wrong)
        #expect(Self.headers(&client).first?.contains("nonce=\"n1\"") == true, "a forger's nonce is not taken")
        let changed = try Self.response(field(right), body: "HELLO")
        #expect(Self.accept(&client, changed) == (qop == "auth" ? .right : .wrong))
        let honest = try Self.response(field(right), body: "hello")
        #expect(Self.accept(&client, honest) == .right)
        #expect(Self.headers(&client).first?.contains("nonce=\"n2\"") == true)
    }

    @Test("What is said about a request that we did not send, or by the wrong kind of server, changes nothing")
    func foreign() throws {
        var (client, _) = try Self.asked()
        for field in [
            "Authentication-Info: nextnonce=\"n2\", nc=00000009", "Authentication-Info: nextnonce=\"n2\", cnonce=\"other\"",
            "Proxy-Authentication-Info: nextnonce=\"n2\"", "Authentication-Info: nextnonce=\"\"", "Authentication-Info: =",
        ] {
            #expect(Self.accept(&client, try Self.response(field)) == .none)
        }
        #expect(Self.headers(&client).first?.contains("nonce=\"n1\"") == true)
    }

    @Test("Nothing is answered to schemes, algorithms and qualities that are unknown")
    func unknown() throws {
        var client = DigestClient()
        let challenges = try [
            "Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", algorithm=X", "Digest realm=\"r\", nonce=\"n\", qop=\"new\"",
            "Digest realm=\"r\", nonce=\"\"",
        ]
        .map { try Self.challenge($0) }
        #expect(!Self.take(&client, challenges))
        #expect(Self.headers(&client).isEmpty)
    }

    @Test("However many realms a server names, only so many are kept")
    func bounded() throws {
        var client = DigestClient()
        for number in 0..<1000 { _ = client.take([try Self.challenge("Digest realm=\"\(number)\", nonce=\"n\"")]) }
        #expect(Self.headers(&client).count == DigestClient.capacity)
    }

    @Test(
        "A challenge's parameters are found however they are written",
        arguments: [
            "Digest realm=\"a, \\\"b\\\"\", nonce=\"n\", stale=TRUE, qop=\"auth,auth-int\"",
            "DIGEST  Realm = \"a, \\\"b\\\"\" ,NONCE=\"n\",  stale=\"true\",qop=\"auth, auth-int\", domain=\"sip:x\", new=1",
        ])
    func spelling(text: String) throws {
        let challenge = try Self.challenge(text)
        #expect(challenge.realm == "a, \"b\"" && challenge.nonce == "n" && challenge.isStale)
        #expect(challenge.qop == ["auth", "auth-int"] && challenge.algorithm == nil && !challenge.takesUserHash)
    }
}
