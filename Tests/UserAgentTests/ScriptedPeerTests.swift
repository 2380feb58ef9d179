import Base
import Simulator
import Testing

@Suite("Scripted peers and the simulated registrar")
struct ScriptedPeerTests {
    private let network = VirtualNetwork(seed: 1)

    @Test("Two scripted peers carry a call through")
    func call() throws {
        let callee = ScriptedPeer(on: network, at: SocketAddress(.v4(0x0A00_0002), port: 5060), user: "callee")
        let caller = ScriptedPeer(on: network, at: SocketAddress(.v4(0x0A00_0003), port: 5060), user: "caller")
        callee.script = { peer, item in
            if item.message.method == "INVITE" {
                peer.respond(to: item, 180, "Ringing", tag: "callee-tag")
                peer.after(.seconds(2)) { peer.respond(to: item, 200, "OK", tag: "callee-tag") }
            } else if item.message.method == "BYE" {
                peer.respond(to: item, 200)
            }
        }
        let call = ScriptedCall(caller, calls: "sip:callee@10.0.0.2", at: callee.address)
        caller.script = { _, item in call.acknowledge(item.message) }
        call.invite(sdp: ScriptedSDP.audio(caller.address))
        network.advance(by: .seconds(3))
        caller.script = { _, _ in }
        call.request("BYE")
        network.advance(by: .seconds(1))
        #expect(callee.summaries == ["INVITE", "ACK", "BYE"])
        #expect(caller.summaries == ["180 INVITE", "200 INVITE", "200 BYE"])
        let bye = try #require(callee.messages("BYE").first)
        #expect(bye.uri == "sip:callee@10.0.0.2:5060")
        #expect(bye.fromTag == "peer-tag" && bye.toTag == "callee-tag" && bye.sequence == 2)
    }

    /// The response was computed with md5sum.
    @Test("The registrar lets the right digest in, refuses a wrong one, and notices a nonce count used twice")
    func registrar() throws {
        let registrar = SimulatedRegistrar(on: network, at: SocketAddress(.v4(0x0A00_0002), port: 5060))
        registrar.policy.passwords = ["door": "secret"]
        let client = ScriptedPeer(on: network, at: SocketAddress(.v4(0x0A00_0003), port: 5060), user: "door")
        var sequence = 0
        func register(_ credentials: String?) {
            sequence += 1
            client.request(
                "REGISTER", "sip:pbx.example", to: registrar.peer.address,
                fields: [
                    "From: <sip:door@pbx.example>;tag=a", "To: <sip:door@pbx.example>", "Call-ID: r",
                    "CSeq: \(sequence) REGISTER",
                    "Contact: <\(client.uri)>", "Expires: 300",
                ] + (credentials.map { ["Authorization: Digest " + $0] } ?? []))
            network.advance(by: .milliseconds(10))
        }
        register(nil)
        #expect(client.messages("401 REGISTER").first?["www-authenticate"]?.contains("nonce=\"nonce-1\"") == true)
        // HA1 = md5("door:pbx.example:secret"), HA2 = md5("REGISTER:sip:pbx.example"), nc 00000001, cnonce "c".
        let right =
            #"username="door", realm="pbx.example", nonce="nonce-1", uri="sip:pbx.example", qop=auth, nc=00000001, cnonce="c", response="#
        register(right + "\"50107f9dc14f1bbaf468a1047b0a2bb1\"")
        #expect(registrar.isRegistered("sip:door@pbx.example"))
        #expect(registrar.accepted.map(\.expires) == [300])
        #expect(registrar.violations.isEmpty)
        register(right + "\"50107f9dc14f1bbaf468a1047b0a2bb1\"")
        #expect(registrar.violations == ["nonce count 00000001 after 1"])
        register(right + "\"00000000000000000000000000000000\"")
        #expect(client.summaries.last == "403 REGISTER")
    }
}
