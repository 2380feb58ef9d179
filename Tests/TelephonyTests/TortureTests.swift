import Base
import SIP
import Telephony
import Testing

/// What the whole user agent does with each message of RFC 4475 and RFC 5118, in other words than theirs.
@Suite("Torture of the user agent: RFC 4475 §3, RFC 5118 §4")
struct TortureTests {
    static let invite = World.request("INVITE", body: World.description())
    static let options = World.request("OPTIONS")
    static let register = World.request("REGISTER", uri: "sip:orchard.example")

    /// A house that has been sent one datagram, and what it said to that.
    struct Heard {
        var world = World()
        var answers: [[UInt8]] = []
        /// What the debug log says of malformed messages.
        var faults: [String] = []

        init(_ bytes: [UInt8]) {
            world.add()
            let source = Hop.udp(World.outsider)
            let outputs = world.houses[0].agent.receive(bytes, from: source, to: world.houses[0].address, at: world.now)
            for case .log(.debug, let line) in outputs where line.event == "message-malformed" {
                faults.append(line.values.first { $0.0 == "why" }?.1 ?? "")
            }
            world.take(outputs, from: 0)
            answers = world.strays.map(\.bytes)
            world.strays = []
        }

        init(_ text: String) { self.init(wireForm(text)) }

        /// By their start lines: an answer to what is malformed may be malformed.
        var statuses: [Int] { answers.compactMap { Int(String(decoding: $0.dropFirst(8).prefix(3), as: UTF8.self)) } }
        var text: String { answers.first.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        var rings: Bool { world.incoming(0).count == 1 }

        /// Whether, once all timers have run, nothing is left of it.
        mutating func isForgotten() -> Bool {
            world.settle()
            let snapshot = world.snapshot(0)
            return snapshot.transactions == 0 && snapshot.lingeringCalls == 0 && snapshot.calls.isEmpty
        }
    }

    private static func request(_ base: String, _ part: String, _ other: String) -> String { base.replacing(part, with: other) }

    // MARK: What cannot be read

    @Test(
        "Malformed requests are answered, logged with their byte, counted, and leave nothing behind",
        arguments: [
            ("§3.1.2.1", 400, request(invite, ":5060;branch=z9hG4bKout1;rport", ";;,;,,")),
            ("§3.1.2.2", 400, request(options, "Content-Length: 0", "Content-Length: 9999")),
            ("§3.1.2.3", 400, request(options, "Content-Length: 0", "Content-Length: -999")),
            ("§3.1.2.3", 400, request(options, "Content-Length: 0", "Content-Length: five")),
            ("§3.1.2.4", 400, request(register, "CSeq: 1 ", "CSeq: 36893488147419103232 ")),
            ("§3.1.2.6", 400, request(invite, "To: <", "To: \"Mx. Quill <")),
            ("§3.1.2.7", 400, request(invite, "INVITE sip:house0@10.0.0.1 ", "INVITE <sip:house0@10.0.0.1> ")),
            ("§3.1.2.8", 400, request(invite, "INVITE sip:house0@10.0.0.1 ", "INVITE sip:house0@10.0.0.1; lr ")),
            ("§3.1.2.9", 400, request(invite, "INVITE sip:house0@10.0.0.1 ", "INVITE  sip:house0@10.0.0.1  ")),
            ("§3.1.2.10", 400, request(options, " SIP/2.0\nVia", " SIP/2.0  \nVia")),
            ("§3.1.2.11", 400, request(invite, "INVITE sip:house0@10.0.0.1 ", "INVITE sip:house0@10.0.0.1?Route=%3Csip:a%3E ")),
            ("§3.1.2.15", 400, request(options, "\"Out Sider\"", "Sider, Out")),
            ("§3.1.2.16", 505, request(request(options, " SIP/2.0\nVia", " SIP/7.0\nVia"), "SIP/2.0/UDP", "SIP/7.0/UDP")),
            ("§3.1.2.17", 400, request(options, "CSeq: 1 OPTIONS", "CSeq: 8 INVITE")),
            ("§3.1.2.18", 501, request(World.request("BREWCOFFEE"), "CSeq: 1 BREWCOFFEE", "CSeq: 8 INVITE")),
            (
                "§3.3.1", 400,
                "INVITE sip:house0@10.0.0.1 SIP/2.0\nCSeq: 7 INVITE\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKout1\nl: 0\n\n"
            ),
            ("§3.3.8", 400, request(invite, "Call-ID:", "Call-ID: other\nTo: <sip:b@c>\nCSeq: 59 INVITE\nCall-ID:")),
            ("§3.3.9", 400, request(options, "Content-Length: 0", "Content-Length: 5\nContent-Length: 13")),
            ("RFC 5118 §4.2", 400, World.request("REGISTER", uri: "sip:2001:db8::33")),
            ("a bare CR", 400, request(options, "CSeq:", "Subject: a\rb\nCSeq:")),
            ("a null", 400, request(options, "CSeq:", "Subject: a\u{0}b\nCSeq:")),
            ("two tags", 400, request(options, ";tag=outs", ";tag=outs;tag=other")),
        ])
    func malformed(section: String, status: Int, text: String) {
        var heard = Heard(text)
        #expect(heard.statuses == [status], "\(section)")
        #expect(heard.faults.count == 1 && heard.faults[0].hasPrefix("at byte "), "\(section)")
        #expect(!heard.rings && heard.world.snapshot(0).counters.parseErrors == 1)
        #expect(heard.world.snapshot(0).transactions == 0)
        let isForgotten = heard.isForgotten()
        #expect(isForgotten)
        // What matches the answer to its request is there: the hop, and what else the request had.
        #expect(heard.text.contains("Via: SIP/") && heard.text.contains("CSeq: "))
        #expect(heard.text.contains("\r\nWarning: 399 portier \"at byte ") == (status == 400))
        #expect(heard.text.contains("\r\nAllow: INVITE") == (status == 501))
    }

    @Test("§3.1.2.6: what is malformed comes back as it came, on lines of its own")
    func copied() {
        let heard = Heard(Self.request(Self.invite, "To: <sip:house0@10.0.0.1>", "To: \"Mx. Quill\n\t<sip:house0@10.0.0.1>"))
        #expect(
            heard.text.contains("\r\nTo: \"Mx. Quill\t<sip:house0@10.0.0.1>;tag=")
                || heard.text.contains("\r\nTo: \"Mx. Quill <sip:"))
        #expect(heard.text.contains("\r\nCall-ID: call@192.0.2.1\r\n") && heard.text.contains(";tag=outs\r\n"))
        #expect(heard.text.contains("received=192.0.2.1"))
    }

    @Test(
        "What is no request, or an ACK, gets silence, a line in the log and a count",
        arguments: [
            ("§3.1.2.5", "SIP/2.0 503 No\n" + tail(options, "CSeq: 1 ", "CSeq: 9292394834772304023312 ")),
            ("§3.1.2.19", "SIP/2.0 4294967301 do not break\n" + tail(options, "CSeq", "CSeq")),
            ("ACK", request(World.request("ACK"), "To: <", "To: \"<")), ("noise", "noise\n\n"),
            ("no Via", request(request(options, "Via:", "X-Via:"), "CSeq: 1 OPTIONS", "CSeq: 1 BYE")),
        ])
    func silence(section: String, text: String) {
        var heard = Heard(text)
        #expect(heard.answers.isEmpty, "\(section)")
        #expect(heard.faults.count == 1 && heard.world.snapshot(0).counters.parseErrors == 1, "\(section)")
        let isForgotten = heard.isForgotten()
        #expect(isForgotten)
    }

    private static func tail(_ text: String, _ part: String, _ other: String) -> String {
        String(request(text, part, other).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)[1])
    }

    // MARK: What can be read, and is refused or answered

    @Test(
        "Readable requests get the answer that the house has to them",
        arguments: [
            ("§3.1.1.2", 501, World.request("!odd-Method9_*+`.%although'~", uri: "sip:7_odd.(x)&y=1,2;/?*:&it+is=3@10.0.0.1")),
            ("§3.1.1.3", 404, request(invite, "INVITE sip:house0@10.0.0.1 ", "INVITE sip:sips%3Alamp%40a.example@10.0.0.1 ")),
            (
                "§3.1.1.4", 405,
                request(register, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: <sip:%00@h>\nContact: <sip:%00%00@h>")
            ),
            ("§3.1.1.5", 501, request(World.request("RE%47IST%45R"), "Contact:", "C%6Fntact: <sip:x@h>\nContact:")),
            ("§3.1.1.6", 200, request(options, "\"Out Sider\" <", "caller<")),
            ("§3.1.1.8", 405, register + "\n\n" + invite),
            ("§3.1.1.9", 200, request(options, "OPTIONS sip:house0@", "OPTIONS sip:house0;at=home%40mill.example@")),
            ("§3.1.2.1", 400, request(invite, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: \"Joe\" <sip:joe@192.0.2.1>;;;;")),
            (
                "§3.1.2.13", 405,
                request(register, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: sip:peer@192.0.2.1?Route=%3Csip:a%3E")
            ),
            (
                "§3.1.2.13", 400,
                request(invite, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: sip:peer@192.0.2.1?Route=%3Csip:a%3E")
            ),
            ("§3.1.2.14", 200, request(options, "To: <sip:house0@10.0.0.1>", "To: \"Watt, T\" < sip:house0@10.0.0.1 >")),
            ("§3.2.1", 200, request(options, "branch=z9hG4bKout1", "branch=z9hG4bK")),
            ("§3.3.2", 416, World.request("OPTIONS", uri: "unheardOf:wholly-opaque")),
            ("§3.3.3", 416, World.request("OPTIONS", uri: "soap.beep://192.0.2.103:3002")),
            (
                "§3.3.4", 405,
                request(
                    request(register, "To: <sip:orchard.example>", "To: isbn:2983792873"), "<sip:peer@192.0.2.1>",
                    "<http://a.example>")
            ),
            ("§3.3.5", 420, World.request("OPTIONS", fields: ["Require: nobodyHas, thisEither", "Proxy-Require: norProxies"])),
            ("§3.3.6", 415, World.request("INVITE", body: "<audio>", type: "application/unheard-of")),
            ("§3.3.7", 405, World.request("REGISTER", fields: ["Authorization: UnheardOf opaque-data=here"])),
            ("§3.3.11", 200, request(options, "Max-Forwards: 70", "Max-Forwards: 0")),
            ("§3.3.12", 405, request(register, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: sip:+19725550123@h;odd")),
            ("§3.3.13", 405, request(register, "Contact: <sip:peer@192.0.2.1:5060>", "Contact: <sip:+19725550123@h;odd>")),
            ("§3.3.14", 405, request(register, "Contact: <sip:peer@192.0.2.1:5060>", "M: <sip:h?Route=%3Csip:a%3E>")),
            ("§3.3.15", 406, World.request("INVITE", fields: ["Accept: text/nobodyReadsThis"], body: World.description())),
            ("RFC 5118 §4.1", 405, World.request("REGISTER", uri: "sip:[2001:db8::33]")),
            ("RFC 5118 §4.3", 405, World.request("REGISTER", uri: "sip:[2001:db8::33:5070]")),
            ("RFC 5118 §4.4", 405, World.request("REGISTER", uri: "sip:[2001:db8::33]:5070")),
            ("RFC 5118 §4.5", 481, request(World.request("BYE", toTag: "x"), ";rport", ";received=[2001:db8::7:255]")),
            ("RFC 5118 §4.5", 200, request(options, ";rport", ";received=2001:db8::7:255")),
            (
                "RFC 5118 §4.7", 481,
                request(World.request("BYE", toTag: "x"), "Max", "Via: SIP/2.0/TCP [2001:db8::7:1]:6050;branch=z9hG4bKx\nMax")
            ),
            ("RFC 5118 §4.10", 200, World.request("OPTIONS", uri: "sip:house0@[2001:db8:::192.0.2.1]")),
            ("RFC 5118 §4.10", 200, World.request("OPTIONS", uri: "sip:house0@[2001:db8::192.0.2.1]")),
        ])
    func answered(section: String, status: Int, text: String) throws {
        var heard = Heard(text)
        #expect(heard.statuses == [status], "\(section)")
        #expect(heard.faults.isEmpty && !heard.rings, "\(section)")
        let answer = try Message(parsing: try #require(heard.answers.first))
        #expect(answer.toTag?.isEmpty == false)
        switch status {
        case 501, 405: #expect(answer.allow.contains("INVITE"))
        case 420: #expect(answer.unsupported == ["nobodyHas", "thisEither"])
        case 415: #expect(answer.header("Accept") == "application/sdp")
        case 406: #expect(answer.header("Warning")?.hasPrefix("399 portier") == true)
        default: break
        }
        let isForgotten = heard.isForgotten()
        #expect(isForgotten)
    }

    // Not in the attribute: Swift 6.0 cannot expand a macro whose arguments have an interpolated text.
    static let unusual: [(String, String)] = [
        ("§3.1.1.1", request(invite, "Call-ID: ", "TO-NOTE: ;;,,;;,;\ns :\ni\t:\n ")),
        ("§3.1.1.1", request(invite, "Via: SIP/2.0/UDP 192", "Via  : SIP  / 2.0\n /UDP\n   192")),
        ("§3.1.1.3", request(invite, "INVITE sip:house0@", "INVITE sip:%68ouse%30@")),
        (
            "§3.1.1.7",
            request(
                invite, "From: \"",
                "Odd-\(String(repeating: "splendid", count: 99)): x\nFrom: \"\(String(repeating: "x", count: 4000))")
        ),
        (
            "§3.1.1.10",
            request(invite, "Max", "Via: SIP/2.0/PIGEON h;branch=z9hG4bKp\nVia: SIP/2.0/SCTP h;branch=z9hG4bKs\nMax")
        ),
        (
            "§3.1.1.11",
            request(invite, "Content-Type: application/sdp", "Content-Type: multipart/mixed;boundary=fence")
                .replacing("v=0", with: "--fence\nContent-Type: application/sdp\n\nv=0").lengthened
        ),
        ("§3.1.2.4", request(invite, "Max-Forwards: 70", "Max-Forwards: 300")),
        ("§3.1.2.12", request(invite, "Max", "Date: Fri, 02 Jan 2015 16:00:00 EST\nMax")),
        ("RFC 5118 §4.8", (invite + "m=video 6024 RTP/AVP 31\nc=IN IP6 2001:db8::1\n").lengthened),
        ("RFC 5118 §4.9", request(invite, "Max", "Via: SIP/2.0/UDP [::ffff:192.0.2.2];branch=z9hG4bKm\nMax")),
    ]

    @Test("What is unusual and right rings", arguments: unusual)
    func rings(section: String, text: String) throws {
        var heard = Heard(text)
        #expect(heard.rings && heard.faults.isEmpty, "\(section)")
        heard.world.perform(0, .answer(arrived))
        let answer = try #require(heard.world.inbox().first { $0.status == 200 })
        #expect(try answer.vias.count == Message(parsing: wireForm(text)).vias.count)
        #expect(answer.offer.contains("m=audio 4000 RTP/AVP"))
        if section.hasSuffix("4.8") { #expect(answer.offer.contains("m=video 0 ")) }
        let isForgotten = heard.isForgotten()  // no ACK came
        #expect(isForgotten)
    }

    @Test("RFC 5118 §4.6: an address of the other family in the description is read, and cannot be talked to from here")
    func otherFamily() {
        let body = World.description().replacing("IN IP4 192.0.2.1\nt=", with: "IN IP6 2001:db8::20\nt=")
        #expect(Heard(World.request("INVITE", body: body)).statuses == [488])
    }

    @Test("§3.1.1.11: a MESSAGE with binary parts is framed right, whether or not it can be shown")
    func message() {
        let body = "--fence\n\nDing\n--fence\nContent-Type: application/octet-stream\n\n\u{0}\u{1}\u{0}\n--fence--"
        let heard = Heard(World.request("MESSAGE", body: body, type: "multipart/mixed;boundary=fence"))
        #expect(heard.statuses.count == 1 && heard.faults.isEmpty && !heard.statuses.contains(400))
    }

    @Test("A part that must be understood and is not refuses the whole")
    func requiredPart() {
        let part = "--f\nContent-Type: text/odd\nContent-Disposition: render;handling=required\n\nx\n"
        let session = "--f\nContent-Type: application/sdp\n\n\(World.description())\n--f--"
        let type = "multipart/mixed;boundary=f"
        #expect(Heard(World.request("INVITE", body: part + session, type: type)).statuses == [415])
        #expect(Heard(World.request("INVITE", body: part.replacing("required", with: "optional") + session, type: type)).rings)
        #expect(Heard(World.request("INVITE", body: "--f\nContent-Type: text/odd\n\nx\n--f--", type: type)).statuses == [415])
    }

    @Test("§3.1.1.12, §3.1.1.13: answers mean what their status says, whatever the reason says", arguments: ["= 3**2 сто", ""])
    func reasons(reason: String) throws {
        var (world, invite) = try World.calling()
        var trying = Response(to: invite, status: 100, toTag: nil)
        trying.reason = reason
        world.inject(String(decoding: trying.encoded(), as: UTF8.self).replacingLineEnds, into: 0)
        var response = Response(to: invite, status: 200, toTag: "peer")
        response.reason = reason
        response.headers.append(HeaderField(name: "Contact", value: "<sip:peer@192.0.2.1>"))
        response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
        response.body = wireForm(World.description())
        world.inject(String(decoding: response.encoded(), as: UTF8.self).replacingLineEnds, into: 0)
        #expect(world.inbox().map(\.method) == [.ack])
    }

    @Test("§3.3.10: a response with a second Via is not ours to hear")
    func secondVia() throws {
        var (world, invite) = try World.calling()
        var response = Response(to: invite, status: 200, toTag: "peer")
        response.headers.insert(HeaderField(name: "Via", value: "SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKx"), at: 1)
        response.headers.append(HeaderField(name: "Contact", value: "<sip:peer@192.0.2.1>"))
        let outputs = world.inject(String(decoding: response.encoded(), as: UTF8.self).replacingLineEnds, into: 0)
        #expect(world.inbox().isEmpty && world.snapshot(0).counters.strays == 1)
        #expect(outputs.contains { if case .log(.debug, let line) = $0 { line.event == "response-dropped" } else { false } })
    }

    @Test("§3.4.1: a phone from before RFC 3261 can call, is answered, and hung up on")
    func before3261() throws {
        let head = """
            INVITE sip:house0@10.0.0.1 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.1
            From: <sip:+13035550111@192.0.2.1;user=phone>
            Record-Route: <sip:house0@192.0.2.1;maddr=192.0.2.1>
            To: sip:+16505550222@10.0.0.1;user=phone
            Call-ID: older.1717@192.0.2.1
            CSeq: 56 INVITE
            Content-Type: application/sdp


            """
        var heard = Heard(head + World.description())
        #expect(heard.rings)
        heard.world.perform(0, .answer(arrived))
        let answer = try #require(heard.world.inbox().first { $0.status == 200 })
        let ack = [
            "ACK sip:house0@10.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1", "From: <sip:+13035550111@192.0.2.1;user=phone>",
            "To: \(answer.header("To") ?? "")", "Call-ID: older.1717@192.0.2.1", "CSeq: 56 ACK", "", "",
        ]
        heard.world.inject(ack.joined(separator: "\n"), into: 0)
        heard.world.perform(0, .hangUp(arrived, cause: .localHangUp))
        let bye = try heard.world.received(.bye)
        // Its proxy is a strict router: the phone itself comes last.
        #expect(bye.requestURI?.user == "house0" && bye.routes.last?.uri.user == "+13035550111")
        #expect(bye.toTag == nil && bye.callID == "older.1717@192.0.2.1")
    }
}

extension String {
    /// As `wireForm` wants it.
    fileprivate var replacingLineEnds: String {
        split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n")
    }

    /// Without the Content-Length that a change of the body made wrong.
    fileprivate var lengthened: String {
        split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("Content-Length") }.joined(
            separator: "\n")
    }
}
