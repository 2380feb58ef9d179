import Foundation
import Rig

/// All scenarios for one of Asterisk's two channels.
func exchangeScenarios(_ channel: Asterisk.Channel) -> [Scenario] {
    exchangeExtensions(channel) + transportScenarios("tcp") + transportScenarios("tls") + [certificateScenario] + callsByExchange
        + exchangeRefusals + exchangeKeys + exchangeFeatures
}

/// Calls by way of the exchange, either way, with sound checked at both ends.
let callsByExchange: [Scenario] = [
    Scenario("registration by digest, and again before it expires") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        let contacts = try stage.asterisk.contacts(of: seat.door)
        try expect(contacts.contains(":\(door.house.sipPort)"), "the exchange does not know the door: \(contacts)")
        try expect(door.stop() == 0, "portierd did not end in peace")
        let left = Clock.poll(within: 4, every: 0.2) { () -> Bool? in
            let contacts = try? stage.asterisk.contacts(of: seat.door)
            return contacts?.contains(":\(door.house.sipPort)") == false ? true : nil
        }
        try expect(left == true, "the door did not take its registration back at its end")
        return "registered, and taken back at the end"
    },
    Scenario("the bell calls a phone, speech both ways; the phone hangs up") { stage in
        let (_, phone, door) = try stage.pair()
        let answered = try stage.press(door)
        return try stage.talk(door, phone, since: answered, for: 6)
    },
    Scenario("the bell calls a phone; a second press hangs up") { stage in
        let (_, phone, door) = try stage.pair()
        let answered = try stage.press(door)
        Clock.pause(5)
        try door.tool.press("bell")
        try phone.event("CALL_CLOSED")
        let ended = try stage.end(of: door, because: "local-hang-up")
        try stage.expectRest(door)
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("a phone calls the door, which answers by itself, speech both ways") { stage in
        let (seat, phone, door) = try stage.pair()
        try phone.dial("sip:\(seat.door)@\(seat.exchange)")
        let answered = try door.events.next("call-answered")
        try expect(answered["automatic"]?.bool == true, "the event does not say that it answered by itself")
        return try stage.talk(door, phone, since: answered, for: 6)
    },
    Scenario("the exchange calls the door and plays an announcement") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        try stage.asterisk.command("channel originate \(try stage.asterisk.channel.rawValue)/\(seat.door) extension 601@house")
        let answered = try door.events.next("call-answered", within: 8)
        Clock.pause(6)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let heard = try stage.expectHeard(
            stage.speech.resident, by: door, from: answered.time, to: ended.time, as: "the announcement")
        return "heard \(decimal(heard.value))"
    },
    Scenario("playback: the door hears the announcement") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "601")
        let answered = try stage.press(door)
        Clock.pause(6)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let heard = try stage.expectHeard(
            stage.speech.resident, by: door, from: answered.time, to: ended.time, as: "the announcement")
        return "heard \(decimal(heard.value))"
    },
    Scenario("playback in G.722") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "601") { $0.codecs = ["g722"] }
        let answered = try stage.press(door)
        Clock.pause(6)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let heard = try stage.expectHeard(
            stage.speech.resident, by: door, from: answered.time, to: ended.time, as: "the announcement")
        return "heard \(decimal(heard.value))"
    },
    Scenario("echo: the door hears itself") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "600") { $0.isCancellingEcho = false }
        let answered = try stage.press(door)
        Clock.pause(6)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let heard = try stage.expectHeard(stage.speech.visitor, by: door, from: answered.time, to: ended.time, as: "its echo")
        return "heard \(decimal(heard.value)), \(ended["packets_sent"]?.integer ?? 0) packets there"
    },
    Scenario("early media is heard before the answer") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "606") { $0.isCancellingEcho = false }
        try door.tool.press("bell")
        let ringing = try door.events.next("call-ringing")
        try expect(ringing["early_media"]?.bool == true, "the event does not tell of early media")
        let answered = try door.events.next("call-answered", within: 10)
        Clock.pause(4)
        try door.tool.run("hangup")
        let ended = try stage.end(of: door, because: "local-hang-up")
        let early = try stage.expectHeard(
            stage.speech.resident, by: door, from: ringing.time, to: answered.time, as: "the early announcement")
        try stage.expectHeard(stage.speech.visitor, by: door, from: answered.time, to: ended.time, as: "its echo afterwards")
        return "heard \(decimal(early.value)) early"
    },
    Scenario("the exchange hangs up") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "617")
        _ = try stage.press(door)
        let ended = try stage.end(of: door, because: "remote-hang-up", within: 8)
        try stage.expectRest(door)
        return "after \(decimal(ended["seconds"]?.double ?? 0, 1)) s"
    },
]

extension Asterisk {
    /// What it knows of where a number is registered.
    func contacts(of number: String) throws -> String {
        switch channel {
        case .pjsip: try command("pjsip show aor \(number)")
        case .sip:
            try command("sip show peer \(number)").split(separator: "\n").filter { $0.contains("Addr->IP") }
                .joined(separator: "\n")
        }
    }
}
