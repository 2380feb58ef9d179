import Base
import Intercom
import JSON
import Testing

@testable import App

@Suite("Requests on the control socket: docs/control-protocol.md")
struct ControlRequestTests {
    @Test(
        "Every command is read with its members",
        arguments: [
            (#"{"command": "state"}"#, ControlRequest.state),
            (#"{"command": "events"}"#, .events),
            (#"{"command": "press", "button": "bell"}"#, .house(.pressed(button: "bell", .short))),
            (#"{"command": "press", "button": "bell", "kind": "long"}"#, .house(.pressed(button: "bell", .long))),
            (#"{"command": "press", "button": "bell", "kind": "double"}"#, .house(.pressed(button: "bell", .double))),
            (#"{"command": "press", "chord": "service"}"#, .house(.chordPressed(chord: "service"))),
            (#"{"command": "open", "door": "front"}"#, .house(.open(door: "front"))),
            (#"{"command": "output", "output": "light", "set": "on"}"#, .house(.output("light", .on))),
            (#"{"command": "call", "target": "flat"}"#, .house(.call(target: "flat"))),
            (#"{"command": "answer"}"#, .house(.answer(nil))),
            (#"{"command": "hangup", "call": "out-3"}"#, .house(.hangUp(.outgoing(3)))),
            (#"{"command": "message", "target": "porter", "text": "hi"}"#, .house(.message(target: "porter", text: "hi"))),
            (#"{"command": "transfer", "target": "porter"}"#, .house(.transfer(nil, target: "porter"))),
            (#"{"command": "hold", "call": "in-0"}"#, .house(.hold(.incoming(0)))),
            (#"{"command": "resume"}"#, .house(.resume(nil))),
            (#"{"command": "fault", "name": "update-2"}"#, .house(.fault("update-2", true))),
            (#"{"command": "fault", "name": "update", "kind": "off"}"#, .house(.fault("update", false))),
            (#"{"command": "dtmf", "digits": "0*#D"}"#, .house(.sendDigits(nil, "0*#D"))),
        ])
    func understood(line: String, request: ControlRequest) throws {
        #expect(try ControlRequest(JSONValue(parsing: line)) == request)
    }

    @Test(
        "What is wrong with a request is said by its name",
        arguments: [
            (#"{}"#, "command"), (#""state""#, "command"), (#"{"command": 1}"#, "command"), (#"{"command": "dance"}"#, "command"),
            (#"{"command": "press"}"#, "button"), (#"{"command": "press", "button": true}"#, "button"),
            (#"{"command": "press", "button": "bell", "kind": "gentle"}"#, "kind"), (#"{"command": "call"}"#, "target"),
            (#"{"command": "press", "chord": "service", "kind": "long"}"#, "kind"),
            (#"{"command": "hangup", "call": "3"}"#, "call"), (#"{"command": "hangup", "call": "out-99999999999"}"#, "call"),
            (#"{"command": "hangup", "call": "out-4000000000"}"#, "call"), (#"{"command": "hangup", "call": "-1"}"#, "call"),
            (#"{"command": "fault", "name": "sound", "kind": "off"}"#, "name"), (#"{"command": "fault", "name": ""}"#, "name"),
            (#"{"command": "fault", "name": "Über"}"#, "name"), (#"{"command": "fault", "name": "x", "kind": "no"}"#, "kind"),
            (#"{"command": "dtmf", "digits": ""}"#, "digits"), (#"{"command": "dtmf", "digits": "12x"}"#, "digits"),
            (#"{"command": "output", "output": "light"}"#, "set"), (#"{"command": "open"}"#, "door"),
            (#"{"command": "output", "output": "light", "set": "dim"}"#, "set"),
            (#"{"command": "state", "loudly": true}"#, "loudly"), (#"{"command": "answer", "digits": "1"}"#, "digits"),
        ])
    func refused(line: String, member: String) {
        #expect {
            _ = try ControlRequest(JSONValue(parsing: line))
        } throws: { error in
            (error as? RequestError)?.text.hasPrefix(member + ":") == true
        }
    }

    @Test(
        "A call's name is read as it is written",
        arguments: [CallID.outgoing(0), .outgoing(77), .incoming(1), .incoming(2_147_483_647)])
    func names(call: CallID) {
        #expect(CallID(call.description) == call)
    }
}
