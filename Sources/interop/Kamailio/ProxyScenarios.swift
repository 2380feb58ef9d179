import Rig

/// Calls by way of a proxy that asks for credentials and stays in the way.
let proxyScenarios: [Scenario] = [
    Scenario("the bell calls by 407 and Record-Route, speech both ways") { stage in
        let (seat, phone, door) = try stage.pair()
        let answered = try stage.press(door)
        let heard = try stage.talk(door, phone, since: answered, for: 6)
        try expect(phone.saw("Record-Route: <sip:\(seat.exchange)"), "the INVITE did not come by the proxy")
        try stage.expectSane(seat)
        return heard
    },
    Scenario("the door hangs up, its BYE by the proxy") { stage in
        let (seat, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(0.5)
        try door.tool.press("bell")
        try phone.event("CALL_CLOSED")
        try stage.end(of: door, because: "local-hang-up")
        try expect(
            stage.kamailio.log.contains { $0.contains("BYE ") && $0.contains(seat.door) }, "the BYE did not come by the proxy")
        try stage.expectSane(seat)
        return "BYE followed the route"
    },
    Scenario("a phone calls the door by the proxy, speech both ways") { stage in
        let (seat, phone, door) = try stage.pair()
        try phone.dial("sip:\(seat.door)@\(seat.exchange)")
        let answered = try door.events.next("call-answered", within: 8)
        Clock.pause(6)
        try door.tool.run("hangup")
        try phone.event("CALL_CLOSED")
        let ended = try stage.end(of: door, because: "local-hang-up")
        try stage.expectSane(seat)
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("keys of a phone open the door") { stage in
        let (_, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(0.5)
        try phone.send(keys: "4711#")
        try door.events.next("door-released")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "by RFC 4733"
    },
    Scenario("held and resumed by the door, by the proxy") { stage in
        let (seat, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(1)
        try door.tool.run("hold")
        try door.events.next("call-held") { $0["held"]?.bool == true }
        Clock.pause(0.5)
        try door.tool.run("resume")
        try door.events.next("call-held") { $0["held"]?.bool == false }
        let resumed = Clock.now
        Clock.pause(4)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        let heard = try stage.expectHeard(
            stage.speech.resident, by: door, from: resumed + 0.3, to: ended.time, as: "the phone after the hold")
        try stage.expectSane(seat)
        return "heard \(decimal(heard.value)) afterwards"
    },
    Scenario("a busy phone") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat)
        try door.tool.press("bell")
        try phone.event("CALL_INCOMING")
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "busy")
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0)"
    },
    Scenario("a number that nobody has") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "999")
        try door.tool.press("bell")
        let ended = try stage.end(of: door, because: "not-found")
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0)"
    },
    Scenario("nobody answers: the CANCEL goes by the proxy") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat, ringTime: "2s")
        try door.tool.press("bell")
        try stage.end(of: door, because: "no-answer", within: 8)
        try expect(phone.saw("CANCEL sip:", within: 3), "the phone got no CANCEL")
        try stage.expectRest(door)
        try stage.expectSane(seat)
        return "the phone was cancelled"
    },
    Scenario("two phones of one number: one answers, the other stops") { stage in
        let seat = try stage.seat()
        let first = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let second = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat)
        try door.tool.press("bell")
        try first.event("CALL_INCOMING", within: 8)
        try second.event("CALL_INCOMING", within: 8)
        try second.accept()
        let answered = try door.events.next("call-answered")
        try first.event("CALL_CLOSED")
        return try stage.talk(door, second, since: answered)
    },
    Scenario("two phones of one number answer at once: one call is left") { stage in
        let seat = try stage.seat()
        let first = try stage.phone(seat.phone, at: seat)
        let second = try stage.phone(seat.phone, at: seat)
        let door = try stage.door(at: seat)
        _ = try stage.press(door)
        Clock.pause(2)
        let open = [first, second].filter { $0.heard.last.map { $0.sound.seconds > 1 } ?? false }
        try expect(open.count == 1, "\(open.count) phones have a call")
        try door.tool.run("hangup")
        try stage.end(of: door, because: "local-hang-up")
        try stage.expectRest(door)
        try stage.expectSane(seat)
        return "the second 200 was acknowledged and ended, or cancelled"
    },
    Scenario("302: the proxy sends the call to another number") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat)
        let door = try stage.door(at: seat, calling: "7" + seat.digits)
        let answered = try stage.press(door)
        Clock.pause(5)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect(door.events.all.filter { $0.name == "call-ended" }.count == 1, "more than one terminal event")
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("503 from the proxy") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "699")
        try door.tool.press("bell")
        let ended = try stage.end(of: door, because: "unreachable")
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0)"
    },
]

/// Plays last and alone: the proxy goes away for a while.
let proxyRestartScenarios: [Scenario] = [
    Scenario("the proxy starts anew: the door registers again and is called") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        try stage.kamailio.stop()
        try stage.kamailio.start()
        let phone = try stage.phone(seat.phone, at: seat)
        let start = Clock.now
        // The door refreshes its registration of a minute in time; until then the proxy does not know it.
        let answered = Clock.poll(within: 70, every: 2) { () -> EventStream.Event? in
            phone.forget()
            try? phone.dial("sip:\(seat.door)@\(seat.exchange)")
            return try? door.events.next("call-answered", within: 1)
        }
        guard let answered else { throw RigError("the door did not come back") }
        let back = Clock.now - start
        return try "back after \(decimal(back, 0)) s; " + stage.talk(door, phone, since: answered, for: 4)
    }
]

extension Stage {
    /// That the proxy found nothing wrong with what the seat's door or phone sent.
    fileprivate func expectSane(_ seat: Seat) throws {
        let complaints = try kamailio.log.filter { $0.contains("insane") || $0.contains("no route") }
            .filter { line in seat.all.contains { line.contains("sip:\($0)@") } }
        try expect(complaints.isEmpty, "the proxy complains: \(complaints[0])")
    }
}
