import Testing

@testable import SIP

@Suite("Message: RFC 3261 §7")
struct MessageTests {
    static let invite = [
        "INVITE sip:door@10.0.0.5:5070;transport=udp SIP/2.0",
        "v: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK776;rport, SIP/2.0/UDP [2001:db8::1];branch=z9hG4bK2",
        "Max-Forwards: 70",
        "To: <sip:door@10.0.0.5>",
        "f: \"Flat \\\"4\\\"\"  <sip:201@10.0.0.9;user=phone>;tag=19283",
        "Call-ID: a84b4c76e66710@10.0.0.9",
        "CSeq: 314159",
        "  INVITE",
        "Contact: <sip:201@10.0.0.9:5062>;expires=60, <sip:202@10.0.0.9>",
        "Supported: replaces , timer",
        "Content-Type: application/sdp",
        "Content-Length: 4",
        "",
        "v=0\r\nrest",
    ].joined(separator: "\r\n")

    @Test("A request gives what a user agent reads, compact, folded and comma-separated headers included")
    func request() throws {
        let message = try Message(parsing: Array(Self.invite.utf8))
        #expect(message.isRequest && message.method == .invite)
        #expect(message.requestURI?.description == "sip:door@10.0.0.5:5070;transport=udp")
        #expect(message.vias.map(\.branch) == ["z9hG4bK776", "z9hG4bK2"])
        #expect(message.topVia?.asksForRport == true && message.topVia?.rport == nil)
        #expect(message.vias[1].host == "[2001:db8::1]")
        #expect(message.from.displayName == "Flat \"4\"")
        #expect(message.fromTag == "19283" && message.toTag == nil)
        #expect(message.cseq == CSeq(number: 314159, method: .invite))
        #expect(message.contacts.map(\.uri.user) == ["201", "202"])
        #expect(message.contacts[0].parameters["expires"] == "60")
        #expect(message.supported == ["replaces", "timer"])
        #expect(message.contentType == .sdp)
        #expect(String(decoding: message.body, as: UTF8.self) == "v=0\r")
    }

    @Test(
        "What cannot be answered is refused, and the error says what was expected",
        arguments: [
            ("Max-Forwards: 70", "Max-Forwards 70", "a header's name"),
            ("To: <sip:door@10.0.0.5>\r\n", "", "a To header"),
            ("CSeq: 314159", "CSeq: 4294967296", "a number below 2^32"),
            ("  INVITE\r\n", "  BYE\r\n", "INVITE in CSeq, as in the start line"),
            ("Content-Length: 4", "Content-Length: 400", "400 bytes of body, as Content-Length says"),
            ("Content-Length: 4", "Content-Length: -4", "a Content-Length in digits"),
            ("Call-ID:", "To: <sip:b@c>\r\nCall-ID:", "one To header only"),
            (" SIP/2.0\r\nv:", " SIP/3.0\r\nv:", "SIP/2.0"),
            ("branch=z9hG4bK776", "branch=\"", "a closing quote"),
        ])
    func refused(part: String, replacement: String, expected: String) throws {
        let range = try #require(Self.invite.firstRange(of: part))
        let text = Self.invite.replacingCharacters(in: range, with: replacement)
        #expect(throws: ParseError.self) { try Message(parsing: Array(text.utf8)) }
        do { _ = try Message(parsing: Array(text.utf8)) } catch { #expect(error.expected.hasPrefix(expected)) }
    }

    @Test("A response copies what RFC 3261 §8.2.6.2 says and reads back the same")
    func response() throws {
        let request = try Message(parsing: Array(Self.invite.utf8))
        let response = try Message(parsing: Response(to: request, status: 180, toTag: "xyz").encoded())
        #expect(response.status == 180 && response.reason == "Ringing")
        #expect(response.vias == request.vias && response.callID == request.callID && response.cseq == request.cseq)
        #expect(response.toTag == "xyz" && response.from == request.from)
    }

    @Test("A value cannot smuggle in another header")
    func injection() {
        let request = Request(
            method: .options, uri: URI(host: "a"), headers: [HeaderField(name: "Subject", value: "x\r\nEvil: yes")])
        #expect(!String(decoding: request.encoded(), as: UTF8.self).contains("\r\nEvil"))
    }
}

extension String {
    fileprivate func firstRange(of part: String) -> Range<String.Index>? {
        indices.lazy.map { $0..<(self.index($0, offsetBy: part.count, limitedBy: self.endIndex) ?? $0) }.first {
            String(self[$0]) == part
        }
    }

    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
