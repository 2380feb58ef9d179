import Base
import Testing

@testable import SIP

@Suite("Digest: RFC 7616, RFC 2617")
struct DigestTests {
    static func challenge(_ text: String, isProxy: Bool = false) throws -> Challenge {
        try #require(try Challenge.all(isProxy: isProxy, text).first)
    }

    @Test(
        "The examples of RFC 7616 §3.9.1 and RFC 2617 §3.5 have their printed responses",
        arguments: [
            (
                "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "MD5",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec"
            ),
            (
                "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "SHA-256",
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", "Circle of Life",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
            ),
            (
                "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", nil, "0a4f113b", "Circle Of Life",
                "6629fae49393a05397450978507c4ef1"
            ),
        ] as [(String, String, String?, String, String, String)])
    func vector(realm: String, nonce: String, algorithm: String?, clientNonce: String, password: String, response: String) throws
    {
        var text = "Digest realm=\"\(realm)\", qop=\"auth, auth-int\", nonce=\"\(nonce)\""
        if let algorithm { text += ", algorithm=\(algorithm)" }
        let challenge = try Self.challenge(text)
        let answer = DigestAnswer(
            challenge: challenge, algorithm: try #require(DigestAlgorithm(algorithm)), qop: "auth", count: 1,
            clientNonce: clientNonce, method: "GET", uri: "/dir/index.html", body: [], username: "Mufasa")
        #expect(answer.response(password: password) == response)
    }

    @Test("Of several challenges the strongest known is answered, and a nonce used again counts up")
    func choice() throws {
        var client = DigestClient()
        var random = RandomSource(seed: 1)
        let challenges = try ["NEW-HASH", "MD5", "SHA-256"].map {
            try Self.challenge("Digest realm=\"r\", nonce=\"n\", algorithm=\($0), qop=\"auth\"")
        }
        func answer() -> String {
            client.authorization(
                for: challenges, method: .register, uri: URI(host: "pbx"), body: [], username: "door", password: "secret",
                random: &random)?
                .value ?? ""
        }
        let first = answer()
        #expect(first.contains("algorithm=SHA-256") && first.contains("nc=00000001"))
        #expect(answer().contains("nc=00000002"))
        #expect(!first.contains("secret"))
    }

    @Test("Nothing is answered to schemes, algorithms and qualities that are unknown")
    func unknown() throws {
        var client = DigestClient()
        var random = RandomSource(seed: 1)
        let challenges = try [
            "Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", algorithm=X", "Digest realm=\"r\", nonce=\"n\", qop=\"new\"",
        ]
        .map { try Self.challenge($0) }
        #expect(
            client.authorization(
                for: challenges, method: .register, uri: URI(host: "pbx"), body: [], username: "u", password: "p", random: &random
            ) == nil)
    }
}
