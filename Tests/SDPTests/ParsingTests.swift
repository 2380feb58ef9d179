import Base
import Testing

@testable import SDP

@Suite("Session descriptions: RFC 8866")
struct ParsingTests {
    static let full = """
        v=0\r
        o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r
        s=Call to John Smith\r
        i=SDP Offer #1\r
        u=http://www.jdoe.example.com/home.html\r
        e=Jane Doe <jane@jdoe.example.com>\r
        p=+1 617 555-6011\r
        c=IN IP4 198.51.100.1\r
        b=AS:64\r
        t=0 0\r
        a=sendonly\r
        m=audio 49170 RTP/AVP 0 97\r
        a=rtpmap:97 iLBC/8000\r
        a=fmtp:97 mode=20\r
        a=ptime:20\r
        a=maxptime:60\r
        a=rtcp:53020 IN IP4 126.16.64.4\r
        m=video 49180/2 RTP/AVP 99\r
        i=the door\r
        c=IN IP6 2001:db8::2\r
        b=AS:256\r
        a=rtpmap:99 h263-1998/90000\r
        a=inactive\r

        """

    @Test("A full description reads and prints to the same bytes")
    func roundTrip() throws {
        let description = try SessionDescription(parsing: Array(Self.full.utf8))
        #expect(String(decoding: description.encoded(), as: UTF8.self) == Self.full)
    }

    @Test("Every part of a full description is where it belongs")
    func parts() throws {
        let description = try SessionDescription(parsing: Array(Self.full.utf8))
        #expect(description.origin.sessionID == "3724394400")
        #expect(description.origin.version == "3724394405")
        #expect(description.connection?.ipAddress == IPAddress("198.51.100.1"))
        #expect(description.attributes.direction == .sendOnly)
        let audio = description.media[0]
        #expect(audio.port == 49170)
        #expect(audio.payloads.map(\.type) == [0, 97])
        #expect(audio.payloads.map(\.encoding.description) == ["PCMU/8000", "iLBC/8000"])
        #expect(audio.attributes.formatParameters(of: 97) == "mode=20")
        #expect(audio.attributes.packetTime == 20)
        #expect(audio.attributes.maximumPacketTime == 60)
        #expect(audio.attributes.rtcp?.port == 53020)
        #expect(audio.attributes.rtcp?.connection?.ipAddress == IPAddress("126.16.64.4"))
        #expect(description.direction(of: audio) == .sendOnly)
        let video = description.media[1]
        #expect(video.portCount == 2)
        #expect(description.connection(of: video)?.ipAddress == IPAddress("2001:db8::2"))
        #expect(description.direction(of: video) == .inactive)
    }

    @Test(
        "Wrong but understandable descriptions are read",
        arguments: [
            ("bare line feeds", "v=0\no=- 1 1 IN IP4 10.0.0.1\ns=-\nc=IN IP4 10.0.0.1\nt=0 0\nm=audio 4000 RTP/AVP 8\n"),
            ("no s= and no t=", "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n"),
            ("no last line end", "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8"),
            ("empty lines", "v=0\r\n\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n\r\n\r\n"),
            (
                "rubbish at the end",
                "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n--end--\r\n\0\0"
            ),
            ("an empty s=", "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n"),
            ("c= after t=", "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nt=0 0\r\nc=IN IP4 10.0.0.1\r\nm=audio 4000 RTP/AVP 8\r\n"),
            ("two spaces", "v=0\r\no=-  1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN  IP4 10.0.0.1\r\nm=audio  4000 RTP/AVP 8 \r\n"),
        ])
    func lenient(name: String, text: String) throws {
        let description = try SessionDescription(parsing: Array(text.utf8))
        #expect(description.connection?.ipAddress == IPAddress("10.0.0.1"))
        #expect(description.times == [.unbounded])
        #expect(description.media == [MediaDescription(kind: "audio", port: 4000, formats: ["8"])])
    }

    @Test(
        "An unreadable description says where and what was expected",
        arguments: [
            ("", 1, 1, "v=0"),
            ("hello", 1, 1, "v=0"),
            ("o=- 1 1 IN IP4 10.0.0.1\r\n", 1, 1, "v=0"),
            ("v=1\r\n", 1, 3, "version 0"),
            ("v=0\r\n", 1, 6, "an o= line"),
            ("v=0\r\nv=0\r\n", 2, 1, "v= only once"),
            ("v=0\r\no=- 1 1 IN IP4\r\n", 2, 15, "o=username id version nettype addrtype address"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nc=IN IP4\r\n", 3, 9, "c=nettype addrtype address"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nt=0 never\r\n", 3, 5, "a number of seconds"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 70000 RTP/AVP 0\r\n", 3, 9, "a port, 0 to 65535"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio -1 RTP/AVP 0\r\n", 3, 9, "a port, 0 to 65535"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 4000/0 RTP/AVP 0\r\n", 3, 9, "a number of ports"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 4000 RTP/AVP\r\n", 3, 21, "m=media port transport format …"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\nm=audio 4000 RTP/AVP (0)\r\n", 3, 22, "a token"),
            ("v=0\r\no=- 1 1 IN IP4 a\r\na=x\ry\r\n", 3, 4, "no control characters"),
            ("v=0\r\nx=1\r\n", 2, 1, "a field such as a= or m="),
        ])
    func unreadable(text: String, line: Int, column: Int, expected: String) {
        #expect {
            _ = try SessionDescription(parsing: Array(text.utf8))
        } throws: { error in
            let error = error as? SessionDescription.ParseError
            return error?.line == line && error?.column == column && error?.expected == expected
        }
    }

    @Test(
        "Sizes that no telephone needs are refused",
        arguments: [
            String(repeating: "x", count: 40_000),
            "v=0\r\n" + String(repeating: "a=x\r\n", count: 1_100),
            "v=0\r\n" + String(repeating: "m=audio 1 RTP/AVP 0\r\n", count: 33),
            "v=0\r\nm=audio 1 RTP/AVP" + String(repeating: " 0", count: 129),
        ])
    func limits(text: String) {
        #expect { _ = try SessionDescription(parsing: Array(text.utf8)) } throws: { error in
            (error as? SessionDescription.ParseError)?.expected.hasPrefix("at most") == true
        }
    }

    @Test(
        "A known attribute with an unknown value is kept as text and means nothing",
        arguments: [
            "rtpmap:300 PCMA/8000", "rtpmap:8", "rtpmap:8 PCMA", "rtpmap:8 PCMA/fast", "rtpmap:8 PCMA/8000/0", "ptime:20.5",
            "ptime:0", "ptime:99999999999999999999", "fmtp:101", "rtcp:70000", "rtcp:1 IN IP4", "sendrecv:yes",
        ])
    func unknownAttribute(text: String) {
        let (name, value) = text.cut(at: ":")
        #expect(Attribute(text) == .other(name: name, value: value))
        #expect(Attribute(text).description == text)
    }

    @Test("Every prefix and every changed byte of a description reads or is refused, and never crashes")
    func mutations() {
        let bytes = Array(Self.full.utf8)
        var random = RandomSource(seed: 1)
        var read = 0
        for length in 0..<bytes.count where (try? SessionDescription(parsing: Array(bytes[..<length]))) != nil { read += 1 }
        for _ in 0..<4_000 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let description = try? SessionDescription(parsing: changed) else { continue }
            read += 1
            #expect((try? SessionDescription(parsing: description.encoded()))?.encoded() == description.encoded())
        }
        #expect(read > 1_000)
    }

    @Test("Addresses of names, multicast and other networks have no number")
    func addresses() {
        #expect(Connection(addressType: "IP4", address: "pbx.example").ipAddress == nil)
        #expect(Connection(addressType: "IP4", address: "224.2.1.1/127").ipAddress == nil)
        #expect(Connection(addressType: "IP6", address: "10.0.0.1").ipAddress == nil)
        #expect(Connection(networkType: "ATM", addressType: "IP4", address: "10.0.0.1").ipAddress == nil)
        #expect(Connection(IPAddress.v6(0x2001_0db8_0000_0000, 1, zone: 0)).description == "IN IP6 2001:db8::1")
    }
}
