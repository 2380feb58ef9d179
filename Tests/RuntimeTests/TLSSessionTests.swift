import COpenSSL
import Certificates
import Testing

@testable import Runtime

@Suite("TLS: RFC 5922 §7, RFC 8996")
struct TLSSessionTests {
    static let authority = Certificate.authority()

    /// Both ends in memory; each error as its end says it.
    private struct Pair {
        let client: TLSSession
        let server: TLSSession
        var clientError: TLSError?
        var serverError: TLSError?
        var toServer: [UInt8] = []
        var toClient: [UInt8] = []

        init(client: TLSContext, server: TLSContext, peerName: String) throws {
            self.client = try TLSSession(client, peerName: peerName)
            self.server = try TLSSession(server, peerName: "client")
            try self.client.start()
            try self.server.start()
            exchange()
        }

        /// Carries bytes both ways, `size` at a time, until there are none.
        mutating func exchange(by size: Int = 100_000) {
            for _ in 0..<100_000 {
                toServer += client.takeOutput()
                toClient += server.takeOutput()
                if toServer.isEmpty, toClient.isEmpty { return }
                let (up, down) = (Array(toServer.prefix(size)), Array(toClient.prefix(size)))
                toServer.removeFirst(up.count)
                toClient.removeFirst(down.count)
                do throws(TLSError) { heardByServer += try server.receive(up) } catch { serverError = serverError ?? error }
                do throws(TLSError) { heardByClient += try client.receive(down) } catch { clientError = clientError ?? error }
            }
        }

        var heardByServer: [UInt8] = []
        var heardByClient: [UInt8] = []
    }

    private func client(_ authorities: [UInt8]? = TLSSessionTests.authority.certificate) throws -> TLSContext {
        var settings = TLSSettings()
        settings.authorities = authorities
        return try TLSContext(.client, settings)
    }

    private func server(_ certificate: Certificate, minimum: TLSSettings.Version = .tls12) throws -> TLSContext {
        var settings = TLSSettings()
        settings.certificates = certificate.certificate
        settings.key = certificate.key
        settings.minimum = minimum
        return try TLSContext(.server, settings)
    }

    @Test(
        "The certificate must be for the SIP domain that was asked for",
        arguments: [
            ("pbx.example", "DNS:pbx.example" as String?, nil as String?, true),
            ("pbx.example", "DNS:a.example,DNS:PBX.example", nil, true),
            ("pbx.example", "URI:sip:pbx.example", nil, true),
            ("pbx.example", nil, "pbx.example", true),
            ("127.0.0.1", "IP:127.0.0.1", nil, true),
            ("::1", "IP:::1", nil, true),
            ("pbx.example", "DNS:*.example", nil, false),
            ("pbx.example", "DNS:other.example", "pbx.example", false),
            ("pbx.example", "email:a@pbx.example", "pbx.example", false),
            ("127.0.0.1", "DNS:127.0.0.1", nil, false),
        ])
    func names(asked: String, alternativeNames: String?, commonName: String?, isRight: Bool) throws {
        let certificate = Certificate(commonName: commonName, alternativeNames: alternativeNames, issuer: Self.authority)
        let pair = try Pair(client: client(), server: server(certificate), peerName: asked)
        #expect(pair.client.isEstablished == isRight)
        if !isRight {
            #expect(pair.clientError?.description.hasPrefix("the certificate is for ") == true)
            #expect(pair.clientError?.description.hasSuffix(", not for \(asked)") == true)
        }
    }

    @Test("Bytes pass both ways, also one by one, and an end is told")
    func exchange() throws {
        let certificate = Certificate(alternativeNames: "DNS:a", issuer: Self.authority)
        var pair = try Pair(client: client(), server: server(certificate), peerName: "a")
        #expect(pair.client.version == "TLSv1.3")
        let long = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        try pair.client.send(long)
        try pair.server.send([1, 2, 3])
        pair.exchange(by: 1)
        #expect(pair.heardByServer == long)
        #expect(pair.heardByClient == [1, 2, 3])
        pair.client.end()
        pair.exchange()
        #expect(pair.server.isEnded)
    }

    @Test(
        "A certificate that is not to be believed is refused, in words",
        arguments: [
            (
                Certificate(alternativeNames: "DNS:a", validFrom: -7200, validTo: -60, issuer: TLSSessionTests.authority),
                "expired"
            ),
            (
                Certificate(alternativeNames: "DNS:a", validFrom: 3600, validTo: 7200, issuer: TLSSessionTests.authority),
                "not yet valid"
            ),
            (Certificate(alternativeNames: "DNS:a", issuer: .authority("Somebody Else")), "issuer"),
            (Certificate(alternativeNames: "DNS:a"), "self-signed"),
            // Signed by somebody who may not sign.
            (
                Certificate(
                    alternativeNames: "DNS:a", issuer: Certificate(commonName: "Leaf", issuer: TLSSessionTests.authority)),
                "issuer"
            ),
        ])
    func unbelieved(certificate: Certificate, reason: String) throws {
        let pair = try Pair(client: client(), server: server(certificate), peerName: "a")
        #expect(!pair.client.isEstablished)
        let words = pair.clientError?.description ?? ""
        #expect(words.hasPrefix("the certificate of a is not believed: "))
        #expect(words.contains(reason), "\(words)")
        // The other side learns why, too.
        #expect(pair.serverError?.description.contains("alert") == true)
    }

    @Test("Certificates between ours and its authority are sent along")
    func chain() throws {
        let between = Certificate(commonName: "Between", isAuthority: true, issuer: Self.authority)
        let leaf = Certificate(alternativeNames: "DNS:a", issuer: between)
        var settings = TLSSettings()
        settings.certificates = leaf.certificate + between.certificate
        settings.key = leaf.key
        let pair = try Pair(client: client(), server: TLSContext(.server, settings), peerName: "a")
        #expect(pair.client.isEstablished)
    }

    @Test("Nothing older than TLS 1.2 is spoken, by neither side; nor than 1.3 when that is asked for")
    func versions() throws {
        let certificate = Certificate(alternativeNames: "DNS:a", issuer: Self.authority)
        let old = try client()
        _ = copenssl_set_versions(old.pointer, TLS1_VERSION, TLS1_1_VERSION)
        SSL_CTX_set_security_level(old.pointer, 0)
        SSL_CTX_set_cipher_list(old.pointer, "ALL:@SECLEVEL=0")
        let pair = try Pair(client: old, server: server(certificate), peerName: "a")
        #expect(!pair.client.isEstablished)
        #expect(pair.serverError?.description.contains("unsupported protocol") == true, "\(String(describing: pair.serverError))")

        let oldServer = try server(certificate)
        _ = copenssl_set_versions(oldServer.pointer, TLS1_VERSION, TLS1_1_VERSION)
        SSL_CTX_set_security_level(oldServer.pointer, 0)
        #expect(try Pair(client: client(), server: oldServer, peerName: "a").client.isEstablished == false)

        let middle = try client()
        _ = copenssl_set_versions(middle.pointer, TLS1_2_VERSION, TLS1_2_VERSION)
        #expect(try Pair(client: middle, server: server(certificate), peerName: "a").client.isEstablished)
        #expect(
            try Pair(client: middle, server: server(certificate, minimum: .tls13), peerName: "a").client.isEstablished == false)
    }

    @Test("A server that asks for a certificate is shown ours")
    func clientCertificate() throws {
        let own = Certificate(commonName: "door", alternativeNames: "DNS:door", issuer: Self.authority)
        var settings = TLSSettings()
        settings.authorities = Self.authority.certificate
        settings.certificates = own.certificate
        settings.key = own.key
        let strict = try server(Certificate(alternativeNames: "DNS:a", issuer: Self.authority))
        SSL_CTX_set_verify(strict.pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        let bio = BIO_new(BIO_s_mem())
        _ = Self.authority.certificate.withUnsafeBytes { BIO_write(bio, $0.baseAddress, Int32($0.count)) }
        X509_STORE_add_cert(SSL_CTX_get_cert_store(strict.pointer), copenssl_read_certificate(bio))
        let pair = try Pair(client: TLSContext(.client, settings), server: strict, peerName: "a")
        #expect(pair.server.isEstablished)
        #expect(try Pair(client: client(), server: strict, peerName: "a").server.isEstablished == false)
    }

    @Test("What is no TLS is refused")
    func rubbish() throws {
        let server = try TLSSession(server(Certificate(alternativeNames: "DNS:a")), peerName: "x")
        try server.start()
        #expect(throws: TLSError.self) { try server.receive(Array("OPTIONS sip:a SIP/2.0\r\n\r\n".utf8)) }
        let client = try TLSSession(client(), peerName: "a")
        try client.start()
        #expect(throws: TLSError.self) { try client.receive(Array("SIP/2.0 200 OK\r\n\r\n".utf8)) }
    }

    @Test("Certificates and keys that cannot be used are told in words")
    func material() throws {
        let one = Certificate(alternativeNames: "DNS:a")
        let other = Certificate(alternativeNames: "DNS:a")
        func error(_ role: TLSContext.Role, _ change: (inout TLSSettings) -> Void) -> String? {
            var settings = TLSSettings()
            settings.certificates = one.certificate
            settings.key = one.key
            change(&settings)
            do throws(TLSError) {
                _ = try TLSContext(role, settings)
                return nil
            } catch {
                return error.description
            }
        }
        #expect(error(.server) { _ in } == nil)
        #expect(error(.server) { $0.key = nil } == "a server needs a certificate and its key")
        #expect(error(.server) { $0.key = other.key } == "the key is not that of the certificate")
        #expect(error(.server) { $0.key = [] }?.hasPrefix("the key") == true)
        #expect(error(.server) { $0.key = Array("rubbish".utf8) }?.hasPrefix("the key: it must be PEM") == true)
        #expect(error(.client) { $0.authorities = Array("rubbish".utf8) }?.hasPrefix("the authorities: no certificate") == true)
        #expect(error(.server) { $0.certificates = one.key }?.hasPrefix("the certificate: no certificate in PEM") == true)
    }
}
