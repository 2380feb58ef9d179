import Rig

/// Phones that do not answer as one hopes, played by SIPp.
let refusalScenarios: [Scenario] = [
    Scenario("a busy phone: 486") { stage in
        let (door, phone) = try pressed("phone-busy", stage)
        try phone.finish()
        let ended = try stage.end(of: door, because: "busy")
        try expect(ended["status"]?.integer == 486, "the terminal event does not give the status")
        let lamp = try door.tool.lamp("bell").shows
        try stage.expectRest(door)
        return "the lamp showed \(lamp)"
    },
    Scenario("a phone that declines: 603") { stage in
        let (door, phone) = try pressed("phone-declines", stage)
        try phone.finish()
        try stage.end(of: door, because: "declined")
        let lamp = try door.tool.lamp("bell").shows
        try stage.expectRest(door)
        return "the lamp showed \(lamp)"
    },
    Scenario("CANCEL, 200, 487, ACK in this order") { stage in
        let (door, phone) = try pressed("phone-rings", stage)
        try door.events.next("call-ringing")
        try door.tool.run("hangup")
        try phone.finish()
        try stage.end(of: door, because: "cancelled", "local-hang-up")
        return "by hangup"
    },
    Scenario("the phone answers, the door hangs up") { stage in
        let (door, phone) = try pressed("phone-answers", stage)
        try door.events.next("call-answered")
        Clock.pause(0.5)
        try door.tool.run("hangup")
        try phone.finish()
        try stage.end(of: door, because: "local-hang-up")
        return "INVITE, ACK, BYE"
    },
    Scenario("a phone that is not there") { stage in
        let door = try stage.door(calling: ["sip:phone@\(Ports.address()):5060"])
        try door.tool.press("bell")
        let ended = try stage.end(of: door, because: "unreachable", "no-answer", within: 40)
        return "\(ended["reason"]?.string ?? "") after \(decimal(door.waited(for: ended), 1)) s"
    },
]

private func pressed(_ scenario: String, _ stage: Stage) throws -> (Portierd, SIPp) {
    let phone = try stage.called(scenario)
    let door = try stage.door(calling: [phone.uri])
    try door.tool.press("bell")
    return (door, phone)
}

extension Portierd {
    /// Seconds from the first press to an event.
    fileprivate func waited(for event: EventStream.Event) -> Double {
        event.time - (events.all.first { $0.name == "pressed" }?.time ?? event.time)
    }
}
