import Foundation
import Rig

/// What exchanges do with calls that are up.
let exchangeFeatures: [Scenario] = [
    Scenario("held by the phone: the door hears music, and speech again") { stage in
        let (_, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(2)
        try phone.hold()
        let held = Clock.now
        Clock.pause(5)
        try phone.resume()
        let resumed = Clock.now
        Clock.pause(5)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        let music = try stage.expectHeard(stage.speech.third, by: door, from: held + 0.3, to: resumed, as: "the music")
        let speech = try stage.expectHeard(
            stage.speech.resident, by: door, from: resumed + 0.3, to: ended.time, as: "the phone after the hold")
        return "music \(decimal(music.value)), speech again \(decimal(speech.value))"
    },
    Scenario("held by the door: the phone hears music, and the door again") { stage in
        let (_, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(2)
        try door.tool.run("hold")
        try door.events.next("call-held") { $0["held"]?.bool == true }
        Clock.pause(5)
        try stage.expectHeard(stage.speech.third, by: phone, last: 4, as: "the music")
        try door.tool.run("resume")
        try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(5)
        try stage.expectHeard(stage.speech.visitor, by: phone, last: 4, as: "the door after the hold")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "music, then the visitor"
    },
    Scenario("direct media: re-INVITEs bring the two together") { stage in
        let seat = try stage.seat(.direct)
        let phone = try stage.phone(seat.phone, at: seat)
        let door = try stage.door(at: seat, calling: "5" + seat.phone)
        let answered = try stage.press(door)
        let heard = try stage.talk(door, phone, since: answered, for: 7)
        try expect(phone.saw("c=IN IP4 127.0.0.1"), "the phone was never sent to the door itself")
        return heard
    },
    Scenario("the phone transfers the door to another phone") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat)
        let other = try stage.phone(seat.second, at: seat) { $0.microphone = stage.speech.thirdFile }
        let door = try stage.door(at: seat)
        _ = try stage.press(door)
        Clock.pause(2)
        try phone.perform("transfer", "sip:\(seat.second)@\(seat.exchange)")
        try other.event("CALL_ESTABLISHED", within: 8)
        let moved = Clock.now
        Clock.pause(6)
        try other.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
        let there = try stage.expectHeard(stage.speech.visitor, by: other, as: "the door")
        let here = try stage.expectHeard(stage.speech.third, by: door, from: moved + 0.5, to: ended.time, as: "the other phone")
        try stage.expectRest(door)
        return "heard \(decimal(there.value)) there, \(decimal(here.value)) here"
    },
    Scenario("the exchange sends the door's call elsewhere") { stage in
        let (seat, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(2)
        try stage.asterisk.command("channel redirect \(try stage.channel(of: seat.door)) house,602,1")
        let moved = Clock.now
        try phone.event("CALL_CLOSED", within: 8)
        Clock.pause(5)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let heard = try stage.expectHeard(stage.speech.third, by: door, from: moved + 0.5, to: ended.time, as: "the music")
        return "heard \(decimal(heard.value))"
    },
    Scenario("two phones ring together: one answers, the other stops") { stage in
        let seat = try stage.seat()
        let first = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let second = try stage.phone(seat.second, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat, calling: "89" + seat.digits)
        try door.tool.press("bell")
        try first.event("CALL_INCOMING", within: 8)
        try second.event("CALL_INCOMING", within: 8)
        try second.accept()
        let answered = try door.events.next("call-answered")
        try first.event("CALL_CLOSED")
        return try stage.talk(door, second, since: answered)
    },
    Scenario("the door and a phone are called together: the phone answers") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let caller = try stage.phone(seat.second, at: seat)
        let door = try stage.door(at: seat) { $0.automatic = [] }
        try caller.dial("sip:88\(seat.digits)@\(seat.exchange)")
        try door.events.next("call-started", within: 8)
        try phone.event("CALL_INCOMING")
        try phone.accept()
        let ended = try stage.end(of: door, because: "answered-elsewhere", "cancelled")
        try caller.event("CALL_ESTABLISHED")
        try caller.hangUp()
        try stage.expectRest(door)
        return ended["reason"]?.string ?? ""
    },
    Scenario("a queue: an agent answers, speech both ways") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat)
        let door = try stage.door(at: seat, calling: "81" + seat.digits)
        _ = try stage.press(door)
        try phone.event("CALL_ESTABLISHED", within: 10)
        let connected = Clock.now
        Clock.pause(6)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
        let there = try stage.expectHeard(stage.speech.visitor, by: phone, as: "the door")
        let here = try stage.expectHeard(stage.speech.resident, by: door, from: connected + 0.5, to: ended.time, as: "the agent")
        return "heard \(decimal(there.value)) there, \(decimal(here.value)) here"
    },
    Scenario("a conference of three: the door hears both, and not itself") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat)
        let other = try stage.phone(seat.second, at: seat) { $0.microphone = stage.speech.thirdFile }
        let room = "sip:80\(seat.digits)@\(seat.exchange)"
        let door = try stage.door(at: seat, calling: "80" + seat.digits)
        _ = try stage.press(door)
        try phone.dial(room)
        try phone.event("CALL_ESTABLISHED")
        let first = Clock.now
        Clock.pause(5)
        // One after the other, as two voices at once hide each other from who compares them.
        try phone.hangUp()
        try other.dial(room)
        try other.event("CALL_ESTABLISHED")
        let second = Clock.now
        Clock.pause(5)
        let end = Clock.now
        try door.tool.run("hangup")
        try stage.end(of: door, because: "local-hang-up")
        try stage.expectHeard(stage.speech.resident, by: door, from: first + 0.5, to: second, as: "the first phone")
        try stage.expectHeard(stage.speech.third, by: door, from: second + 0.5, to: end, as: "the second phone")
        try stage.expectHeard(stage.speech.visitor, by: other, as: "the door")
        return "each heard the door and was heard"
    },
    Scenario("the door is parked, hears music, and is fetched") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat)
        let other = try stage.phone(seat.second, at: seat) { $0.microphone = stage.speech.thirdFile }
        let door = try stage.door(at: seat)
        _ = try stage.press(door)
        Clock.pause(1.5)
        try stage.asterisk.command("channel redirect \(try stage.channel(of: seat.door)) house,700,1")
        try phone.event("CALL_CLOSED", within: 8)
        // The old Asterisk first tells the place to who is parked.
        Clock.pause(4)
        let parked = Clock.now
        Clock.pause(4)
        let list = try stage.asterisk.command("parking show default")
        let lines = list.split(separator: "\n")
        guard
            let line = lines.firstIndex(where: { $0.contains("Channel ") && $0.contains("/\(seat.door)-") }),
            let place = lines[..<line].last(where: { $0.contains("Space ") })?.split(separator: " ").last
        else { throw RigError("the call is not parked: \(list)") }
        try other.dial("sip:\(place)@\(seat.exchange)")
        try other.event("CALL_ESTABLISHED", within: 8)
        let fetched = Clock.now
        Clock.pause(5)
        try other.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
        let music = try stage.expectHeard(stage.speech.third, by: door, from: parked, to: fetched, as: "the music")
        try stage.expectHeard(stage.speech.third, by: door, from: fetched + 0.5, to: ended.time, as: "who fetched it")
        let there = try stage.expectHeard(stage.speech.visitor, by: other, as: "the door")
        return "at \(place): music \(decimal(music.value)), then heard \(decimal(there.value)) there"
    },
    Scenario("pickup: another phone takes the door's call") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let other = try stage.phone(seat.second, at: seat)
        let door = try stage.door(at: seat)
        try door.tool.press("bell")
        try phone.event("CALL_INCOMING", within: 8)
        Clock.pause(0.5)
        try other.dial("sip:*8\(seat.phone)@\(seat.exchange)")
        let answered = try door.events.next("call-answered", within: 8)
        try phone.event("CALL_CLOSED")
        return try stage.talk(door, other, since: answered)
    },
    Scenario("voicemail keeps what the visitor says") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "85" + seat.phone)
        _ = try stage.press(door)
        Clock.pause(9)
        try door.tool.run("hangup")
        try stage.end(of: door, because: "local-hang-up")
        let folder = try stage.asterisk.folder + "/spool/voicemail/default/\(seat.phone)/INBOX"
        let kept = Clock.poll(within: 5, every: 0.2) { () -> WAV? in
            (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first { $0.hasSuffix(".wav") }
                .flatMap { try? WAV(path: folder + "/" + $0) }
        }
        guard let kept else { throw RigError("nothing was kept") }
        let heard = Correlation(of: kept, with: stage.speech.visitor)
        try expect(heard.isHeard, "the message is not what was said (\(heard.found) of \(heard.windows) s)")
        return "\(decimal(kept.seconds, 1)) s kept, \(decimal(heard.value))"
    },
    Scenario("OPTIONS every second, in a call too") { stage in
        let (seat, phone, door) = try stage.pair(.qualified)
        let answered = try stage.press(door)
        Clock.pause(6)
        let contacts = try stage.asterisk.reachability(of: seat.door)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect(contacts.contains("Avail") || contacts.contains("OK"), "the exchange does not reach the door: \(contacts)")
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
]

/// Played last and alone: the exchange goes away for a while.
let exchangeRestartScenarios: [Scenario] = [
    Scenario("the exchange starts anew: the registration comes back, speech both ways") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        try stage.asterisk.stop()
        // It keeps registrations on disk; one that came new from the shop does not know any.
        try FileManager.default.removeItem(atPath: stage.asterisk.folder + "/lib/astdb.sqlite3")
        try stage.asterisk.start()
        let start = Clock.now
        let back = Clock.poll(within: 70, every: 0.5) { () -> Bool? in
            (try? stage.asterisk.contacts(of: seat.door))?.contains(":\(door.house.sipPort)") == true ? true : nil
        }
        try expect(back == true, "the door did not register again")
        let seconds = Clock.now - start
        let resident = try stage.phone(seat.phone, at: seat)
        let answered = try stage.press(door)
        return try "known \(decimal(seconds, 0)) s later; " + stage.talk(door, resident, since: answered)
    }
]

extension Asterisk {
    /// What it found by its OPTIONS.
    func reachability(of number: String) throws -> String {
        let lines = try command(channel == .pjsip ? "pjsip show contacts" : "sip show peers").split(separator: "\n")
        return lines.first { $0.contains(channel == .pjsip ? "\(number)/" : "\(number)/\(number)") }.map(String.init) ?? "nothing"
    }
}
