import Base
import Testing

@testable import Runtime

@Suite("Log")
struct LogTests {
    private func lines(level: Severity = .debug, style: Log.Style = .journal, _ body: (Log) -> Void) -> [String] {
        let journal = Journal<String>()
        body(Log(level: level, style: style) { journal.write(String(decoding: $0, as: UTF8.self)) })
        return journal.entries
    }

    @Test("A line is the journal's priority, the event and its values")
    func shape() {
        #expect(lines { $0.info("call-ended", ["call": 7, "mos": 4.1]) } == ["<6>call-ended call=7 mos=4.1\n"])
        #expect(lines { $0.error("x") } == ["<3>x\n"])
        #expect(lines(style: .terminal) { $0.warning("x", ["a": true]) } == ["warning: x a=true\n"])
        #expect(lines { $0.write(.notice, "x", texts: [("a", "b c")]) } == ["<5>x a=\"b c\"\n"])
    }

    @Test(
        "A value stays one word on one line, whatever a peer put into it",
        arguments: [
            ("plain-1.2:3", "plain-1.2:3"), ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("a\"b\\", #""a\"b\\""#),
            ("x\n<0>forged", #""x\n<0>forged""#), ("\u{1B}[2J\u{7F}", #""\x1b[2J\x7f""#), ("Tür", "Tür"),
            (String(repeating: "x", count: 513), "\"" + String(repeating: "x", count: 512) + "…\""),
        ])
    func escaping(value: String, expected: String) {
        #expect(lines { $0.info("e", ["v": value]) } == ["<6>e v=\(expected)\n"])
    }

    @Test("What is below the level is not written, and its values are not made")
    func level() {
        let made = Journal<String>()
        func value(_ text: String) -> String {
            made.write(text)
            return text
        }
        let written = lines(level: .notice) { log in
            log.info("a", ["v": value("a")])
            log.notice("b", ["v": value("b")])
            log.level = .info
            log.info("c", ["v": value("c")])
            log.debug("d", ["v": value("d")])
        }
        #expect(written == ["<5>b v=b\n", "<6>c v=c\n"])
        #expect(made.entries == ["b", "c"])
    }
}

@Suite("Rate limiter")
struct RateLimiterTests {
    @Test("A burst passes, the rest is held back and counted, and time lets more through")
    func burst() {
        var limiter = RateLimiter(3, per: .seconds(30))
        let start = Instant() + .seconds(1_000)
        let first = (0..<5).map { _ in limiter.admit(at: start) }
        #expect(first == [.pass(heldBack: 0), .pass(heldBack: 0), .pass(heldBack: 0), .holdBack, .holdBack])
        #expect(limiter.admit(at: start + .seconds(9)) == .holdBack)
        #expect(limiter.admit(at: start + .seconds(10)) == .pass(heldBack: 3))
        #expect(limiter.admit(at: start + .seconds(11)) == .holdBack)
        let later = start + .seconds(3_600)
        #expect(limiter.admit(at: later) == .pass(heldBack: 1))
        #expect(limiter.admit(at: later) == .pass(heldBack: 0))
        #expect(limiter.admit(at: later) == .pass(heldBack: 0))
        #expect(limiter.admit(at: later) == .holdBack)
    }
}
