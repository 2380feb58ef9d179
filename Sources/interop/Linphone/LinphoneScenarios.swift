import Rig

/// What linphones need: the chroot that they live in.
final class LinphoneVenue: Venue, @unchecked Sendable {
    let chroot: Chroot

    init(_ speech: SpeechFiles, _ chroot: Chroot) {
        self.chroot = chroot
        super.init(speech, SeatPool(at: Linphone.address, kinds: []))
    }
}

/// Calls between the door and linphone, from either side.
let linphoneScenarios: [Scenario] = [
    Scenario("press, answer, speech both ways; the phone hangs up") { stage in
        let phone = try stage.linphone()
        let door = try stage.openDoor(calling: phone)
        let answered = try stage.press(door)
        phone.talk()
        Clock.pause(7)
        phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try stage.expectRest(door)
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("the phone calls; the door answers by itself, and hangs up") { stage in
        let phone = try stage.linphone()
        let door = try stage.openDoor(calling: phone)
        phone.dial("sip:door@\(Linphone.address):\(door.house.sipPort)")
        let answered = try door.events.next("call-answered")
        Clock.pause(0.5)
        phone.talk()
        Clock.pause(7)
        try door.tool.run("hangup")
        try phone.shows("Call 1 with", within: 3)
        let ended = try stage.end(of: door, because: "local-hang-up")
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("held and resumed by the phone") { stage in
        let phone = try stage.linphone()
        let door = try stage.openDoor(calling: phone)
        _ = try stage.press(door)
        phone.talk()
        Clock.pause(2)
        phone.hold()
        try door.events.next("call-held") { $0["held"]?.bool == true }
        Clock.pause(1)
        phone.resume()
        try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(0.5)
        phone.talk(recordingAs: "again")
        let resumed = Clock.now
        Clock.pause(6)
        phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        let here = try stage.expectHeard(
            stage.speech.resident, by: door, from: resumed + 0.5, to: ended.time, as: "the phone after the hold")
        let there = Correlation(of: try phone.heard(as: "again"), with: stage.speech.visitor)
        try expect(there.isHeard, "the phone did not hear the door after the hold (\(there.found) of \(there.windows) s)")
        return "heard \(decimal(there.value)) there, \(decimal(here.value)) here afterwards"
    },
    Scenario("held and resumed by the door") { stage in
        let phone = try stage.linphone()
        let door = try stage.openDoor(calling: phone)
        _ = try stage.press(door)
        phone.talk()
        Clock.pause(1)
        try door.tool.run("hold")
        try door.events.next("call-held") { $0["held"]?.bool == true }
        Clock.pause(1)
        try door.tool.run("resume")
        try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(0.5)
        phone.talk(recordingAs: "again")
        let resumed = Clock.now
        Clock.pause(6)
        phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        let here = try stage.expectHeard(
            stage.speech.resident, by: door, from: resumed + 0.5, to: ended.time, as: "the phone after the hold")
        return "heard \(decimal(here.value)) here afterwards"
    },
    Scenario("the resident refuses the call") { stage in
        let phone = try stage.linphone { $0.answersItself = false }
        let door = try stage.openDoor(calling: phone)
        try door.tool.press("bell")
        try door.events.next("call-ringing", within: 8)
        Clock.pause(0.3)
        phone.hangUp()
        let ended = try stage.end(of: door, because: "busy", "declined")
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0) as \(ended["reason"]?.string ?? "")"
    },
    Scenario("a second press takes the call back") { stage in
        let phone = try stage.linphone { $0.answersItself = false }
        let door = try stage.openDoor(calling: phone)
        try door.tool.press("bell")
        try door.events.next("call-ringing", within: 8)
        Clock.pause(0.6)
        try door.tool.press("bell")
        try stage.end(of: door, because: "cancelled", "local-hang-up")
        try stage.expectRest(door)
        let isCancelled = Clock.poll(within: 3, every: 0.1) { phone.messages.contains("SIP/2.0 487") ? true : nil }
        try expect(isCancelled == true, "the phone sent no 487")
        return "CANCEL, 487"
    },
    Scenario("keys of the phone open the door") { stage in
        let phone = try stage.linphone()
        let door = try stage.openDoor(calling: phone)
        _ = try stage.press(door)
        phone.talk()
        Clock.pause(1)
        for key in "4711#" {
            phone.send(keys: String(key))
            Clock.pause(1.2)  // it looks at its keyboard about once a second
        }
        try door.events.next("door-released")
        phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
        return "by \(methods.sorted().joined(separator: " and "))"
    },
]

extension Stage {
    fileprivate func linphone(_ change: (inout Linphone.Options) -> Void = { _ in }) throws -> Linphone {
        guard let venue = venue as? LinphoneVenue else { throw RigError("this scenario needs a chroot with linphone") }
        var options = Linphone.Options(microphone: speech.residentFile)
        change(&options)
        let phone = try Linphone(in: venue.chroot, folder: scratch.file("phone-\(linphones.count + 1)"), options: options)
        linphones.append(phone)
        return phone
    }

    fileprivate func openDoor(calling phone: Linphone) throws -> Portierd {
        try door(calling: [phone.uri]) { house in
            house.trusted = ["10.77.0.0/24"]
            house.automatic = ["*@*"]
        }
    }

    fileprivate func expectSpeech(
        _ door: Portierd, _ phone: Linphone, from answered: EventStream.Event, to ended: EventStream.Event
    ) throws -> String {
        let here = try expectHeard(speech.resident, by: door, from: answered.time, to: ended.time, as: "the phone")
        phone.stop()
        let heard = try phone.heard()
        let there = Correlation(of: heard, with: speech.visitor)
        try expect(there.isHeard, "the phone did not hear the door (\(there.found) of \(there.windows) s)")
        try expect(!Correlation(of: heard, with: speech.resident).isHeard, "the phone heard itself")
        return "heard \(decimal(there.value)) there, \(decimal(here.value)) here"
    }
}
