import Testing

@testable import SIP

@Suite("Torture, invalid syntax: RFC 4475 §3.1.2 and §3.3")
struct TortureInvalidTests {
    static let options = "OPTIONS sip:house0@10.0.0.1 SIP/2.0"
    static let invite = "INVITE sip:house0@10.0.0.1 SIP/2.0"

    @Test(
        "What is no message says where it stops being one, and what was expected there",
        arguments: [
            // §3.1.2.1
            (Torture.lines(invite, ["Via: SIP/2.0/UDP 192.0.2.15;;,;,,"]), ";,;", "a parameter's name"),
            // §3.1.2.2, §3.1.2.3, §3.3.9
            (Torture.lines(options, ["Content-Length: 900"]), "", "900 bytes of body, as Content-Length says"),
            (Torture.lines(options, ["Content-Length: -12"]), "-12", "a Content-Length in digits"),
            (Torture.lines(options, ["Content-Length: five"]), "five", "a Content-Length in digits"),
            (
                Torture.lines(options, ["Content-Length: 5"]) + ["Content-Length: 13"], "Content-Length: 13",
                "one Content-Length header only"
            ),
            // §3.1.2.4, §3.1.2.5
            (Torture.lines(options, ["CSeq: 36893488147419103999 OPTIONS"]), "3689", "a number below 2^32"),
            // §3.1.2.6
            (Torture.lines(invite, ["To: \"Mx. Quill <sip:quill@orchard.example>"]), "\"Mx", "a closing quote"),
            // §3.1.2.7 to §3.1.2.11
            (Torture.lines("INVITE <sip:house0@10.0.0.1> SIP/2.0"), "<sip:house0@10.0.0.1> ", "a URI's scheme and a colon"),
            (Torture.lines("INVITE sip:house0@10.0.0.1; lr SIP/2.0"), " lr", "a URI parameter's name"),
            (Torture.lines("INVITE  sip:house0@10.0.0.1  SIP/2.0", ["CSeq: 1 INVITE"]), " sip", "a URI's scheme and a colon"),
            (Torture.lines("INVITE sip:house0@10.0.0.1 SIP/2.0  "), "SIP/2.0  ", "SIP/2.0"),
            (Torture.lines("INVITE sip:house0@10.0.0.1?Route=%3Csip:a%3E SIP/2.0"), " SIP/2.0", "a space behind the request URI"),
            // §3.1.2.14, but for spaces alone: see the lenient ones
            (Torture.lines(options, ["To: \"Quill\" <sip:qu ill@orchard.example>"]), " ill@", "> behind the URI"),
            // §3.1.2.15
            (
                Torture.lines(options, ["From: Quill, Harriet <sip:quill@orchard.example>;tag=43"]), ", Harriet",
                "a URI's scheme and a colon"
            ),
            // §3.1.2.16, §3.1.2.17, §3.1.2.18
            (Torture.lines("OPTIONS sip:house0@10.0.0.1 SIP/7.0"), "SIP/7.0", "SIP/2.0"),
            (Torture.lines(options, ["CSeq: 8 INVITE"]), "INVITE", "OPTIONS in CSeq, as in the start line"),
            (Torture.lines("BREWCOFFEE sip:house0@10.0.0.1 SIP/2.0", ["CSeq: 8 INVITE"]), "INVITE", "BREWCOFFEE in CSeq"),
            // §3.1.2.19
            (["SIP/2.0 4294967301 do not break"] + Torture.lines(options).dropFirst(), "42949", "a status of 100 to 699"),
            (["SIP/2.0 200OK"] + Torture.lines(options).dropFirst(), "OK", "a space behind the status"),
            // §3.3.1
            ([invite, "CSeq: 7 INVITE", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKelm"], "", "a From header"),
            // §3.3.8
            (Torture.lines(invite) + ["Call-ID: other"], "Call-ID: other", "one Call-ID header only"),
            (Torture.lines(invite) + ["t: <sip:b@c>"], "t: <", "one To header only"),
        ] as [([String], String, String)])
    func malformed(lines: [String], place: String, expected: String) throws {
        let bytes = Torture.bytes(lines)
        let fault = try #require(Torture.fault(bytes))
        #expect(fault.expected.hasPrefix(expected))
        // An empty place is the end of the message.
        let rest = String(decoding: bytes[fault.offset...], as: UTF8.self)
        #expect(place.isEmpty ? rest.isEmpty : rest.hasPrefix(place), "\(fault)")
    }

    @Test(
        "§3.1.2.1, §3.1.2.13: a Contact that cannot be read is none",
        arguments: [
            "Contact: \"Joe\" <sip:joe@orchard.example>;;;;", "Contact: sip:lamp@orchard.example?Route=%3Csip:mill.example%3E",
        ])
    func contact(line: String) throws {
        let message = try Torture.read(Torture.lines(Self.invite, [line]))
        #expect(message.contacts.isEmpty && message.header("Contact") != nil)
    }

    @Test("§3.1.2.4, §3.1.2.5: numbers that are too large count as absent where a message can do without them")
    func scalars() throws {
        let message = try Torture.read(
            Torture.lines(
                "REGISTER sip:orchard.example SIP/2.0",
                [
                    "Max-Forwards: 300", "Expires: 1" + String(repeating: "0", count: 100),
                    "Retry-After: 949302838503028349304023988",
                    "Contact: <sip:lamp@mill.example>;expires=280297596632815",
                ]))
        #expect(message.maxForwards == nil && message.expires == nil && message.retryAfter == nil)
        #expect(message.contacts.first?.parameters["expires"]?.deltaSeconds == .max)
    }

    @Test("§3.1.2.12: a Date in another zone is no reason to refuse what does not need it")
    func date() throws {
        let message = try Torture.read(Torture.lines(Self.invite, ["Date: Fri, 02 Jan 2015 16:00:00 EST"]))
        #expect(message.header("Date") == "Fri, 02 Jan 2015 16:00:00 EST")
    }

    @Test("§3.1.2.14: spaces inside of the brackets mean nothing")
    func brackets() throws {
        let message = try Torture.read(Torture.lines(Self.options, ["To: \"Watt, T\" < sip:t.watt@orchard.example >"]))
        #expect(message.to.displayName == "Watt, T" && message.to.uri.description == "sip:t.watt@orchard.example")
    }

    @Test("§3.2.1: a branch that is only the cookie identifies nothing, and what clients did before it is used instead")
    func cookieOnly() throws {
        let one = try Torture.read(Torture.lines(Self.options, ["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK"]))
        let two = try Torture.read(
            Torture.lines(Self.options, ["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK", "CSeq: 42 OPTIONS"]))
        #expect(ServerKey(request: one) != nil && ServerKey(request: one) != ServerKey(request: two))
    }

    @Test(
        "§3.3.2, §3.3.3, §3.3.4: schemes that nobody knows are kept",
        arguments: [
            ("unheardOf:wholly-opaque", "unheardof"), ("soap.beep://192.0.2.103:3002", "soap.beep"), ("isbn:2983792873", "isbn"),
            ("http://www.example.com", "http"), ("name:Harriet_Quill", "name"),
        ])
    func schemes(text: String, scheme: String) throws {
        let message = try Torture.read(
            Torture.lines(
                "OPTIONS \(text) SIP/2.0",
                [
                    "To: \(text)", "From: <\(text)>;tag=1", "Contact: <\(text)>",
                ]))
        for uri in [message.requestURI, message.to.uri, message.from.uri, message.contacts.first?.uri] {
            #expect(uri?.scheme == scheme && uri?.description == scheme + text.dropFirst(scheme.count))
        }
        #expect(message.fromTag == "1")
    }

    @Test("§3.3.7: credentials of an unknown scheme are no error")
    func authorization() throws {
        let message = try Torture.read(
            Torture.lines(
                "REGISTER sip:orchard.example SIP/2.0",
                [
                    "Authorization: UnheardOf opaque-data=here", "WWW-Authenticate: UnheardOf opaque-data=here",
                    "Content-Length:0",
                ]))
        #expect(message.challenges.map(\.scheme) == ["unheardof"])
        #expect(message.header("Authorization") == "UnheardOf opaque-data=here")
    }

    @Test("§3.3.12, §3.3.13, §3.3.14: brackets decide whose a parameter is, and keep a URI's headers")
    func parameters() throws {
        let lines = { (contact: String) in Torture.lines("REGISTER sip:orchard.example SIP/2.0", ["Contact: \(contact)"]) }
        let bare = try #require(try Torture.read(lines("sip:+19725550123@mill.example;odd")).contacts.first)
        #expect(bare.parameters.contains("odd") && bare.uri.parameters.isEmpty && bare.description.hasSuffix(">;odd"))
        let bracketed = try #require(try Torture.read(lines("<sip:+19725550123@mill.example;odd>")).contacts.first)
        #expect(bracketed.uri.parameters.contains("odd") && bracketed.parameters.isEmpty)
        let escaped = try #require(
            try Torture.read(lines("<sip:lamp@mill.example?Route=%3Csip:relay.example%3E>")).contacts.first)
        #expect(escaped.uri.headerFields == [HeaderField(name: "Route", value: "<sip:relay.example>")])
        #expect(escaped.description == "<sip:lamp@mill.example?Route=%3Csip:relay.example%3E>")
        // A call to that contact does not say the header where only the address belongs.
        #expect(Request(method: .invite, uri: escaped.uri).uri.description == "sip:lamp@mill.example")
    }

    @Test(
        "§3.3.15: what a sender cannot read is told by Accept",
        arguments: [
            (nil, true), ("text/nobody", false), ("", false), ("text/nobody, application/sdp;level=1", true), ("*/*", true),
            ("application/*;q=0.2", true), ("application/sdp;q=0.0", false), ("audio/*", false),
        ] as [(String?, Bool)])
    func accept(value: String?, isAccepted: Bool) throws {
        let message = try Torture.read(Torture.lines(Self.invite, value.map { ["Accept: \($0)"] } ?? []))
        #expect(message.accepts(.sdp) == isAccepted)
    }

    @Test("§3.4.1: a request of RFC 2543 needs no branch, tag, Max-Forwards, Content-Length or Contact")
    func before3261() throws {
        let message = try Message(
            parsing: Array(
                ("INVITE sip:UserB@orchard.example SIP/2.0\r\nVia: SIP/2.0/UDP gw.example\r\n"
                    + "From: <sip:+13035550111@gw.example;user=phone>\r\nRecord-Route: <sip:UserB@orchard.example;maddr=relay.example>\r\n"
                    + "To: sip:+16505550222@mill.example;user=phone\r\nCall-ID: older.1717@gw.example\r\nCSeq: 56 INVITE\r\n"
                    + "Content-Type: application/sdp\r\n\r\nv=0\r\n").utf8))
        #expect(message.branch == nil && message.fromTag == nil && message.maxForwards == nil)
        #expect(message.body == Array("v=0\r\n".utf8))
        #expect(message.remoteTarget?.user == "+13035550111")
        #expect(message.to.uri.parameters.isEmpty && message.to.parameters["user"] == "phone")
    }
}
