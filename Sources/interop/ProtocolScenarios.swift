import Rig

/// What RFC 3261 and its extensions foresee and no phone does when one wants it, played by SIPp.
let protocolScenarios: [Scenario] = [
    Scenario("glare: re-INVITEs cross, 491 both ways, then it works") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("glare", of: door)
        try door.events.next("call-answered")
        Clock.pause(0.5)
        try door.tool.run("hold")
        try door.events.next("call-held", within: 8) { $0["held"]?.bool == true }
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        return "held at the second try"
    },
    Scenario("a re-INVITE without an offer") { stage in
        let door = try stage.openDoor()
        try stage.caller("late-reoffer", of: door).finish()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect((ended["packets_sent"]?.integer ?? 0) > 50, "no sound was sent afterwards")
        return "offered in the 200"
    },
    Scenario("every request comes twice or three times") { stage in
        let door = try stage.openDoor { $0.automatic = [] }
        let caller = try stage.caller("retransmitted", of: door)
        try door.events.next("call-started")
        Clock.pause(0.7)
        try door.tool.run("answer")
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        try expect(door.events.all.filter { $0.name == "call-started" }.count == 1, "more than one call came of it")
        try expect(!door.events.comes("call-ended", within: 0.5), "a second terminal event came")
        return "one call"
    },
    Scenario("UPDATE refreshes, holds and resumes") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("update", of: door)
        try door.events.next("call-held") { $0["held"]?.bool == true }
        try door.events.next("call-held") { $0["held"]?.bool == false }
        try caller.finish()
        try stage.end(of: door, because: "remote-hang-up")
        return "held and resumed"
    },
    Scenario("a CANCEL that says: answered elsewhere") { stage in
        let door = try stage.openDoor { $0.automatic = [] }
        try stage.caller("cancel-elsewhere", of: door).finish()
        try stage.end(of: door, because: "answered-elsewhere")
        try stage.expectRest(door)
        return "told as such"
    },
    Scenario("a 200 that is never acknowledged") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("never-ack", of: door, seconds: 45)
        try caller.finish(within: 50)
        let ended = try door.events.next("call-ended")
        try stage.expectRest(door)
        let count = caller.messages.components(separatedBy: "SIP/2.0 200 OK").count - 2
        return "ended as \(ended["reason"]?.string ?? ""), after \(count) times 200"
    },
    Scenario("a session timer that is too short: 422") { stage in
        let door = try stage.openDoor()
        try stage.caller("session-too-brief", of: door).finish()
        try stage.end(of: door, because: "remote-hang-up")
        return "90 s"
    },
    Scenario("a phone that wants a longer session timer: 422") { stage in
        let phone = try stage.called("phone-session-timer")
        return try stage.answered(by: phone)
    },
    Scenario("302: the phone is elsewhere") { stage in
        let phone = try stage.phone()
        let moved = try stage.called("phone-moved", keys: ["moved": phone.uri])
        let door = try stage.door(calling: [moved.uri])
        let answered = try stage.press(door)
        try moved.finish()
        return try stage.talk(door, phone, since: answered)
    },
    Scenario("two phones behind a proxy both answer: two ACKs, one BYE") { stage in
        let phone = try stage.called("phone-forks")
        return try stage.answered(by: phone)
    },
    Scenario("early media from one fork, the answer from another") { stage in
        let phone = try stage.called("phone-early-forks")
        return try stage.answered(by: phone)
    },
    Scenario("the 200 comes three times, and gets three ACKs") { stage in
        let phone = try UDPPeer()
        let door = try stage.door(calling: ["sip:phone@\(phone.address):\(phone.port)"])
        try door.tool.press("bell")
        guard let invite = phone.receive(within: 3), invite.firstLine.hasPrefix("INVITE ") else {
            throw RigError("no INVITE came")
        }
        for _ in 0..<3 {
            phone.send(invite.response("200 OK", to: phone, description: invite.body), to: invite.host, invite.port)
            guard phone.receive(within: 1)?.firstLine.hasPrefix("ACK ") == true else { throw RigError("no ACK came") }
        }
        try door.events.next("call-answered")
        try door.tool.run("hangup")
        guard let bye = phone.receive(within: 2), bye.firstLine.hasPrefix("BYE ") else { throw RigError("no BYE came") }
        phone.send(bye.response("200 OK"), to: bye.host, bye.port)
        try stage.end(of: door, because: "local-hang-up")
        return "three ACKs"
    },
    Scenario("a reliable 183 is acknowledged by PRACK") { stage in
        let phone = try stage.called("phone-reliable")
        return try stage.answered(by: phone)
    },
    Scenario("an answer without a usable codec: ACK and BYE") { stage in
        let phone = try stage.called("phone-unusable")
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try phone.finish()
        let ended = try stage.end(of: door, because: "incompatible")
        try stage.expectRest(door)
        return ended["reason"]?.string ?? ""
    },
    Scenario("an answer that crosses the CANCEL: ACK and BYE") { stage in
        let phone = try stage.called("phone-crossing")
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-ringing")
        Clock.pause(0.6)
        try door.tool.press("bell")
        try phone.finish()
        try stage.end(of: door, because: "cancelled", "local-hang-up")
        try stage.expectRest(door)
        try expect(!door.events.all.contains { $0.name == "call-answered" }, "the call was told as answered")
        return "nothing is left"
    },
    Scenario("a phone that says 100 and falls silent") { stage in
        let phone = try stage.called("phone-silent")
        let door = try stage.door {
            $0.more = "[phone_book.slow]\ntargets = [\"\(phone.uri)\"]\nring_time = \"2s\""; $0.target = "slow"
        }
        try door.tool.press("bell")
        let ended = try stage.end(of: door, because: "no-answer", within: 8)
        try stage.expectRest(door)
        return "\(ended["reason"]?.string ?? "") by the ring time"
    },
]

extension Stage {
    /// A press, an answer, and a second press that hangs up; SIPp judges the messages.
    fileprivate func answered(by phone: SIPp) throws -> String {
        let door = try door(calling: [phone.uri])
        _ = try press(door)
        Clock.pause(1)
        try door.tool.run("hangup")
        try phone.finish()
        try end(of: door, because: "local-hang-up")
        try expectRest(door)
        let answers = door.events.all.filter { $0.name == "call-answered" }.count
        try expect(answers == 1, "the answer was told \(answers) times")
        return "each message where it belongs"
    }
}
