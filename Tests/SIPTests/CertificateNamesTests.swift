import Base
import Testing

@testable import SIP

@Suite("SIP domains in certificates: RFC 5922 §7")
struct CertificateNamesTests {
    @Test(
        "DNS names and sip: URIs name domains, in any case and whole; the common name only when there is nothing else",
        arguments: [
            (CertificateNames(domains: ["pbx.example"]), "pbx.example", true),
            (CertificateNames(domains: ["PBX.example"]), "pbx.EXAMPLE.", true),
            (CertificateNames(domains: ["pbx.example"]), "example", false),
            (CertificateNames(domains: ["example"]), "pbx.example", false),
            (CertificateNames(domains: ["*.example"]), "pbx.example", false),
            (CertificateNames(domains: ["*.example"]), "*.example", false),
            (CertificateNames(uris: ["SIP:pbx.example"]), "pbx.example", true),
            (CertificateNames(uris: ["sip:pbx.example:5061;transport=tcp"]), "pbx.example", true),
            // A URI that is no SIP domain takes nothing away from the DNS names; one that is does.
            (CertificateNames(uris: ["sips:pbx.example"], domains: ["other.example"]), "pbx.example", false),
            (CertificateNames(uris: ["sip:user@pbx.example"], domains: ["pbx.example"]), "pbx.example", true),
            (CertificateNames(uris: ["sip:other.example"], domains: ["pbx.example"]), "pbx.example", false),
            (CertificateNames(uris: ["http://pbx.example"], domains: ["a"]), "pbx.example", false),
            (CertificateNames(commonName: "pbx.example"), "pbx.example", true),
            (CertificateNames(domains: ["a"], commonName: "pbx.example"), "pbx.example", false),
            (CertificateNames(hasAlternativeNames: true, commonName: "pbx.example"), "pbx.example", false),
            (CertificateNames(), "pbx.example", false),
            (CertificateNames(commonName: ""), "", false),
        ])
    func domains(names: CertificateNames, domain: String, matches: Bool) {
        #expect(names.match(domain) == matches)
    }

    @Test("A peer named by its address must be named so in the certificate")
    func addresses() {
        let names = CertificateNames(addresses: [.v4(0x0A00_0005), .v6(0xFE80 << 48, 1, zone: 0)], commonName: "10.0.0.6")
        #expect(names.match("10.0.0.5"))
        #expect(names.match("fe80::1"))
        #expect(!names.match("10.0.0.6"))
        #expect(!CertificateNames(domains: ["10.0.0.5"]).match("10.0.0.5"))
        #expect(CertificateNames(uris: ["sip:10.0.0.5"]).match("10.0.0.5"))
    }
}
