import Configuration
import Testing

private let certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"
private let key = "-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----"

@Suite("Transports of SIP in the configuration")
struct TransportTests {
    private let vault = Vault(files: [
        "c.pem": .success(certificate), "k.pem": .success(key), "open.pem": .failure(.readableByOthers(mode: 0o644)),
        "text": .success("hello"),
    ])

    @Test("UDP and TCP by default, TLS with a certificate, and whatever is said")
    func transports() {
        #expect(read("").house?.sip.transports == [.udp, .tcp])
        let tls = "[sip]\ntls_certificate_file = \"c.pem\"\ntls_key_file = \"k.pem\"\n"
        let house = read(tls + "tls_port = 5071\ntls_minimum = \"1.3\"\ntls_authorities_file = \"c.pem\"", secrets: vault).house
        #expect(house?.sip.transports == [.udp, .tcp, .tls])
        #expect(house?.sip.tlsPort == 5071)
        #expect(house?.sip.tls.minimum == .tls13)
        #expect(house?.sip.tls.key == Secret(key))
        #expect(house?.sip.tls.certificate == certificate)
        #expect(house?.sip.tls.authorities == certificate)
        #expect(read(tls + "transports = [\"tls\"]", secrets: vault).house?.sip.transports == [.tls])
    }

    @Test(
        "What cannot be is told where it stands",
        arguments: [
            ("transports = []", "house.toml:2:14: sip.transports is empty, wrong, or has one twice; expected at least one"),
            (
                "transports = [\"udp\", \"tls\"]",
                "house.toml:2:14: sip listens by TLS without a certificate; expected tls_certificate_file and tls_key_file"
            ),
            (
                "tls_certificate_file = \"c.pem\"",
                "house.toml:1:2: sip has a TLS certificate but no key; expected tls_certificate_file with tls_key_file or tls_key_credential"
            ),
            (
                "tls_key_file = \"open.pem\"\ntls_certificate_file = \"c.pem\"",
                "house.toml:2:16: the secret \"open.pem\" may be read by everyone (mode 644); expected mode 600 or 640"
            ),
            (
                "tls_key_file = \"text\"\ntls_certificate_file = \"c.pem\"",
                "house.toml:1:2: the TLS key is none; expected a private key in PEM, without a password"
            ),
            ("tls_authorities_file = \"text\"", "house.toml:2:24: the file \"text\" holds no certificate; expected PEM"),
            ("tls_authorities_file = \"gone\"", "house.toml:2:24: the file \"gone\" is not there; expected a file in PEM"),
            ("tls_minimum = \"1.1\"", "house.toml:2:15: sip.tls_minimum is \"1.1\"; expected \"1.2\" or \"1.3\""),
        ])
    func problems(text: String, report: String) {
        #expect(read("[sip]\n" + text, secrets: vault).problems == [report])
    }

    @Test("An account may be reached by sips:")
    func secureAccount() {
        let text = "[accounts.pbx]\naddress = \"sips:door@pbx.example\"\nregistrar = \"sips:pbx.example\""
        #expect(read(text).house?.accounts["pbx"]?.registrar == "sips:pbx.example")
        #expect(read("[accounts.pbx]\naddress = \"sipsy:door@pbx.example\"").problems.count == 1)
    }
}
