import Rig

/// Extensions of SIP, as far as either channel has them.
func exchangeExtensions(_ channel: Asterisk.Channel) -> [Scenario] {
    [
        Scenario("a session timer of 90 s: the call lives on beyond it, speech both ways at the end") { stage in
            let (_, phone, door) = try stage.pair(.timers)
            _ = try stage.press(door)
            Clock.pause(95)
            let end = Clock.now
            try phone.hangUp()
            try stage.end(of: door, because: "remote-hang-up")
            let here = try stage.expectHeard(stage.speech.resident, by: door, from: end - 5, to: end, as: "the phone after 90 s")
            let there = try stage.expectHeard(stage.speech.visitor, by: phone, last: 5, as: "the door after 90 s")
            return "heard \(decimal(there.value)) there, \(decimal(here.value)) here after 90 s"
        },
        Scenario("302 from the exchange, before it answers") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let door = try stage.door(at: seat, calling: "614" + seat.digits)
            let answered = try stage.press(door)
            let heard = try stage.talk(door, phone, since: answered)
            try expect(stage.asterisk.log.contains("SIP/2.0 302"), "the exchange sent no 302")
            return heard
        },
        Scenario("REFER from the exchange, after it has answered") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let door = try stage.door(at: seat, calling: "615" + seat.digits)
            _ = try stage.press(door)
            try door.events.next("call-transferred", within: 8)
            let moved = Clock.now
            Clock.pause(5)
            try phone.hangUp()
            let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
            let here = try stage.expectHeard(stage.speech.resident, by: door, from: moved + 0.3, to: ended.time, as: "the phone")
            let there = try stage.expectHeard(stage.speech.visitor, by: phone, as: "the door")
            try stage.expectRest(door)
            return "heard \(decimal(there.value)) there, \(decimal(here.value)) here"
        },
        Scenario("the door transfers its call to another phone") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let other = try stage.phone(seat.second, at: seat) { $0.microphone = stage.speech.thirdFile }
            let door = try stage.door(at: seat)
            _ = try stage.press(door)
            Clock.pause(1)
            try door.tool.run("transfer", "sip:\(seat.second)@\(seat.exchange)")
            try other.event("CALL_ESTABLISHED", within: 8)
            let ended = try door.events.next("call-ended", within: 8)
            Clock.pause(5)
            let there = try stage.expectHeard(stage.speech.third, by: phone, last: 4, as: "the other phone")
            try stage.expectHeard(stage.speech.resident, by: other, as: "the first phone")
            try phone.hangUp()
            try stage.expectRest(door)
            return "ended as \(ended["reason"]?.string ?? ""); the two heard each other, \(decimal(there.value))"
        },
        Scenario("attended transfer by a phone's keys") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let other = try stage.phone(seat.second, at: seat) { $0.microphone = stage.speech.thirdFile }
            let door = try stage.door(at: seat)
            _ = try stage.press(door)
            Clock.pause(1.5)
            try phone.send(keys: "*2")
            Clock.pause(2.5)
            try phone.send(keys: seat.second)
            try other.event("CALL_ESTABLISHED", within: 12)
            Clock.pause(1)
            try phone.hangUp()
            let moved = Clock.now
            Clock.pause(6)
            try other.hangUp()
            let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
            let here = try stage.expectHeard(
                stage.speech.third, by: door, from: moved + 0.5, to: ended.time, as: "the other phone")
            try stage.expectHeard(stage.speech.visitor, by: other, last: 5, as: "the door")
            return "heard \(decimal(here.value)) here"
        },
        Scenario("NOTIFY of a waiting message, which nobody asked for") { stage in
            let (seat, phone, door) = try stage.pair()
            try phone.dial("sip:85\(seat.door)@\(seat.exchange)")
            try phone.event("CALL_ESTABLISHED")
            Clock.pause(8)
            try phone.hangUp()
            let came = Clock.poll(within: 6, every: 0.3) { () -> Bool? in
                (try? stage.asterisk.log.components(separatedBy: "NOTIFY sip:\(seat.door)@127.0.0.1:\(door.house.sipPort)").count)
                    .flatMap { $0 > 1 ? true : nil }
            }
            try expect(came == true, "the exchange sent no NOTIFY")
            Clock.pause(0.5)
            // It is a question of taste whether a door says 200 or 489; only it must answer, and go on.
            let answered = try stage.press(door)
            try phone.event("CALL_ESTABLISHED")
            return try stage.talk(door, phone, since: answered, for: 4)
        },
    ] + (channel == .pjsip ? pjsipOnly : [])
}

/// What chan_sip does not know.
private let pjsipOnly: [Scenario] = [
    Scenario("registration and a call by SHA-256 only") { stage in
        let (_, phone, door) = try stage.pair(.sha256)
        let answered = try stage.press(door)
        return try stage.talk(door, phone, since: answered)
    },
    Scenario("100rel required: early media after PRACK") { stage in
        let seat = try stage.seat(.reliable)
        let door = try stage.door(at: seat, calling: "606") { $0.isCancellingEcho = false }
        try door.tool.press("bell")
        let ringing = try door.events.next("call-ringing")
        let answered = try door.events.next("call-answered", within: 10)
        Clock.pause(4)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        try expect(stage.asterisk.log.contains("PRACK sip:"), "no PRACK was sent")
        let early = try stage.expectHeard(
            stage.speech.resident, by: door, from: ringing.time, to: answered.time, as: "the early announcement")
        try stage.expectHeard(stage.speech.visitor, by: door, from: answered.time, to: ended.time, as: "its echo afterwards")
        return "heard \(decimal(early.value)) early"
    },
    Scenario("100rel required of a door that rings: its 180 is reliable") { stage in
        let seat = try stage.seat(.reliable)
        let phone = try stage.phone(seat.phone, at: seat)
        let door = try stage.door(at: seat) { $0.automatic = [] }
        try phone.dial("sip:\(seat.door)@\(seat.exchange)")
        try door.events.next("call-started", within: 8)
        Clock.pause(1)
        try door.tool.run("answer")
        let answered = try door.events.next("call-answered")
        return try stage.talk(door, phone, since: answered)
    },
]
