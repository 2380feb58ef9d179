import Base
import JSON
import Testing

@testable import Tool

/// After as many periods as SIP's socket has heard itself, unless said otherwise.
private func state(
    account: JSONValue = "registered", card: JSONValue = "open", periods: Int64, echoes: JSONValue? = nil, faults: JSONValue = []
) -> JSONValue {
    [
        "accounts": [["name": "pbx", "state": account], ["name": "direct", "state": "none"]], "faults": faults,
        "sound": ["card": card, "periods": .integer(periods)], "sip": ["echoes": echoes ?? .integer(periods)],
    ]
}

@Suite("A daemon proves itself within a time")
struct ConfirmationTests {
    private let start = Instant(nanoseconds: 5)

    @Test("It is proved by the second look that finds the sound going on, SIP's port answering and nothing missing")
    func proved() {
        var confirmation = Confirmation(within: .seconds(120), at: start)
        let next = start + .seconds(1)
        #expect(confirmation.look(nil, at: start) == .again(at: next, missing: ["portierd does not answer"]))
        #expect(
            confirmation.look(state(periods: 9), at: next)
                == .again(at: next + .seconds(1), missing: ["SIP's port does not answer", "sound periods do not advance"]))
        #expect(confirmation.look(state(periods: 10), at: next + .seconds(1)) == .proved)
    }

    @Test(
        "What is missing keeps it from being proved, and is told at the end",
        arguments: [
            (state(account: "failed", periods: 2), "account pbx is failed"),
            (state(account: "registering", periods: 2), "account pbx is registering"),
            (state(card: "busy", periods: 2), "sound card: busy"),
            (state(periods: 1, echoes: 2), "sound periods do not advance"),
            (state(periods: 2, echoes: 1), "SIP's port does not answer"),
            (state(periods: 2, faults: ["lines"]), "fault: lines"),
        ])
    func missing(answer: JSONValue, text: String) {
        var confirmation = Confirmation(within: .seconds(3), at: start)
        _ = confirmation.look(state(periods: 1), at: start)
        #expect(
            confirmation.look(answer, at: start + .milliseconds(2_500))
                == .again(at: start + .seconds(3), missing: [text]))
    }

    @Test("The time is over at its deadline, and a daemon that started anew must show its sound again")
    func late() {
        var confirmation = Confirmation(within: .seconds(2), at: start)
        _ = confirmation.look(state(periods: 50), at: start)
        _ = confirmation.look(nil, at: start + .seconds(1))
        #expect(
            confirmation.look(state(periods: 60), at: start + .seconds(2))
                == .failed(missing: ["SIP's port does not answer", "sound periods do not advance"]))
    }

    @Test("SIP's port need not hear itself where it never did before")
    func withoutEchoes() {
        let asked: [(before: JSONValue?, now: JSONValue, proves: Bool)] = [
            (nil, .null, false), (nil, 1, false), (["sip": ["echoes": .null]], .null, true), (state(periods: 1, echoes: 0), 1, true), (["sound": ["card": "open"]], 1, true),
            (state(periods: 1, echoes: 7), 1, false),
            (state(periods: 1, echoes: 7), "often", false),
        ]
        for (before, echoes, proves) in asked {
            var confirmation = Confirmation(within: .seconds(3), asBefore: before, at: start)
            _ = confirmation.look(state(periods: 1, echoes: echoes), at: start)
            let step = confirmation.look(state(periods: 2, echoes: echoes), at: start + .seconds(3))
            #expect(step == (proves ? .proved : .failed(missing: ["SIP's port does not answer"])))
        }
    }

    @Test("What did not work before is not demanded, what did is, and the daemon has to answer in any case")
    func asBefore() {
        let registered = state(periods: 1)
        let alone = state(account: "failed", card: "busy", periods: 0, faults: ["microphone"])
        let asked: [(before: JSONValue, now: JSONValue?, missing: [String])] = [
            (alone, alone, []), ([:], alone, []), (alone, nil, ["portierd does not answer"]),
            (alone, state(account: "failed", card: "busy", periods: 0, faults: ["lines"]), ["fault: lines"]),
            (
                registered, state(account: "failed", periods: 2),
                ["account pbx is failed", "SIP's port does not answer", "sound periods do not advance"]
            ),
            (state(card: "busy", periods: 0), state(account: "failed", periods: 0), ["account pbx is failed"]),
        ]
        for (before, now, missing) in asked {
            var confirmation = Confirmation(within: .seconds(3), asBefore: before, at: start)
            let step = confirmation.look(now, at: start + .seconds(3))
            #expect(step == (missing.isEmpty ? .proved : .failed(missing: missing)))
        }
    }

    @Test("The command line takes seconds, and a file with a former state")
    func commandLine() throws {
        #expect(try Invocation(arguments: ["confirm"]).task == .confirm(within: .seconds(120), before: nil))
        #expect(try Invocation(arguments: ["confirm", "--within", "5s"]).task == .confirm(within: .seconds(5), before: nil))
        #expect(
            try Invocation(arguments: ["confirm", "--as-before", "state.json"]).task
                == .confirm(within: .seconds(120), before: "state.json"))
        #expect(throws: UsageError(text: "confirm: 'soon' is no value for --within; expected seconds such as 120s")) {
            try Invocation(arguments: ["confirm", "--within", "soon"])
        }
    }
}
