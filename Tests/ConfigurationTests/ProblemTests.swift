import Configuration
import Testing

/// A file, and the whole report on it.
private struct Faulty: CustomTestStringConvertible, Sendable {
    var text: String
    var report: [String]

    init(_ text: String, _ report: String...) {
        self.text = text
        self.report = report
    }

    var testDescription: String { text }
}

private let simulated = "[board]\nkind = \"simulated\"\n"
private let codeForm = "a key code of 1 to 32 keys 0-9 * # A-D in quotes, with # at its end only"

private let faulty: [Faulty] = [
    // Keys.
    Faulty(
        "[bord]\n",
        "house.toml:1:2: unknown key bord, did you mean board?; expected one of accounts, alarms, answering, board, buttons, "
            + "callers, calls, chords, contacts, control, doors, drop, lamps, lines, log, outputs, phone_book, sip, sound, trust"
    ),
    Faulty(
        "[log]\nlevel = \"info\"\nlevl = 1", "house.toml:3:1: unknown key log.levl, did you mean level?; expected one of level"),
    Faulty("[log]\n\"strange key\" = 1", "house.toml:2:1: unknown key log.\"strange key\"; expected one of level"),
    // Presses.
    Faulty(
        simulated + "[lines]\na = { direction = \"input\", debounce = \"400ms\" }\n[buttons.a]\nline = \"a\"\n"
            + "double = { hang_up = true }\nlong = { hang_up = true }\nlong_press = \"300ms\"",
        "house.toml:5:10: buttons.a.double_press is not longer than the debounce of line \"a\"; "
            + "expected a longer time, or a shorter debounce",
        "house.toml:9:14: buttons.a.long_press is not longer than the debounce of line \"a\"; "
            + "expected a longer time, or a shorter debounce"),
    Faulty(
        simulated + "[chords.x]\nbuttons = [\"bel\", \"bel\"]\n[chords.y]\nbuttons = [\"bell\"]\naction = { hang_up = false }\n"
            + "[lines]\na = { direction = \"input\" }\n[buttons.bell]\nline = \"a\"",
        "house.toml:3:9: chords.x has no action; expected such as action = { hang_up = true }",
        "house.toml:4:11: chords.x.buttons is no chord; expected 2 to 8 different buttons",
        "house.toml:4:11: chords.x.buttons names no button: \"bel\", did you mean \"bell\"?; expected \"bell\"",
        "house.toml:6:11: chords.y.buttons is no chord; expected 2 to 8 different buttons",
        "house.toml:7:1: chords.y.action says nothing to do; "
            + "expected call = \"…\", hang_up = true, open = \"…\" or output = \"…\""),
    Faulty(
        simulated + "[lines]\na = { direction = \"input\" }\nb = { direction = \"input\" }\nc = { direction = \"input\" }\n"
            + "[buttons]\na.line = \"a\"\nb.line = \"b\"\nc.line = \"c\"\n[chords]\n"
            + "all = { buttons = [\"a\", \"b\", \"c\"], action = { hang_up = true } }\n"
            + "some = { buttons = [\"c\", \"a\"], action = { hang_up = true } }",
        "house.toml:13:20: chords.some has only buttons that chords.all has, too; expected a button of its own"),
    // Lamps and PWM.
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\n[lamps.x]\nline = \"a\"\nidle = \"red\"\n"
            + "busy = [\"on 1s\", \"30% 1s\"]",
        "house.toml:7:8: lamps.x.idle is coloured, and the lamp has one line only; "
            + "expected lines for red, green and blue, or no colour",
        "house.toml:8:8: lamps.x.busy is dimmed, and line \"a\" can only be on or off; "
            + "expected a line with pwm, or full brightness"),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\nb = { direction = \"output\" }\n"
            + "c = { direction = \"output\", pwm = 1 }\n[lamps.x]\nred = \"a\"\ngreen = \"b\"\nblue = \"c\"\nidle = \"blue 1%\"\n"
            + "busy = \"white 50%\"\n[lamps.y]\nred = \"a\"\nline = \"b\"",
        "house.toml:12:8: lamps.x.busy is dimmed, and line \"a\" can only be on or off; "
            + "expected a line with pwm, or full brightness",
        "house.toml:13:8: lamps.y has no blue; expected a text that is not empty, of printable characters",
        "house.toml:13:8: lamps.y has no green; expected a text that is not empty, of printable characters",
        "house.toml:14:7: lamps.y.red is \"a\", which lamps.x.red in line 8 has; expected a line of its own",
        "house.toml:15:1: lamps.y.line is given beside colours; expected line, or red, green and blue"),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\", pwm = 0 }\n[doors.x]\nline = \"a\"",
        "house.toml:6:8: doors.x.line is the PWM channel \"a\"; expected an output of a GPIO chip; PWM is for lamps"),
    Faulty(
        "[lines]\na = { direction = \"input\", pwm = 0, line = 1, chip = \"x\" }\nb = { direction = \"output\", pwm = 64 }\n"
            + "c = { direction = \"output\", pwm = 0, frequency = \"1MHz\" }\n"
            + "d = { direction = \"output\", line = \"D\", frequency = \"1kHz\", kernel_debounce = true }",
        "house.toml:2:28: lines.a.pwm is given for an input; expected outputs only",
        "house.toml:2:37: lines.a.line is given beside pwm; expected one of them",
        "house.toml:3:35: lines.b has pwm, but nothing says on which chip; "
            + "expected chip = \"pwmchip0\", or better its device's name, which stays",
        "house.toml:3:35: lines.b.pwm is 64; expected a channel's number, from 0 to 63",
        "house.toml:4:35: lines.c has pwm, but nothing says on which chip; "
            + "expected chip = \"pwmchip0\", or better its device's name, which stays",
        "house.toml:4:50: lines.c.frequency is \"1MHz\"; "
            + "expected a frequency such as \"200Hz\" or \"1kHz\", from 100Hz to 100kHz",
        "house.toml:5:41: lines.d.frequency is given without pwm; expected outputs with pwm only",
        "house.toml:5:61: lines.d.kernel_debounce is given for an output; expected inputs only"),
    // Types and ranges.
    Faulty("board = 1", "house.toml:1:9: board is 1; expected a table"),
    Faulty("[[lines]]\n", "house.toml:1:1: lines is a list; expected a table"),
    Faulty("[sip]\nport = \"5060\"", "house.toml:2:8: sip.port is \"5060\"; expected a whole number from 1 to 65535"),
    Faulty("[sip]\nport = 65536", "house.toml:2:8: sip.port is 65536; expected a whole number from 1 to 65535"),
    Faulty("[sip]\nport = 5060.0", "house.toml:2:8: sip.port is 5060.0; expected a whole number from 1 to 65535"),
    Faulty("[trust]\neveryone = 1979-05-27", "house.toml:2:12: trust.everyone is a date or time; expected true or false"),
    Faulty(
        "[log]\nlevel = \"all\"", #"house.toml:2:9: log.level is "all"; expected "error", "warning", "notice", "info" or "debug""#
    ),
    Faulty(
        "[calls]\nring_time = \"30\"",
        #"house.toml:2:13: calls.ring_time is "30"; expected a duration such as "20ms", "3s", "10m" or "1h", from 1s to 10m"#),
    Faulty(
        "[calls]\nring_time = \"99999999999999999999h\"",
        "house.toml:2:13: calls.ring_time is \"99999999999999999999h\"; "
            + #"expected a duration such as "20ms", "3s", "10m" or "1h", from 1s to 10m"#),
    Faulty(
        "[sound]\nmicrophone_gain = nan",
        "house.toml:2:19: sound.microphone_gain is nan; expected a number of decibels such as 6 or \"6dB\", from -40 to 40"),
    Faulty(
        "[sound.mixer]\nSpeaker = \"101%\"",
        "house.toml:2:11: sound.mixer.Speaker is \"101%\"; expected a level such as \"80%\" or \"-6dB\", \"on\" or \"off\""),
    Faulty(
        "[sound]\ncard = \"hw:1,0\"",
        "house.toml:2:8: sound.card is \"hw:1,0\"; expected an ALSA device by its card's id, such as \"default\" or "
            + "\"plughw:CARD=Device\", or \"file:in.wav,out.wav\" or \"file:in.wav,out.wav,loop\""),
    Faulty(
        "[sound]\ncodecs = [\"pcma\", \"gsm\"]",
        "house.toml:2:19: an item of sound.codecs is \"gsm\"; expected \"opus\", \"g722\", \"pcma\", \"pcmu\" or \"l16\""),
    Faulty(
        "[sound]\nhigh_pass = 500",
        "house.toml:2:13: sound.high_pass is 500; expected a whole number from 0 to 400"),
    Faulty(
        "[accounts.a]\naddress = \"sip:a@b\"\ncodecs = [\"opus\", \"opus\"]",
        "house.toml:3:10: accounts.a.codecs is empty, wrong, or has one twice; expected at least one, in order of preference"),
    Faulty(
        "[calls]\ninband_dtmf = \"always\"\n[accounts.a]\naddress = \"sip:a@b\"\ninband_dtmf = true",
        "house.toml:2:15: calls.inband_dtmf is \"always\"; expected \"off\" or \"fallback\"",
        "house.toml:5:15: accounts.a.inband_dtmf is true; expected \"off\" or \"fallback\""),
    Faulty(
        "[trust]\nnetworks = [\"10.0.0.1/24\", \"10.0.0.0/33\"]",
        "house.toml:2:13: an item of trust.networks is \"10.0.0.1/24\"; "
            + "expected an address or a network such as \"10.0.0.0/24\", with no bits set behind the prefix",
        "house.toml:2:28: an item of trust.networks is \"10.0.0.0/33\"; "
            + "expected an address or a network such as \"10.0.0.0/24\", with no bits set behind the prefix"),
    Faulty("[sip]\naddress = \"pbx\"", "house.toml:2:11: sip.address is \"pbx\"; expected an IPv4 or IPv6 address"),
    // Ports and calls.
    Faulty(
        "[sound]\nrtp_ports = \"40000-40003\"",
        "house.toml:2:13: there are RTP ports for 2 calls, and calls.concurrent is 4; "
            + "expected an even port and the next for each call"
    ),
    Faulty(
        "[phone_book.all]\norder = \"together\"\ntargets = [\"sip:a@b\", \"sip:b@b\"]\n[calls]\nconcurrent = 1",
        "house.toml:3:11: phone book entry \"all\" rings 2 at once, and calls.concurrent is 1; expected at most 1"),
    // What must be there.
    Faulty(
        simulated + "[buttons.bell]\n",
        "house.toml:3:10: buttons.bell has no line; expected a text that is not empty, of printable characters"),
    Faulty("[phone_book.x]\ntargets = []", "house.toml:2:11: phone_book.x has 0 targets; expected 1 to 16"),
    Faulty(
        "[phone_book.x]",
        "house.toml:1:13: phone_book.x has no targets; expected a list, each a SIP URI such as \"sip:201@10.0.0.20\""),
    Faulty(
        "[calls]\nquality_reports_to = \"collector\"",
        "house.toml:2:22: calls.quality_reports_to is \"collector\"; expected a SIP URI such as \"sip:201@10.0.0.20\", or \"off\""
    ),
    Faulty(
        "[accounts.x]\naddress = \"tel:+49\"",
        "house.toml:2:11: accounts.x.address is \"tel:+49\"; expected a SIP URI such as \"sip:201@10.0.0.20\""
    ),
    Faulty(
        "[accounts.x]\naddress = \"sip:pbx\"\npassword = \"y\"",
        "house.toml:1:11: accounts.x has a password but no user; expected username, or a user in address"),
    // Pins.
    Faulty(
        "[lines]\na = { direction = \"input\", line = 17 }",
        "house.toml:2:35: lines.a is a number, but nothing says on which chip; "
            + "expected a chip here or in [board], or the line's name"
    ),
    Faulty(
        "[board]\nchip = \"c\"\n[lines]\na = { direction = \"input\", line = 17 }\n"
            + "b = { direction = \"output\", line = \"GPIO17\", chip = \"c\" }",
        "house.toml:5:36: lines.b is the same pin as lines.a in line 4; expected a pin of its own"),
    Faulty(
        "[lines]\na = { direction = \"output\", line = \"X\", pull = \"up\" }",
        "house.toml:2:41: lines.a.pull is given for an output; expected inputs only"),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\n[lamps.x]\nline = \"a\"\n[doors.y]\nline = \"a\"",
        "house.toml:8:8: doors.y.line is \"a\", which lamps.x.line in line 6 has; expected a line of its own"),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\n[buttons.x]\nline = \"a\"",
        "house.toml:6:8: buttons.x.line is the output \"a\"; expected an input"),
    // References.
    Faulty(
        simulated
            + "[lines]\nbell = { direction = \"input\" }\n[buttons.x]\nline = \"ball\"\nlamp = \"l\"\nshort = { call = \"who\" }",
        "house.toml:6:8: buttons.x.line names no line: \"ball\", did you mean \"bell\"?; expected \"bell\"",
        "house.toml:7:8: buttons.x.lamp names no lamp: \"l\"; expected a lamp, but there is none",
        "house.toml:8:18: buttons.x.short.call names no phone book entry: \"who\"; expected a phone book entry, but there is none"
    ),
    Faulty(
        "[answering]\nautomatic = [\"family\", \"201@\", 3]",
        "house.toml:2:14: an item of answering.automatic names no phone book entry: \"family\"; "
            + "expected a phone book entry, but there is none",
        "house.toml:2:24: an item of answering.automatic is \"201@\"; "
            + "expected a SIP URI, an address such as \"201@*\", or a phone book entry",
        "house.toml:2:32: an item of answering.automatic is 3; "
            + "expected a SIP URI, an address such as \"201@*\", or a phone book entry"),
    Faulty(
        simulated
            + "[lines]\nb = { direction = \"input\" }\n[buttons.x]\nline = \"b\"\n"
            + "short = { }\nlong = { call = \"sip:a@b\", hang_up = true }",
        "house.toml:7:1: buttons.x.short says nothing to do; "
            + "expected call = \"…\", hang_up = true, open = \"…\" or output = \"…\"",
        "house.toml:8:1: buttons.x.long says more than one thing to do; "
            + "expected call = \"…\", hang_up = true, open = \"…\" or output = \"…\""),
    // Doors, outputs and contacts.
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\nb = { direction = \"input\" }\n"
            + "[doors.front]\nline = \"a\"\n[contacts.c]\nline = \"b\"\nkind = \"door\"\ndoor = \"fromt\"",
        "house.toml:11:8: contacts.c.door names no door: \"fromt\", did you mean \"front\"?; expected \"front\""),
    Faulty(
        simulated + "[lines]\nb = { direction = \"input\" }\n[contacts.c]\nline = \"b\"\n[contacts.d]\nline = \"b\"\n"
            + "kind = \"tamper\"\nhold_off = \"1s\"\ndoor = \"x\"",
        "house.toml:5:11: contacts.c has no kind; expected \"door\", \"tamper\", \"exit\" or \"motion\"",
        "house.toml:8:8: contacts.d.line is \"b\", which contacts.c.line in line 6 has; expected a line of its own",
        "house.toml:10:1: contacts.d.hold_off is given for a contact of kind \"tamper\"; expected it for \"motion\" only",
        "house.toml:11:1: contacts.d.door is given for a contact of kind \"tamper\"; expected it for \"door\" and \"exit\" only",
        "house.toml:11:8: contacts.d.door names no door: \"x\"; expected a door, but there is none"),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\n[doors.front]\nline = \"a\"\nmode = \"latch\"\n"
            + "hold_limit = \"1m\"\nrelock = \"on open\"\nopen_too_long = \"30s\"\ninterlock = [\"front\", \"back\"]",
        "house.toml:8:1: doors.front.hold_limit is given for the mode \"latch\"; expected the mode \"hold\"",
        "house.toml:9:10: doors.front.relock is \"on open\" for the mode \"latch\"; expected the mode \"pulse\"",
        "house.toml:9:10: doors.front.relock is given, but no contact says whether the door is open; "
            + "expected a contact of kind \"door\" with door = \"front\"",
        "house.toml:10:17: doors.front.open_too_long is given, but no contact says whether the door is open; "
            + "expected a contact of kind \"door\" with door = \"front\"",
        "house.toml:11:13: doors.front.interlock has \"front\" itself; expected others",
        "house.toml:11:23: an item of doors.front.interlock names no door: \"back\"; expected \"front\""),
    Faulty(
        simulated + "[lines]\na = { direction = \"output\" }\n[outputs.light]\nline = \"a\"\nmode = \"on\"\n"
            + "[alarms]\nmessage = \"guard\"\n[buttons.x]\nline = \"a\"\nshort = { output = \"lihgt\" }",
        "house.toml:7:8: outputs.light.mode is \"on\"; expected \"pulse\", \"hold\" or \"latch\"",
        "house.toml:9:11: alarms.message names no phone book entry: \"guard\"; expected a phone book entry, but there is none",
        "house.toml:11:8: buttons.x.line is \"a\", which outputs.light.line in line 6 has; expected a line of its own",
        "house.toml:11:8: buttons.x.line is the output \"a\"; expected an input",
        "house.toml:12:20: buttons.x.short.output names no output: \"lihgt\", did you mean \"light\"?; expected \"light\""),
    // Codes are not shown, not even wrong ones.
    Faulty(
        simulated
            + "[lines]\nd = { direction = \"output\" }\n[doors.x]\nline = \"d\"\n"
            + "codes = [\"47x1\", \"47#11\", \"#\", 4711, \"\"]",
        "house.toml:7:10: an item of doors.x.codes is not right; expected \(codeForm)",
        "house.toml:7:18: an item of doors.x.codes is not right; expected \(codeForm)",
        "house.toml:7:27: an item of doors.x.codes is not right; expected \(codeForm)",
        "house.toml:7:32: an item of doors.x.codes is not right; expected \(codeForm)",
        "house.toml:7:38: an item of doors.x.codes is not right; expected \(codeForm)"),
]

@Suite("Problems of a configuration")
struct ProblemTests {
    @Test("Each is told with its place, what it is, and what was expected", arguments: faulty)
    fileprivate func told(faulty: Faulty) {
        #expect(read(faulty.text).problems == faulty.report)
    }

    @Test("All are told at once, sorted by their place")
    func sorted() {
        let problems = read("[sip]\nport = 0\nuzer = \"x\"\n[log]\nlevel = 1\n[calls]\nring_time = 3\n").problems
        #expect(
            problems.map { $0.prefix(16) } == ["house.toml:2:8: ", "house.toml:3:1: ", "house.toml:5:9: ", "house.toml:7:13:"])
    }

    @Test(
        "What is no TOML is told with its place",
        arguments: [("a = ", "1:5"), ("a = 1\na = 2\n", "2:5"), ("x = [1,\n", "1:9"), ("[a\n", "1:3"), ("a = \"\u{1}\"", "1:6")])
    func syntax(text: String, place: String) {
        let problems = read(text).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("house.toml:\(place): not TOML: ") == true, "\(problems)")
    }

    @Test("Bytes that are no text, and texts deep enough to end the process, are refused like any other")
    func hostile() {
        #expect(read([0xFF, 0xFE, 0x00]).problems.count == 1)
        #expect(
            read("a" + String(repeating: ".a", count: 100_000) + " = 1").problems == [
                "house.toml:1:1: not TOML: more than 200 dots in one line"
            ])
        #expect(read("a = " + String(repeating: "[", count: 100_000)).problems.count == 1)
        #expect(read(Array(repeating: UInt8(ascii: "#"), count: 1_100_000)).problems.count == 1)
    }

    @Test(
        "Texts that the parser itself stumbles over are refused like any other",
        arguments: ["[[[1]]]", "[[[a]]]", "[[=", "schl\u{FC}ssel = 1", "\u{FEF8}", "a = \u{E4}", "[\u{E4}]"])
    func stumbling(text: String) {
        #expect(read(text).problems.count == 1)
    }

    @Test("Letters beyond ASCII are at home in names and texts, and a byte order mark is no letter")
    func unicode() {
        let house = read("\u{FEFF}[phone_book.\"T\u{FC}r \u{FEF8}\"]\ntargets = [\"sip:a@b\"]").house
        #expect(house?.phoneBook.keys.sorted() == ["T\u{FC}r \u{FEF8}"])
    }

    @Test("The caller's opinion of a URI counts")
    func checkURI() {
        let text = "[phone_book.x]\ntargets = [\"sip:a@b;transport=tcp\", \"sip:a@b\"]"
        let reading = read(text) { $0.contains("tcp") ? "UDP" : nil }
        #expect(reading.problems.map { $0.prefix(17) } == ["house.toml:2:12: "])
    }

    @Test("No cut or change of a right file makes the reader fail otherwise than by a report")
    func mutations() {
        let whole = Array(
            """
            [board]
            kind = "simulated"
            [lines]
            bell = { direction = "input", debounce = "20ms" }
            [buttons.bell]
            line = "bell"
            short = { call = "x" }
            [phone_book.x]
            targets = ["sip:a@[::1]:5060;x"]
            [sound]
            rtp_ports = "40000-40015"
            noise_suppression = "15dB"
            """.utf8)
        for end in 0...whole.count {
            let problems = read(Array(whole[..<end])).problems
            #expect(problems.allSatisfy { $0.hasPrefix("house.toml:") && !$0.contains(":0:") })
        }
        for index in whole.indices {
            for byte in [0, 0x22, 0x2E, 0x39, 0xC3, 0xFF] as [UInt8] {
                var text = whole
                text[index] = byte
                #expect(read(text).problems.allSatisfy { $0.hasPrefix("house.toml:") && !$0.contains(":0:") })
            }
        }
    }
}
