import JSON
import Testing

@testable import Tool

@Suite("Words for JSON values")
struct WordsTests {
    @Test(
        "Values are short and readable",
        arguments: [
            (nil, "-"), (true, "yes"), (12, "12"), (0.25, "0.25"), (3.0, "3"), (-1.23456, "-1.235"), (0.0004, "0"),
            (1e300, "1e+300"),
            ("", "-"), ("door", "door"), ([], "none"), (["a", 1], "a, 1"), (["a": 1, "b": ["c": false]], "a=1 b=c=no"),
        ] as [(JSONValue, String)])
    func values(value: JSONValue, text: String) {
        #expect(Words.text(value) == text)
    }

    @Test("What could steer a terminal is shown instead of sent")
    func harmless() {
        #expect(Words.text("a\u{1B}[2Jb\n\u{9B}\u{202E}ü🔔") == "a\\u{1b}[2Jb\\u{a}\\u{9b}\\u{202e}ü🔔")
        #expect(!StateView.text(["\u{1B}": [["\u{1B}": "\u{1B}"]]]).unicodeScalars.contains("\u{1B}"))
        #expect(!EventView.line(["event": "\u{1B}", "\u{1B}": "\u{1B}"]).unicodeScalars.contains("\u{1B}"))
    }
}

@Suite("State for people")
struct StateViewTests {
    @Test("Plain values are listed by name, groups follow, lists of things are tables")
    func page() {
        let state: JSONValue = [
            "version": "0.1.0", "calls": [["id": "out-1", "peer": "201@10.0.0.5"], ["id": "in-12", "held": true]],
            "uptime": 12.5, "sound": ["card": "file", "open": true], "faults": [], "lines": ["bell", "lamp"],
        ]
        #expect(
            StateView.text(state) == """
                version: 0.1.0
                uptime:  12.5
                faults:  none
                lines:   bell, lamp

                calls
                  ID     PEER          HELD
                  out-1  201@10.0.0.5  -
                  in-12  -             yes

                sound
                  card: file
                  open: yes

                """)
    }

    @Test("A state without values is an empty page", arguments: [[:], ["a": ["b": 1]]] as [JSONValue])
    func small(state: JSONValue) {
        #expect(StateView.text(state) == (state == [:] ? "" : "a\n  b: 1\n"))
    }
}

@Suite("Events for people")
struct EventViewTests {
    @Test("An event is a line: when, what, values; values of several words in quotes")
    func line() {
        let event: JSONValue = [
            "event": "call-ended", "time": 1_700_000_000.9, "monotonic": 5.25, "call": "in-1", "from": "A Visitor", "mos": 4.4,
        ]
        #expect(
            EventView.line(event) { "at \($0)" } == "at 1700000000 call-ended call=in-1 from=\"A Visitor\" mos=4.4")
        #expect(EventView.line(["event": "x", "time": "never"]) { _ in "" } == "x")
        #expect(EventView.line(["event": "x", "time": 1e300]) { _ in "" } == "x")
    }

    @Test("The wall's time has a date and two digits each")
    func time() {
        let text = Array(EventView.localTime(1_700_000_000).utf8)
        #expect(text.count == 19)
        #expect(String(decoding: text.prefix(8), as: UTF8.self) == "2023-11-")
        #expect(text[10] == 0x20 && text[13] == 0x3A && text[16] == 0x3A)
    }
}
