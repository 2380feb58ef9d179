import Base
import Certificates
import Runtime
import SIP
import Simulator
import Testing

@Suite("A house that speaks TCP and TLS")
struct StreamStories {
    private static let authority = Certificate.authority()

    private static func configuration(_ registrar: String, target: String) -> String {
        Street.configuration(
            [
                "[sip]": "[sip]\ntls_authorities_file = \"ca.pem\"",
                "targets = [\"sip:kitchen@10.0.0.2\"]": "targets = [\"\(target)\"]\naccount = \"pbx\"",
            ],
            adding: """

                [accounts.pbx]
                address = "sip:door@pbx.example"
                registrar = "\(registrar)"
                password = "secret"
                """)
    }

    /// A street whose PBX is reached by streams only: its registrar, and what stands before it.
    private struct Exchange {
        let street: Street
        let registrar: SimulatedRegistrar
        let gateway: StreamGateway

        init(
            _ kind: Transport, registrar uri: String, target: String = "sip:kitchen@pbx.example",
            certificate: Certificate = Certificate(alternativeNames: "DNS:pbx.example", issuer: authority)
        ) throws {
            street = try Street(
                StreamStories.configuration(uri, target: target), files: ["ca.pem": authority.certificate], starts: false)
            var policy = SimulatedRegistrar.Policy()
            policy.passwords = ["door": "secret"]
            registrar = SimulatedRegistrar(on: street.network, at: Street.pbxAddress, policy: policy)
            var tls = TLSSettings()
            tls.certificates = certificate.certificate
            tls.key = certificate.key
            gateway = try StreamGateway(
                of: Street.pbxAddress, by: kind, port: kind.defaultPort, for: street.house, on: street.network, tls: tls)
            street.house.start()
            street.advance(.seconds(2))
        }

        var isRegistered: Bool { registrar.isRegistered("sip:door@pbx.example") }
    }

    @Test(
        "An account registers and calls over one connection, and the call ends by it",
        arguments: [
            (Transport.tcp, "sip:pbx.example;transport=tcp", "sip:kitchen@pbx.example;transport=tcp"),
            (.tls, "sip:pbx.example;transport=tls", "sip:kitchen@pbx.example;transport=tls"),
            (.tls, "sips:pbx.example", "sips:kitchen@pbx.example"),
        ])
    func call(kind: Transport, registrar: String, target: String) throws {
        let exchange = try Exchange(kind, registrar: registrar, target: target)
        let street = exchange.street
        #expect(exchange.isRegistered)
        #expect(exchange.registrar.violations == [])
        let binding = exchange.registrar.bindings["sip:door@pbx.example"]?.contact
        #expect(binding?.contains("10.0.0.1") == true)
        exchange.registrar.otherwise = { peer, item in
            switch item.message.method {
            case "INVITE" where item.message.isRequest:
                peer.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(Street.kitchenSound))
            case "ACK": break
            default: if item.message.isRequest { peer.respond(to: item, 200, "OK") }
            }
        }
        street.house.press("bell")
        street.advance(.seconds(3))
        let peer = exchange.registrar.peer
        let invite = try #require(peer.messages("INVITE").first)
        #expect(invite["via"]?.hasPrefix("SIP/2.0/\(kind.viaName) ") == true)
        #expect(peer.messages("ACK").count == 1)
        street.house.command(.hangUp(nil))
        street.advance(.seconds(1))
        #expect(street.endings == ["local-hang-up"])
        #expect(peer.messages("BYE").count == 1)
        // All of it by one connection, and nothing by UDP.
        #expect(exchange.gateway.callers.count == 1)
        #expect(exchange.gateway.transport.figures.accepted == 1)
        #expect(
            !street.network.packets.contains { $0.datagram.source == Street.houseAddress && $0.datagram.destination.port == 5060 }
        )
    }

    @Test("The PBX calls the house over the connection that the house registered by")
    func incoming() throws {
        let exchange = try Exchange(.tls, registrar: "sip:pbx.example;transport=tls")
        let peer = exchange.registrar.peer
        let way = try #require(exchange.gateway.callers.first)
        peer.request(
            "INVITE", "sip:door@10.0.0.1", to: way.address,
            fields: [
                "From: <sip:201@pbx.example>;tag=a", "To: <sip:door@pbx.example>", "Call-ID: in", "CSeq: 1 INVITE",
                "Contact: <sip:201@10.0.0.4>",
            ], sdp: ScriptedSDP.audio(Street.kitchenSound))
        exchange.street.advance(.seconds(1))
        #expect(peer.summaries.contains("180 INVITE"))
        #expect(exchange.street.house.events("call-started").count == 1)
    }

    @Test("A certificate of another name, or of an unknown authority: nothing is sent, and the log says why")
    func refusedCertificates() throws {
        for (certificate, words) in [
            (
                Certificate(alternativeNames: "DNS:other.example", issuer: Self.authority),
                "is for other.example, not for pbx.example"
            ),
            (Certificate(alternativeNames: "DNS:pbx.example"), "is not believed: self-signed certificate"),
        ] {
            let exchange = try Exchange(.tls, registrar: "sips:pbx.example", certificate: certificate)
            #expect(!exchange.isRegistered)
            #expect(exchange.gateway.callers.isEmpty)
            #expect(exchange.street.house.log.contains("connection-failed"))
            #expect(exchange.street.house.log.contains(words))
        }
    }

    @Test("A registration is made anew, by a new connection, when its own breaks")
    func brokenFlow() throws {
        let exchange = try Exchange(.tcp, registrar: "sip:pbx.example;transport=tcp")
        exchange.street.advance(.seconds(60))
        #expect(exchange.registrar.accepted.count == 1)
        exchange.gateway.breakStreams()
        exchange.street.advance(.seconds(5))
        #expect(exchange.registrar.accepted.count == 2)
        #expect(exchange.gateway.callers.count == 2)
    }

    @Test("The house moves: connections from where it no longer is are given up, and it registers from where it is now")
    func moving() throws {
        let exchange = try Exchange(.tcp, registrar: "sip:pbx.example;transport=tcp")
        exchange.street.house.move(to: .v4(0x0A00_0055))
        exchange.street.advance(.seconds(3))
        #expect(!exchange.street.house.log.contains("registration-failed"))
        #expect(exchange.registrar.accepted.count == 2)
        #expect(exchange.registrar.bindings["sip:door@pbx.example"]?.contact.contains("10.0.0.85") == true)
        #expect(exchange.gateway.callers.count == 2)
    }

    @Test("A caller by TCP is served, and who is not trusted gets the same refusal as by UDP")
    func callers() throws {
        let street = try Street()
        for (source, isTrusted) in [(Street.kitchenAddress.address, true), (IPAddress.v4(0xC633_6401), false)] {
            let heard = Journal()
            let stream = street.house.connect(to: Street.houseAddress, from: source)
            stream.onEvent { event in
                if case .received(let bytes) = event { heard.write(bytes) }
            }
            street.advance(.milliseconds(20))
            let request = """
                OPTIONS sip:door@10.0.0.1 SIP/2.0\r
                Via: SIP/2.0/TCP 10.0.0.2;branch=z9hG4bK1\r
                From: <sip:kitchen@10.0.0.2>;tag=1\r
                To: <sip:door@10.0.0.1>\r
                Call-ID: c\r
                CSeq: 1 OPTIONS\r
                Max-Forwards: 70\r
                Content-Length: 0\r
                \r

                """
            street.house.write(Array(request.utf8), to: stream)
            street.advance(.milliseconds(20))
            let text = heard.text
            #expect(text.hasPrefix(isTrusted ? "SIP/2.0 200" : "SIP/2.0 403"), "\(text)")
            street.house.write(Array("OPTIONS sip:a SIP/2.0\r\nContent-Length: -1\r\n\r\n".utf8), to: stream)
            street.advance(.milliseconds(20))
            // Who cannot frame is cut; nothing could be copied into an answer.
            #expect(heard.text == text)
        }
        #expect(street.house.log.contains("stream-malformed"))
    }
}
