import Rig

/// Callers of the door, good and bad, played by SIPp.
let callerScenarios: [Scenario] = [
    Scenario("a caller is answered by itself and hangs up") { stage in
        let door = try stage.openDoor()
        try stage.caller("call", of: door).finish()
        try stage.end(of: door, because: "remote-hang-up")
        try stage.expectRest(door)
        return "INVITE, 200, ACK, BYE, 200"
    },
    Scenario("a second caller is told busy") { stage in
        let phone = try stage.phone()
        let door = try stage.openDoor()
        try phone.dial(door.house.uri)
        try phone.event("CALL_ESTABLISHED")
        try stage.caller("second-caller", of: door).finish()
        try stage.end(of: door, because: "busy")
        let calls = try door.tool.state()["calls"]?.array?.count
        try expect(calls == 1, "the first call did not go on")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "486, and the call goes on"
    },
    Scenario("a caller gives up while it rings") { stage in
        let door = try stage.openDoor { $0.automatic = [] }
        try stage.caller("cancel", of: door).finish()
        try stage.end(of: door, because: "cancelled")
        try stage.expectRest(door)
        return "CANCEL, 200, 487, ACK"
    },
    Scenario("refusals: 501 405 420 481 505 404 415 488") { stage in
        let door = try stage.openDoor()
        try stage.caller("refusals", of: door).finish()
        try expect(door.child.isRunning, "portierd is gone")
        return "each with its header"
    },
    Scenario("OPTIONS before and in a call") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("options", of: door)
        try door.events.next("call-answered")
        Clock.pause(0.8)
        try expect(try door.tool.state()["calls"]?.array?.count == 1, "OPTIONS ended the call")
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        return "200 both times"
    },
    Scenario("hold by an address of zeros, and back") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("hold", of: door)
        try door.events.next("call-held") { $0["held"]?.bool == true }
        try door.events.next("call-held") { $0["held"]?.bool == false }
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        return "held and resumed"
    },
    Scenario("late offer: the door offers in its 200") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("late-offer", of: door)
        try door.events.next("call-answered")
        Clock.pause(1)
        let codec = try door.tool.state()["calls"]?.array?.first?["codec"]?.string ?? "none"
        try caller.finish()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect((ended["packets_sent"]?.integer ?? 0) > 20, "no sound was sent")
        return "codec \(codec)"
    },
    Scenario("a lost ACK: the 200 comes again") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("lost-ack", of: door)
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        let answers = caller.messages.components(separatedBy: "CSeq: 1 INVITE").filter { $0.contains("SIP/2.0 200") }.count
        try expect(answers >= 3, "the 200 came \(answers) times, expected three or more")
        return "\(answers) times"
    },
    Scenario("a stranger is refused without a word") { stage in
        let door = try stage.door()
        let caller = try stage.caller("unwanted", of: door)
        try caller.finish()
        let answers = caller.messages.components(separatedBy: "SIP/2.0 403").dropFirst()
        try expect(answers.count == 2, "\(answers.count) refusals, expected 2")
        for word in ["Allow:", "Server:", "User-Agent:", "Contact:", "portier"] {
            let tells = answers.contains {
                $0.prefix(600).components(separatedBy: "-----")[0].lowercased().contains(word.lowercased())
            }
            try expect(!tells, "the refusal tells \(word)")
        }
        try expect(!door.events.all.contains { $0.name == "call-started" }, "a call began")
        return "403"
    },
]
