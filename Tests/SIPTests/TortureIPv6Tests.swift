import Base
import Testing

@testable import SIP

@Suite("Torture, IPv6: RFC 5118 §4")
struct TortureIPv6Tests {
    private func register(_ uri: String, _ changes: [String] = []) -> [String] {
        Torture.lines("REGISTER \(uri) SIP/2.0", ["Via: SIP/2.0/UDP [2001:db8::7:1];branch=z9hG4bKelm"] + changes)
    }

    @Test("§4.1: addresses in brackets stand wherever hosts do")
    func good() throws {
        let message = try Torture.read(register("sip:[2001:db8::33]", ["Contact: \"Ringer\" <sip:ringer@[2001:db8::2]>"]))
        #expect(message.requestURI?.host == "[2001:db8::33]" && message.requestURI?.port == nil)
        #expect(message.topVia?.host == "[2001:db8::7:1]")
        #expect(message.contacts.first?.uri.host == "[2001:db8::2]")
    }

    @Test(
        "§4.2: without brackets there is no telling address and port apart",
        arguments: [
            "sip:2001:db8::33", "sip:2001:5060::33", "sip:lamp@2001:db8::33", "sip:[2001:db8::33", "sip:2001:db8::33]",
        ])
    func bad(uri: String) {
        #expect(Torture.fault(register(uri)) != nil)
    }

    @Test("§4.3: a port inside of the brackets is part of the address, §4.4: behind them it is the port")
    func ports() throws {
        let inside = try #require(try Torture.read(register("sip:[2001:db8::33:5070]")).requestURI)
        #expect(inside.host == "[2001:db8::33:5070]" && inside.port == nil)
        let outside = try #require(try Torture.read(register("sip:[2001:db8::33]:5070")).requestURI)
        #expect(outside.host == "[2001:db8::33]" && outside.port == 5070)
        #expect(!inside.matches(outside))
    }

    @Test("§4.5: received may have brackets or none", arguments: ["[2001:db8::7:255]", "2001:db8::7:255"])
    func received(value: String) throws {
        let message = try Torture.read(
            register(
                "sip:[2001:db8::33]",
                [
                    "Via: SIP/2.0/UDP [2001:db8::7:1];received=\(value);branch=z9hG4bKelm"
                ]))
        #expect(message.topVia?.received.flatMap { IPAddress($0) } == IPAddress("2001:db8::7:255"))
        #expect(message.branch == "z9hG4bKelm")
    }

    @Test("§4.7: both families may stand in one list of Vias")
    func mixed() throws {
        let message = try Torture.read(
            register("sip:lamp@mill.example", ["Via: SIP/2.0/UDP [2001:db8::7:1]:6050;branch=z9hG4bK1"]) + [
                "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2",
                "Via: SIP/2.0/TCP [2001:db8::7:255];branch=z9hG4bK3; received=192.0.2.200",
            ])
        #expect(message.vias.map(\.host) == ["[2001:db8::7:1]", "192.0.2.1", "[2001:db8::7:255]"])
        #expect(message.vias.map(\.port) == [6050, nil, nil])
        #expect(message.vias[2].received == "192.0.2.200")
    }

    @Test("§4.9: an address may end as an IPv4 address is written")
    func mapped() throws {
        let message = try Torture.read(
            register(
                "sip:lamp@[::ffff:192.0.2.2]:5062",
                [
                    "Via: SIP/2.0/UDP [::ffff:192.0.2.10]:19823;branch=z9hG4bKelm"
                ]))
        #expect(message.requestURI?.port == 5062 && message.requestURI.flatMap { IPAddress($0.host) } != nil)
        #expect(message.topVia?.host == "[::ffff:192.0.2.10]" && message.topVia?.port == 19823)
    }

    @Test(
        "§4.10: the third colon of the old grammar is passed over",
        arguments: ["[2001:db8:::192.0.2.1]", "[2001:db8::192.0.2.1]"])
    func threeColons(host: String) throws {
        let message = try Torture.read(register("sip:lamp@\(host)", ["To: sip:lamp@\(host)"]))
        #expect(message.requestURI?.host == "[2001:db8::192.0.2.1]" && message.to.uri.host == "[2001:db8::192.0.2.1]")
        #expect(message.requestURI.flatMap { IPAddress($0.host) } == IPAddress("2001:db8::c000:201"))
    }

    @Test(
        "Hosts that are addresses",
        arguments: [
            "[::]", "[::1]", "[1::]", "[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7::]", "[::2:3:4:5:6:7:8]", "[1:2:3:4:5:6:1.2.3.4]",
            "[::1.2.3.4]", "[:::1.2.3.4]", "[FE80::1]", "1.2.3.4", "255.255.255.255", "gate", "pbx1", "0f3a9c2d1e4b", "a.b-c.d",
            "h_1",
            "example.org.", "2.example",
        ])
    func hosts(host: String) throws {
        #expect(try URI("sip:lamp@\(host):5060").port == 5060)
        #expect(try URI("sip:\(host)").user == nil)
    }

    @Test(
        "Hosts that one reader takes for an address, and another for something else, or for nothing",
        arguments: [
            "[]", "[:]", "[1]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:::]", "[:::1]", "[1:::2]", "[12345::]",
            "[g::]",
            "[::1.2.3]", "[::1.2.3.256]", "[1:2:3:4:5:6:7:1.2.3.4]", "[1:2:3:4:5:6::1.2.3.4]", "[:1]", "[1:]", "[fe80::1%25eth0]",
            "[::1",
            "2130706433", "127.1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.0004", "1..3.4", ".1.2.3", "pbx.5", "a b", "",
        ])
    func noHosts(host: String) {
        #expect(throws: ParseError.self) { try URI("sip:lamp@\(host)") }
        #expect(throws: ParseError.self) { try URI("sip:lamp@\(host):5060") }
    }
}
