import Rig

/// Calls between the door and baresip, from either side.
let phoneScenarios: [Scenario] = [
    Scenario("press, answer, speech both ways; the phone hangs up") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        let answered = try door.events.next("call-answered")
        return try stage.talk(door, phone, since: answered)
    },
    Scenario("press, answer, speech both ways; a second press hangs up") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        let answered = try door.events.next("call-answered")
        Clock.pause(5)
        try door.tool.press("bell")
        try phone.event("CALL_CLOSED")
        let ended = try stage.end(of: door, because: "local-hang-up")
        try stage.expectRest(door)
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("the phone calls; the door answers by itself, speech both ways") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try phone.dial(door.house.uri)
        try phone.event("CALL_ESTABLISHED")
        let answered = try door.events.next("call-answered")
        try expect(answered["automatic"]?.bool == true, "the event does not say that it answered by itself")
        return try stage.talk(door, phone, since: answered)
    },
    Scenario("the phone calls; the door hangs up") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try phone.dial(door.house.uri)
        try door.events.next("call-answered")
        Clock.pause(1)
        try door.tool.run("hangup")
        try phone.event("CALL_CLOSED")
        try stage.end(of: door, because: "local-hang-up")
        try stage.expectRest(door)
        return "BYE answered"
    },
    Scenario("a second press while it rings takes the call back") { stage in
        let phone = try stage.phone { $0.answersItself = false }
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-ringing")
        // The simulated button is down for a moment; a press begins when it is up again.
        Clock.pause(0.6)
        try door.tool.press("bell")
        try stage.end(of: door, because: "cancelled", "local-hang-up")
        try expect(phone.saw("CANCEL sip:", within: 2), "the phone got no CANCEL")
        try expect(phone.saw("SIP/2.0 487", within: 2), "the phone sent no 487")
        try expect(phone.saw("ACK sip:", within: 2), "the 487 got no ACK")
        try stage.expectRest(door)
        return "CANCEL, 487, ACK"
    },
    Scenario("nobody answers: the ring time ends it") { stage in
        let phone = try stage.phone { $0.answersItself = false }
        let door = try stage.door(calling: [phone.uri]) {
            $0.more = "[phone_book.slow]\ntargets = [\"\(phone.uri)\"]\nring_time = \"2s\""; $0.target = "slow"
        }
        try door.tool.press("bell")
        try stage.end(of: door, because: "no-answer", within: 6)
        try expect(phone.saw("CANCEL sip:", within: 2), "the phone got no CANCEL")
        let lamp = try door.tool.lamp("bell").shows
        try stage.expectRest(door)
        return "the lamp showed \(lamp)"
    },
    Scenario("the resident refuses the call") { stage in
        let phone = try stage.phone { $0.answersItself = false }
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try phone.event("CALL_INCOMING")
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "busy", "declined")
        try stage.expectRest(door)
        return "\(Int(ended["status"]?.double ?? 0)) as \(ended["reason"]?.string ?? "")"
    },
    Scenario("two phones ring together: the answer stops the other") { stage in
        let (first, second) = (try stage.phone { $0.answersItself = false }, try stage.phone { $0.answersItself = false })
        let door = try stage.door { house in
            house.more = "[phone_book.both]\ntargets = [\"\(first.uri)\", \"\(second.uri)\"]\norder = \"together\""
            house.target = "both"
        }
        try door.tool.press("bell")
        try first.event("CALL_INCOMING")
        try second.event("CALL_INCOMING")
        try second.accept()
        try door.events.next("call-answered")
        try first.event("CALL_CLOSED")
        try expect(first.saw("CANCEL sip:", within: 2), "the first phone got no CANCEL")
        try stage.end(of: door, because: "answered-elsewhere", "cancelled")
        try second.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        try stage.expectRest(door)
        return "one answered, one cancelled"
    },
    Scenario("phones ring in turn: busy, then the next one answers") { stage in
        let busy = try stage.called("phone-busy")
        let phone = try stage.phone()
        let door = try stage.door { house in
            house.more = "[phone_book.turn]\ntargets = [\"\(busy.uri)\", \"\(phone.uri)\"]\norder = \"in turn\""
            house.target = "turn"
        }
        try door.tool.press("bell")
        try busy.finish()
        try stage.end(of: door, because: "busy")
        try phone.event("CALL_ESTABLISHED")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "486, then 200"
    },
    Scenario("held and resumed by the phone") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        let answered = try door.events.next("call-answered")
        Clock.pause(2.5)
        try phone.hold()
        let held = try door.events.next("call-held")
        try expect(held["by"]?.string == "peer" && held["held"]?.bool == true, "the event tells it wrong")
        Clock.pause(0.3)
        let before = phone.heard.last?.sound.seconds ?? 0
        Clock.pause(1)
        let heard = (phone.heard.last?.sound.seconds ?? 0) - before
        try expect(heard < 0.1, "the phone heard \(decimal(heard)) s of sound in a second on hold")
        try phone.resume()
        let resumed = try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(4)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        // baresip 1.0.0 hears nothing more after a hold, from another baresip either; so what was sent is counted.
        let talked = ended.time - resumed.time + held.time - answered.time
        let sent = (ended["packets_sent"]?.double ?? 0) / 50
        try expect(abs(sent - talked) < 0.5, "\(decimal(sent)) s of sound were sent in \(decimal(talked)) s off hold")
        let sound = try stage.doorHeard(door, from: resumed, to: ended)
        try expect(sound.isHeard, "the door did not hear the phone after the hold")
        return "\(decimal(sent)) s sent of \(decimal(talked)) s; after it heard \(decimal(sound.value)) here"
    },
    Scenario("held and resumed by the door") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(1)
        try door.tool.run("hold")
        let held = try door.events.next("call-held")
        try expect(held["by"]?.string == "here" && held["held"]?.bool == true, "the event tells it wrong")
        try expect(phone.saw("a=sendonly", within: 1) || phone.saw("a=inactive"), "no hold was offered")
        Clock.pause(0.3)
        let quiet = try door.packetsReceived(in: 2.2)
        try door.tool.run("resume")
        try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(0.3)
        let loud = try door.packetsReceived(in: 2.2)
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        try expect(quiet < 60, "\(quiet) packets came in two seconds on hold")
        try expect(loud > 60, "\(loud) packets came in two seconds after it")
        return "packets in two seconds: \(quiet) held, \(loud) after"
    },
]

extension Portierd {
    /// Packets of sound that came in while so many seconds passed; the daemon counts them up once a second.
    func packetsReceived(in seconds: Double) throws -> Int {
        func count() throws -> Int { Int(try tool.state()["calls"]?.array?.first?["packets_received"]?.integer ?? 0) }
        let before = try count()
        Clock.pause(seconds)
        return try count() - before
    }
}
