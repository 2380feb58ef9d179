import Testing

@testable import SIP

@Suite("Torture, valid syntax: RFC 4475 §3.1.1")
struct TortureSyntaxTests {
    @Test("§3.1.1.1: folds, white space, escapes, empty and unknown headers, both forms and any case of names")
    func tortuous() throws {
        let message = try Torture.read(
            [
                "INVITE sip:harriet@orchard.example.net;colour SIP/2.0", "TO :",
                " sip:harriet@orchard.example.net ;   tag    = 5150pear",
                "from   : \"H Quill \\\\\\\"\"       <sip:quill@example.net>", "  ;", "  tag = 77plum", "MaX-fOrWaRdS: 0042",
                "Call-ID: tortuous.9@192.0.2.17", "Content-Length   : 5", "cseq: 0012", "  INVITE", "Via  : SIP  /   2.0",
                " /UDP",
                "    192.0.2.17;branch=29quince", "s :", "BrandNewHeader:   brand new", " and longer", "StrangeHeader: ;;,,;;,;",
                "Content-Type: application/sdp", "Route:", " <sip:relay.example.net;lr;odd=value;odder>",
                "v:  SIP  / 2.0  / TCP     mill.example.net   ;", "  branch  =   z9hG4bKrye1  ,",
                " SIP  /    2.0   / UDP  192.168.254.9   ; branch=", " z9hG4bKrye2",
                "m:\"Quoted \\\"\\\" name\" <sip:quill@example.net> ; fresh =", "      pear ;", "  flag ; q = 0.25",
            ], body: Array("v=0\r\n".utf8))
        #expect(message.requestURI?.parameters.contains("colour") == true)
        #expect(message.toTag == "5150pear" && message.fromTag == "77plum")
        #expect(try message.to.uri == URI("sip:harriet@orchard.example.net"))
        #expect(message.from.displayName == "H Quill \\\"")
        #expect(message.maxForwards == 42 && message.cseq == CSeq(number: 12, method: .invite))
        #expect(message.vias.map(\.branch) == ["29quince", "z9hG4bKrye1", "z9hG4bKrye2"])
        #expect(message.vias.map(\.host) == ["192.0.2.17", "mill.example.net", "192.168.254.9"])
        #expect(message.vias.map(\.transport) == ["UDP", "TCP", "UDP"])
        #expect(message.header("Subject") == "")
        #expect(message.header("brandnewheader") == "brand new and longer")
        #expect(message.header("StrangeHeader") == ";;,,;;,;")
        #expect(message.routes.first?.uri.parameters["odd"] == "value")
        let contact = try #require(message.contacts.first)
        #expect(contact.displayName == "Quoted \"\" name" && contact.parameters["fresh"] == "pear")
        #expect(contact.parameters.contains("flag") && contact.parameters["q"] == "0.25")
        #expect(message.sessionBody == Array("v=0\r\n".utf8))
    }

    @Test("§3.1.1.2: every character that a token, a user, a word and a quoted string may have")
    func characters() throws {
        let method = "!curious-Method9876543210_*+`.%although'~"
        let user = "7_odd.URI~(may-be!so)&wasn't+it$/mad?,/;;*"
        let password = "&it+is=3,strange!*pa$$wo~d_ok.(isn't-it)"
        var bytes = Torture.bytes([
            "\(method) sip:\(user):\(password)@orchard.example SIP/2.0",
            "Via: SIP/2.0/TCP mill.example;branch=z9hG4bK-.!%66*_+`'~",
            "To: \"A:\\\u{7} B:\\\u{0} C:\\\u{7F}\" <sip:\(user)@orchard.example>",
            "From: first~` second'+_ third*%!.- <sip:plain@orchard.example>;oddParam''~+*_!.-%=\"работающий\";tag=_plum~1'+`*%!-.",
            "Call-ID: curious.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{", "CSeq: 8123 \(method)", "Max-Forwards: 255",
            "oddHeader-!.%*+_`'~: \u{FEFF}大停電", "Content-Length: 0",
        ])
        let message = try Message(parsing: bytes)
        #expect(message.method == .other(method))
        #expect(message.requestURI?.user == user && message.requestURI?.password == password)
        #expect(message.requestURI?.host == "orchard.example")
        #expect(message.branch == "z9hG4bK-.!%66*_+`'~")
        #expect(message.to.displayName == "A:\u{7} B:\u{0} C:\u{7F}")
        #expect(message.from.displayName == "first~` second'+_ third*%!.-")
        #expect(message.from.parameters["oddParam''~+*_!.-%"] == "работающий" && message.fromTag == "_plum~1'+`*%!-.")
        #expect(message.callID == "curious.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{")
        #expect(message.header("oddHeader-!.%*+_`'~") == "\u{FEFF}大停電")
        // The same null without its backslash is another matter: some readers end there.
        let null = try #require(bytes.firstIndex(of: 0))
        bytes[null - 1] = 0x20
        #expect(Torture.fault(bytes) == ParseError(null, expected: "no control byte in a line"))
    }

    @Test("§3.1.1.3: escapes are undone once, where they are escapes, and go out as they came in")
    func escapes() throws {
        let message = try Torture.read(
            Torture.lines(
                "INVITE sip:sips%3Alamp%40gate.example@orchard.example SIP/2.0",
                [
                    "To: sip:%6Camp@orchard.example", "From: <sip:Two%20words@orchard.example>;tag=9",
                    "Contact:\r\n  <sip:la%6Dp@mill.example;%6C%72;n%61me=v%61lue%25%34%31>",
                ]))
        let target = try #require(message.requestURI)
        #expect(target.user == "sips:lamp@gate.example" && target.password == nil && target.host == "orchard.example")
        #expect(target.description == "sip:sips%3Alamp%40gate.example@orchard.example")
        #expect(message.to.uri.matches(try URI("sip:lamp@orchard.example")))
        #expect(message.from.uri.user == "Two words")
        let contact = try #require(message.contacts.first?.uri)
        #expect(contact.user == "lamp" && contact.parameters.contains("lr"))
        #expect(contact.parameters["name"] == "value%41")
        #expect(contact.description == "sip:la%6Dp@mill.example;%6C%72;n%61me=v%61lue%25%34%31")
        #expect(!contact.matches(try URI("sip:lamp@mill.example;lr;name=valueA")))
    }

    @Test("§3.1.1.4: an escaped null neither ends a user nor makes two of them the same")
    func escapedNull() throws {
        let message = try Torture.read(
            Torture.lines(
                "REGISTER sip:orchard.example SIP/2.0",
                [
                    "To: sip:nil-%00-nil@orchard.example", "Contact: <sip:%00@mill.example>", "L:0",
                ]) + ["Contact: <sip:%00%00@mill.example>"])
        #expect(message.to.uri.user == "nil-\u{0}-nil")
        #expect(message.contacts.map(\.uri.user) == ["\u{0}", "\u{0}\u{0}"])
        #expect(!message.contacts[0].uri.matches(message.contacts[1].uri))
    }

    @Test("§3.1.1.5: in a method, a header's name and a display name a percent sign is a percent sign")
    func noEscape() throws {
        let message = try Torture.read(
            Torture.lines(
                "RE%47IST%45R sip:orchard.example SIP/2.0",
                [
                    "To: \"%Q%45\" <sip:lamp@orchard.example>", "From: \"%Q%45\" <sip:lamp@orchard.example>;tag=f",
                    "Contact: <sip:one@mill.example>", "C%6Fntact: <sip:two@mill.example>", "l: 0",
                ]) + ["Contact: <sip:three@mill.example>"])
        #expect(message.method == .other("RE%47IST%45R"))
        #expect(message.to.displayName == "%Q%45")
        #expect(message.contacts.map(\.uri.user) == ["one", "three"])
    }

    @Test("§3.1.1.6: a bracket may follow a display name at once")
    func noSpace() throws {
        let message = try Torture.read(
            Torture.lines(
                "OPTIONS sip:lamp@orchard.example SIP/2.0",
                [
                    "From: ringer<sip:ringer@orchard.example>;tag=3"
                ]))
        #expect(message.from.displayName == "ringer" && message.from.uri.user == "ringer" && message.fromTag == "3")
    }

    @Test("§3.1.1.7: long names, values and lists of them are read whole")
    func long() throws {
        let name = String(repeating: "splendid", count: 20)
        let tag = "14" + String(repeating: "628", count: 60)
        let hops = (1...34).map { ["Via", "v", "V ", "ViA  "][$0 % 4] + ": SIP/2.0/TCP hop\($0).example" }
        let message = try Torture.read(
            [
                "INVITE sip:lamp@orchard.example SIP/2.0",
                "To: \"My name is \(name) indeed\"<sip:lamp@orchard.example:6000;odd1=\(name);odd\(name)=short;\(name)Flag>",
                "F: sip:\(name)@orchard.example;tag=\(tag);odd\(name)=\(name);flag\(name)", "Call-ID: long.one\(name)",
                "CSeq: 3901 INVITE", "Odd-\(name)-Name: odd-\(name)-value;\(name) = \(name)",
            ] + hops + [
                "Via: SIP/2.0/TCP last.example;received=192.0.2.5;branch=very\(name)", "Contact: <sip:\(name)@mill.example>",
            ])
        #expect(message.to.displayName == "My name is \(name) indeed")
        #expect(message.to.uri.port == 6000 && message.to.uri.parameters["odd\(name)"] == "short")
        #expect(message.to.uri.parameters.contains("\(name)Flag"))
        #expect(message.fromTag == tag && message.from.parameters["odd\(name)"] == name)
        #expect(message.vias.count == 35 && message.topVia?.host == "hop1.example" && message.vias[34].branch == "very\(name)")
        #expect(message.header("odd-\(name)-name") == "odd-\(name)-value;\(name) = \(name)")
        #expect(message.contacts.first?.uri.user == name)
    }

    @Test("§3.1.1.8: what follows the body in a datagram is not read, whatever it looks like")
    func trailing() throws {
        let second = Torture.bytes(Torture.lines("INVITE sip:other@orchard.example SIP/2.0"))
        let message = try Torture.read(Torture.lines("REGISTER sip:orchard.example SIP/2.0", ["Content-Length: 0"]), body: second)
        #expect(message.method == .register && message.body.isEmpty)
    }

    @Test("§3.1.1.9: semicolons before the @ belong to the user")
    func semicolons() throws {
        let uri = try #require(
            try Torture.read(Torture.lines("OPTIONS sip:lamp;at=home%40mill.example@orchard.example SIP/2.0")).requestURI)
        #expect(uri.user == "lamp;at=home@mill.example" && uri.host == "orchard.example" && uri.parameters.isEmpty)
    }

    @Test("§3.1.1.10: any transport may stand in a Via")
    func transports() throws {
        let names = ["SCTP", "TLS", "PIGEON", "TCP"]
        let message = try Torture.read(
            Torture.lines("OPTIONS sip:lamp@orchard.example SIP/2.0")
                + names.map {
                    "Via: SIP/2.0/\($0) hop.example;branch=z9hG4bK\($0)"
                })
        #expect(message.vias.map(\.transport) == ["UDP"] + names)
    }

    @Test("§3.1.1.11: a multipart body with nulls in it keeps every byte")
    func multipart() throws {
        let binary: [UInt8] = [0x30, 0x82, 0x00, 0x00, 0x0D, 0x0A, 0x2D, 0x2D, 0x00, 0xFF]
        let start = "--fence\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\r\nDing\r\n--fence\r\n"
        let head = "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        let body = Array((start + head).utf8) + binary + Array("\r\n--fence--".utf8)
        let message = try Torture.read(
            Torture.lines(
                "MESSAGE sip:lamp@orchard.example SIP/2.0",
                [
                    "Content-Type: multipart/mixed;boundary=fence", "Content-Length: \(body.count)",
                ]), body: body)
        #expect(message.body == body)
        #expect(message.bodyParts.map(\.type.subtype) == ["plain", "octet-stream"])
        #expect(message.bodyParts.map(\.bytes) == [Array("Ding".utf8), binary])
    }

    @Test(
        "§3.1.1.12: a reason phrase may say anything, §3.1.1.13: or nothing",
        arguments: [
            ("SIP/2.0 200 = 3**2 * 7**2 сто девяносто", "= 3**2 * 7**2 сто девяносто"), ("SIP/2.0 100 ", ""), ("SIP/2.0 100", ""),
        ])
    func reason(start: String, reason: String) throws {
        let message = try Torture.read([start] + Torture.lines("INVITE sip:x SIP/2.0").dropFirst())
        #expect(!message.isRequest && message.reason == reason && message.method == .invite)
        #expect(message.status == (reason.isEmpty ? 100 : 200))
    }
}
