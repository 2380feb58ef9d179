import Testing

@testable import SIP

@Suite("Grammar: RFC 3261 §7.3 and §25")
struct GrammarTests {
    private static let alphanum = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    @Test(
        "Sets of bytes hold the characters that they name",
        arguments: [
            (ByteSet.digit, "", "0123456789", false), (.token, "a", "-.!%*_+`'~", false), (.host, "a", "-._", false),
            (.scheme, "a", "+-.", false), (.reference, "", "0123456789abcdefABCDEF:.", false),
            (.hexadecimal, "", "0123456789abcdefABCDEF", false),
            (.plainUser, "a", "-_.!~*'()&=+$,;?/", false), (.plainPassword, "a", "-_.!~*'()&=+$,", false),
            (.plainParameter, "a", "-_.!~*'()[]/:&+$", false), (.uriParameter, "a", "-_.!~*'()[]/:&+$%`", false),
            (.reserved, "", ";/?:@&=+$,", false), (.space, "", " \t\r\n", false), (.displayWords, "a", "-.!%*_+`'~ \t\r\n", true),
            (.plainValue, "a", "-.!%*_+`'~[]:/@&", false),
        ])
    func sets(set: ByteSet, letters: String, others: String, beyond: Bool) {
        let expected = Set((letters.isEmpty ? [] : Self.alphanum) + Array(others.utf8))
        #expect(Set((0...127).filter { set.contains($0) }) == expected)
        #expect((128...255).allSatisfy { set.contains($0) == beyond })
    }

    @Test(
        "Sets of bytes lack the characters that they name, white space and control bytes",
        arguments: [
            (ByteSet.user, "@><\""), (.uriHeaders, "><\""), (.bareURI, ";,?"), (.telephone, ";,>"), (.opaque, ">"),
            (.parameterValue, ";,>\""), (.authenticationValue, ","), (.visible, ""),
        ])
    func complements(set: ByteSet, lacking: String) {
        let lacking = Set(Array(lacking.utf8) + Array(0...0x20) + [0x7F])
        #expect((0...127).allSatisfy { set.contains($0) != lacking.contains($0) })
    }

    @Test(
        "Each compact form is the header's name too",
        arguments: [
            ("i", "Call-ID"), ("m", "Contact"), ("e", "Content-Encoding"), ("l", "Content-Length"), ("c", "Content-Type"),
            ("f", "From"),
            ("s", "Subject"), ("k", "Supported"), ("t", "To"), ("v", "Via"), ("o", "Event"), ("u", "Allow-Events"),
            ("r", "Refer-To"),
            ("b", "Referred-By"), ("x", "Session-Expires"), ("y", "Identity"), ("n", "Identity-Info"), ("a", "Accept-Contact"),
            ("d", "Request-Disposition"), ("j", "Reject-Contact"),
        ])
    func compact(letter: String, name: String) throws {
        let base = Torture.lines("OPTIONS sip:h SIP/2.0").filter { !$0.hasPrefix(name + ":") }
        let value =
            ["f": "<sip:f@h>;tag=1", "t": "<sip:t@h>", "v": "SIP/2.0/UDP h", "l": "0", "c": "a/b", "m": "<sip:m@h>"][letter]
            ?? "word"
        for written in [letter, letter.uppercased(), name, name.lowercased()] {
            let message = try Torture.read(base + ["\(written): \(value)"])
            #expect(message.header(name) == value && message.header(letter) == value, "\(written)")
        }
    }

    @Test(
        "What two readers could read differently is refused",
        arguments: [
            "Subject: a\rVia: SIP/2.0/UDP evil", "Subject: a\u{0}b", "Subject: a\u{1B}[2J", "Subject: \"a\\\r\n b\rc\"",
            "From: <sip:a@h>;tag=1;tag=2", "From: <sip:a@h>;tag=\"1\"", "From: <sip:a@h>;tag=ü", "To: <sip:a@h>;tag=",
            "Via: SIP/2.0/UDP h;branch=a;branch=b", "Via: SIP/2.0/UDP h;branch=;branch=b", "Via: SIP/2.0/UDP h;branch=\"a\"",
            "Via: SIP/2.0/UDP h:99999",
            "Via: SIP/2.0/UDP h,", "Via: SIP/2.0/UDPh", "Call-ID: ä", "Call-ID: a b", "Call-ID:", "CSeq: 1OPTIONS",
            "CSeq: 1 OPTIONS x",
            "To: <sip:a@b@h>", "To: <sip:@h>", "To: <sip::p@h>", "To: <sip:a%4@h>", "To: <sip:a@h;x=%zz>", "To: <sip:a@h",
            "To: sip:a@h>",
            "To: \"a\" sip:a@h", "To: \"a\\\" <sip:a@h>", "To: <sip:a@h> x", "To: <sip:a@h>,<sip:b@h>", "To: <sip:a@h:>",
            "To: <:a@h>",
            "Record-Route: <sip:a@h", "Record-Route: sip:a b", "Require: a b", "Require: \"a\"", "Max-Forwards 70", ": 70",
            "Content-Length: 5 5",
            "Content-Length: 0,0", "Content-Length: +0", "Content-Length: 0x0", "Content-Length:",
        ])
    func ambiguous(line: String) {
        #expect(Torture.fault(Torture.lines("OPTIONS sip:h SIP/2.0", [line])) != nil)
    }

    @Test(
        "Sloppiness that leaves no doubt is borne",
        arguments: [
            "Subject : b", "Subject:\ta", "To:<sip:a@h>", "To: <sip:a@h> ; x ; y=\"z\"", "From: A  B<sip:a@h>;tag=1",
            "Supported: a,,b",
            "Supported:", "Require:", "Contact: *", "Contact: <nonsense", "Via: SIP / 2.0 / UDP h ; branch = x", "Expires: soon",
            "Content-Type: nonsense", "X: \"unclosed", "From: \"\" <sip:a@h>;tag=1", "To: <tel:+1;phone-context=x>",
            "To: <sip:a#1|x@h>",
            "Call-ID: a;b=c", "From: <sip:a@h>;tag=a/b=c",
        ])
    func sloppy(line: String) throws {
        let message = try Torture.read(Torture.lines("OPTIONS sip:h SIP/2.0", [line]))
        #expect(try Message(parsing: Response(to: message, status: 200, toTag: "x").encoded()).status == 200)
    }

    @Test("Lines may end with LF alone, and a message may follow line ends")
    func lineFeeds() throws {
        let text = Torture.lines("OPTIONS sip:h SIP/2.0", ["Subject: a\n\tb"]).joined(separator: "\n")
        #expect(try Message(parsing: Array("\r\n\n\(text)\n\n".utf8)).header("Subject") == "a b")
    }

    @Test("A message may have 65,535 bytes and 256 headers, and no more")
    func limits() throws {
        let lines = Torture.lines("OPTIONS sip:h SIP/2.0", ["Content-Length: 0"])
        #expect(try Torture.read(lines + Array(repeating: "X: y", count: 256 - 7)).headers("X").count == 249)
        #expect(Torture.fault(lines + Array(repeating: "X: y", count: 256 - 6)) != nil)
        let size = Torture.bytes(lines + ["X: "]).count
        let whole = Torture.bytes(lines + ["X: " + String(repeating: "y", count: 65_535 - size)])
        #expect(whole.count == 65_535)
        #expect(try Message(parsing: whole).header("X")?.count == 65_535 - size)
        #expect(Torture.fault(whole + [0])?.offset == 65_535)
    }

    @Test("Each prefix of a message is refused without harm, and so is each with one byte changed or read in full")
    func prefixes() throws {
        let whole = Torture.bytes(
            Torture.lines(
                "INVITE sip:a:b@[::1]:5;c=d?e SIP/2.0".replacing("?e", with: ""),
                [
                    "Contact: \"A \\\" b\" <sip:a@h>;q=1", "Require: a, b", "Content-Length: 0",
                ]))
        for end in whole.indices { #expect(Torture.fault(Array(whole[..<end])) != nil) }
        for index in whole.indices {
            for byte in [0, 0x0A, 0x0D, 0x22, 0x25, 0x2C, 0x3A, 0x3B, 0x3C, 0x3E, 0x40, 0x5B, 0x5C, 0xFF] as [UInt8] {
                var bytes = whole
                bytes[index] = byte
                guard let message = try? Message(parsing: bytes) else { continue }
                #expect(throws: Never.self) { try Message(parsing: Response(to: message, status: 400, toTag: "x").encoded()) }
            }
        }
    }
}

@Suite("Multipart bodies: RFC 2046 §5.1, RFC 5621")
struct MultipartTests {
    private func message(_ type: String, _ body: String, _ fields: [String] = []) throws -> Message {
        try Torture.read(
            Torture.lines("INVITE sip:h SIP/2.0", ["Content-Type: \(type)"] + fields), body: Array(body.utf8))
    }

    @Test(
        "The session description is found wherever it is",
        arguments: [
            ("application/sdp", "v=0\r\n"),
            ("multipart/mixed;boundary=a", "--a\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--a--\r\n"),
            (
                "multipart/mixed; boundary=\"a b\"",
                "preamble\r\n--a b\r\nX: y\r\n\r\nother\r\n--a b  \r\nc:application/SDP;x=y\r\n\r\nv=0\r\n\r\n--a b--"
            ),
            ("multipart/alternative;boundary=a", "--a\n\nplain\n--a\nContent-Type:\n application/sdp\n\nv=0\r\n\n--a--"),
            (
                "Multipart/Mixed;Boundary=a",
                "--a\r\nContent-Type: multipart/alternative;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b--\r\n--a--"
            ),
            ("multipart/mixed;boundary=a", "--a\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"),
            (
                "multipart/mixed;boundary=a",
                "--a\r\nContent-Type: application/sdp\r\nContent-Disposition: render\r\n\r\nv=1\r\n--a\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--a"
            ),
        ])
    func found(type: String, body: String) throws {
        #expect(String(decoding: try message(type, body).sessionBody, as: UTF8.self) == "v=0\r\n")
    }

    @Test(
        "It is not found where there is none",
        arguments: [
            ("text/plain", "v=0"), ("multipart/mixed", "--a\r\nContent-Type: application/sdp\r\n\r\nv=0"),
            ("multipart/mixed;boundary=a", "--a--\r\nContent-Type: application/sdp\r\n\r\nv=0"),
            ("multipart/mixed;boundary=a", "--a"),
            ("multipart/mixed;boundary=a", "--a\r\nContent-Type: application/sdp"), ("nonsense", "v=0"),
            ("multipart/mixed;boundary=a", "--ab\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--ab--"),
            (
                "multipart/mixed;boundary=a",
                "--a\r\nContent-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n\r\ndj0w\r\n--a--"
            ),
            ("multipart/mixed;boundary=\"\"", "--\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n----"),
        ])
    func none(type: String, body: String) throws {
        #expect(try message(type, body).sessionBody.isEmpty)
    }

    @Test("However deep and however many, the parts that are read are bounded")
    func bounded() throws {
        var body = "x"
        for level in 0..<40 {
            body = "--\(level)\r\nContent-Type: multipart/mixed;boundary=\(level - 1)\r\n\r\n\(body)\r\n--\(level)--"
        }
        #expect(try message("multipart/mixed;boundary=39", body).bodyParts.count == 1)
        let many = String(repeating: "--a\r\n\r\nx\r\n", count: 100) + "--a--"
        #expect(try message("multipart/mixed;boundary=a", many).bodyParts.count == BodyPart.maximumParts)
    }

    @Test("What must be understood says so, and what need not")
    func handling() throws {
        let parts = try message(
            "multipart/mixed;boundary=a",
            """
            --a\r\nContent-Disposition: alert;handling=required\r\n\r\nx\r\n--a\r\ncontent-disposition: X; handling=Optional\r\n\r\ny\r\n--a--
            """
        ).bodyParts
        #expect(parts.map(\.isRequired) == [true, false] && parts.map(\.isOptional) == [false, true])
        #expect(parts.map(\.disposition) == ["alert", "x"])
    }
}
