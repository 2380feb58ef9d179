import Base
import Testing

/// Bytes of a DNS message, written as a zone would say it.
private struct Writer {
    var bytes: [UInt8] = []

    /// A header with these counts, and one question for `name`.
    init(answers: UInt16, authorities: UInt16 = 0, question name: String, type: UInt16) {
        number(0x1234)
        number(0x8180)
        for count in [1, answers, authorities, 0] { number(count) }
        self.name(name)
        number(type)
        number(1)
    }

    mutating func number(_ value: UInt16) { bytes += [UInt8(value >> 8), UInt8(value & 255)] }

    mutating func name(_ name: String) {
        for label in name.split(separator: ".") { bytes += [UInt8(label.utf8.count)] + label.utf8 }
        bytes.append(0)
    }

    mutating func text(_ text: String) { bytes += [UInt8(text.utf8.count)] + text.utf8 }

    /// A record of the question's name, which stands at 12.
    mutating func record(_ type: UInt16, lifetime: UInt32, _ data: (inout Writer) -> Void) {
        bytes += [0xC0, 12]
        number(type)
        number(1)
        number(UInt16(lifetime >> 16))
        number(UInt16(lifetime & 0xFFFF))
        let place = bytes.count
        number(0)
        data(&self)
        let length = UInt16(bytes.count - place - 2)
        bytes[place] = UInt8(length >> 8)
        bytes[place + 1] = UInt8(length & 255)
    }

    func read(_ question: DNSQuestion) -> DNSReply? { bytes.withUnsafeBytes { DNSReply($0, to: question) } }
}

private let srv = DNSQuestion.services("_sip._udp.pbx.test")
private let naptr = DNSQuestion.pointers("pbx.test")

private func service(_ writer: inout Writer, _ target: String, priority: UInt16 = 1, weight: UInt16 = 2, port: UInt16 = 5060) {
    for value in [priority, weight, port] { writer.number(value) }
    writer.name(target)
}

@Suite("SRV and NAPTR answers as bytes: RFC 1035 §4, RFC 2782, RFC 3403 §4.1")
struct DNSReplyTests {
    @Test("SRV records are read, names in lower case, and live as long as the shortest of them and the CNAME on the way")
    func services() throws {
        var writer = Writer(answers: 3, question: "_sip._udp.pbx.test", type: 33)
        writer.record(5, lifetime: 50) { $0.name("_sip._udp.other.test") }
        writer.record(33, lifetime: 300) { service(&$0, "A.pbx.test") }
        writer.record(33, lifetime: 60) { service(&$0, "", priority: 65_535, weight: 65_535, port: 65_535) }
        let reply = try #require(writer.read(srv))
        #expect(
            reply.records
                == .services([
                    ServiceRecord(priority: 1, weight: 2, port: 5060, target: "a.pbx.test"),
                    ServiceRecord(priority: 65_535, weight: 65_535, port: 65_535, target: ""),
                ]))
        #expect(reply.lifetime == 50)
    }

    @Test("NAPTR records are read, with a compressed replacement")
    func pointers() throws {
        var writer = Writer(answers: 1, question: "pbx.test", type: 35)
        writer.record(35, lifetime: 60) {
            $0.number(10)
            $0.number(20)
            $0.text("s")
            $0.text("SIP+D2U")
            $0.text("")
            $0.bytes += [4] + "_sip".utf8 + [4] + "_udp".utf8 + [0xC0, 12]
        }
        let record = NamingPointer(order: 10, preference: 20, flags: "s", service: "SIP+D2U", replacement: "_sip._udp.pbx.test")
        #expect(writer.read(naptr) == DNSReply(records: .pointers([record]), lifetime: 60))
    }

    @Test("Nothing of the kind: absent, for as long as the zone's SOA record says, the shorter of its two figures")
    func absent() throws {
        var writer = Writer(answers: 0, authorities: 1, question: "pbx.test", type: 35)
        writer.record(6, lifetime: 900) {
            $0.name("ns.pbx.test")
            $0.name("root.pbx.test")
            for value: UInt16 in [0, 1, 0, 2, 0, 3, 0, 4, 0, 120] { $0.number(value) }
        }
        #expect(writer.read(naptr) == DNSReply(records: .absent, lifetime: 120))
        #expect(Writer(answers: 0, question: "pbx.test", type: 35).read(naptr) == DNSReply(records: .absent, lifetime: 0))
    }

    @Test("A lifetime with the top bit set is none")
    func negativeLifetime() {
        var writer = Writer(answers: 1, question: "_sip._udp.pbx.test", type: 33)
        writer.record(33, lifetime: 0x8000_0000) { service(&$0, "a.test") }
        #expect(writer.read(srv)?.lifetime == 0)
    }

    @Test("Of a thousand records 64 are kept")
    func many() throws {
        var writer = Writer(answers: 1000, question: "_sip._udp.pbx.test", type: 33)
        for index in 0..<1000 { writer.record(33, lifetime: 1) { service(&$0, "h\(index).test") } }
        guard case .services(let found)? = writer.read(srv)?.records else {
            Issue.record("no services")
            return
        }
        #expect(found.count == 64)
    }

    @Test("A name that points at itself, forwards, or in a circle is refused", arguments: [12, 0x3FFF, 47, 200])
    func circles(target: Int) {
        var writer = Writer(answers: 1, question: "_sip._udp.pbx.test", type: 33)
        writer.record(33, lifetime: 1) {
            for value: UInt16 in [1, 1, 5060] { $0.number(value) }
            $0.bytes += [1, 0x61, 0xC0 | UInt8(target >> 8), UInt8(target & 255)]
        }
        // 12 is the question's name, and the only one of them that is right.
        #expect((writer.read(srv) == nil) == (target != 12))
    }

    @Test(
        "Labels with dots, blanks or control characters inside would be another name: refused", arguments: [".", " ", "\0", "ä"])
    func strangeLabels(label: String) {
        var writer = Writer(answers: 1, question: "_sip._udp.pbx.test", type: 33)
        writer.record(33, lifetime: 1) {
            for value: UInt16 in [1, 1, 5060] { $0.number(value) }
            $0.text("a" + label)
            $0.bytes.append(0)
        }
        #expect(writer.read(srv) == nil)
    }

    @Test("Cut anywhere, a message is refused; with any one byte changed it is read or refused, and nothing else happens")
    func broken() throws {
        var writer = Writer(answers: 2, question: "_sip._udp.pbx.test", type: 33)
        for _ in 0..<2 { writer.record(33, lifetime: 60) { service(&$0, "a.pbx.test") } }
        for length in 0..<writer.bytes.count {
            var cut = writer
            cut.bytes = Array(writer.bytes.prefix(length))
            #expect(cut.read(srv) == nil)
        }
        var read = 0
        for index in writer.bytes.indices {
            for value: UInt8 in [0, 1, 0x3F, 0x40, 0x80, 0xC0, 0xFF] {
                var changed = writer
                changed.bytes[index] = value
                if changed.read(srv) != nil { read += 1 }
            }
        }
        #expect(read > 0)
    }
}
