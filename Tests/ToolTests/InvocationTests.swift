import JSON
import Testing

@testable import Tool

@Suite("Command line")
struct InvocationTests {
    @Test(
        "Each command becomes its request",
        arguments: [
            (["press", "bell"], ["command": "press", "button": "bell", "kind": "short"]),
            (["open", "front"], ["command": "open", "door": "front"]),
            (["output", "light", "off"], ["command": "output", "output": "light", "set": "off"]),
            (["press", "bell", "--long"], ["command": "press", "button": "bell", "kind": "long"]),
            (["-l", "press", "--", "--bell"], ["command": "press", "button": "--bell", "kind": "long"]),
            (["press", "bell", "-d"], ["command": "press", "button": "bell", "kind": "double"]),
            (["press", "service", "--chord"], ["command": "press", "chord": "service"]),
            (["call", "sip:201@10.0.0.5"], ["command": "call", "target": "sip:201@10.0.0.5"]),
            (["answer"], ["command": "answer"]), (["answer", "in-1"], ["command": "answer", "call": "in-1"]),
            (["hangup", "out-2"], ["command": "hangup", "call": "out-2"]), (["hold"], ["command": "hold"]),
            (["message", "porter", "hi there"], ["command": "message", "target": "porter", "text": "hi there"]),
            (["transfer", "porter", "in-1"], ["command": "transfer", "target": "porter", "call": "in-1"]),
            (["resume", "in-1"], ["command": "resume", "call": "in-1"]),
            (["dtmf", "12#*a"], ["command": "dtmf", "digits": "12#*A"]),
            (["fault", "update"], ["command": "fault", "name": "update", "kind": "on"]),
            (["fault", "update", "off"], ["command": "fault", "name": "update", "kind": "off"]),
            (["dtmf", "0", "in-3"], ["command": "dtmf", "digits": "0", "call": "in-3"]),
        ] as [([String], JSONValue)])
    func requests(arguments: [String], request: JSONValue) throws {
        #expect(try Invocation(arguments: arguments) == Invocation(task: .request(request)))
    }

    @Test("The echo canceller takes three files and where its figures go")
    func echo() throws {
        #expect(
            try Invocation(arguments: ["aec", "f.wav", "m.wav", "--report", "r.tsv", "o.wav"])
                == Invocation(task: .cancelEcho(played: "f.wav", microphone: "m.wav", output: "o.wav"), report: "r.tsv"))
        #expect(throws: UsageError(text: "aec: OUT.wav is missing")) { try Invocation(arguments: ["aec", "f", "m"]) }
        #expect(throws: UsageError(text: "state: --report is for aec only")) {
            try Invocation(arguments: ["state", "--report=x"])
        }
    }

    @Test("The sound's self-test wants the configuration whose card is tested")
    func selfTest() throws {
        #expect(
            try Invocation(arguments: ["selftest", "sound", "--config", "h.toml", "-j"])
                == Invocation(task: .testSound(configuration: "h.toml"), isJSON: true))
        #expect(throws: UsageError(text: "selftest: --config FILE is missing")) {
            try Invocation(arguments: ["selftest", "sound"])
        }
        #expect(throws: UsageError(text: "selftest: 'lamps' cannot be tested; expected sound")) {
            try Invocation(arguments: ["selftest", "lamps"])
        }
        #expect(throws: UsageError(text: "state: --config is for selftest only")) {
            try Invocation(arguments: ["state", "--config=x"])
        }
    }

    @Test("Options stand anywhere, with the value attached or apart; help and version win")
    func options() throws {
        #expect(
            try Invocation(arguments: ["state", "--json", "--socket=/a"])
                == Invocation(task: .state, socket: "/a", isJSON: true))
        #expect(try Invocation(arguments: ["-s", "/a", "-j", "events"]) == Invocation(task: .events, socket: "/a", isJSON: true))
        #expect(
            try Invocation(arguments: ["check", "x.toml", "--credentials", "/c"])
                == Invocation(task: .check(file: "x.toml"), credentials: "/c"))
        #expect(try Invocation(arguments: ["press", "--help"]).task == .help)
        #expect(try Invocation(arguments: ["help"]).task == .help)
        #expect(try Invocation(arguments: ["--version", "nonsense"]).task == .version)
        #expect(try Invocation(arguments: ["check", "-"]).task == .check(file: "-"))
        #expect(try Invocation(arguments: ["wiring", "h.toml"]).task == .wiring(file: "h.toml"))
    }

    @Test(
        "A wrong command line says what is wrong",
        arguments: [
            ([], "a command is missing"), (["ring"], "there is no command 'ring'"), (["press"], "press: NAME is missing"),
            (["output", "light", "dim"], "output: 'dim' cannot be done; expected on, off or pulse"),
            (["output", "light"], "output: on|off|pulse is missing"), (["open"], "open: DOOR is missing"),
            (["check", ""], "check: FILE is missing"), (["state", "now"], "state: 'now' is one word too many"),
            (["answer", "in-1", "in-2"], "answer: 'in-2' is one word too many"), (["call"], "call: TARGET is missing"),
            (["message", "porter"], "message: TEXT is missing"),
            (["fault", "update", "no"], "fault: 'no' is neither on nor off"),
            (["dtmf", "12E"], "dtmf: '12E' has other keys than 0-9 * # A-D"), (["--loud"], "there is no option '--loud'"),
            (["state", "--socket"], "the option --socket wants a path"), (["--socket="], "the option --socket wants a path"),
            (["state", "--json=yes"], "the option --json takes no value"),
            (["call", "a", "--long"], "call: --long is for press only"),
            (["press", "a", "--long", "--chord"], "press: one of --long, --chord at a time"), (["playout", "a"], "playout: OUT is missing"),
            (["playout", "a", "b", "--rate", "9"], "playout: '9' is no value for --rate"),
            (["playout", "a", "b", "--codec", "200=pcma"], "playout: '200=pcma' is no value for --codec"),
            (["state", "--ssrc", "1"], "state: --ssrc is for playout only"),
        ] as [([String], String)])
    func errors(arguments: [String], text: String) {
        #expect(throws: UsageError(text: text)) { try Invocation(arguments: arguments) }
    }

    @Test("Help names every command and every option")
    func help() {
        for word in [
            "check", "state", "events", "press", "open", "output", "call", "answer", "hangup", "hold", "resume", "transfer", "dtmf",
            "message", "wiring", "fault", "aec", "--report", "--socket",
            "playout", "--rate", "--ssrc", "--codec",
            "--json",
            "--long", "--credentials", "--help", "--version",
        ] {
            #expect(Help.text.contains(word))
        }
        #expect(Help.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }
}
