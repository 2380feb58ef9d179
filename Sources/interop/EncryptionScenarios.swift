import Rig

/// Encrypted calls between the door and baresip's srtp module, from either side.
let encryptionScenarios: [Scenario] = [
    Scenario("encrypted: the door requires it, the phone can; speech both ways") { try pressed("required", "srtp", $0) },
    Scenario("encrypted: the door requires it, and so does the phone") { try pressed("required", "srtp-mand", $0) },
    Scenario("encrypted: the door offers it, the phone can") { try pressed("offered", "srtp", $0) },
    Scenario("encrypted: the door offers it, the phone requires it") { try pressed("offered", "srtp-mand", $0) },
    Scenario("in the clear: the door offers encryption, the phone has none") { try pressed("offered", nil, $0) },
    Scenario("encrypted: a phone that can calls a door that requires it") { try called("required", "srtp", $0) },
    Scenario("encrypted: a phone that requires it calls a door that offers it") { try called("offered", "srtp-mand", $0) },
    Scenario("encrypted: held and resumed by the phone, the sound comes back") { stage in
        let phone = try stage.phone { $0.encryption = "srtp-mand" }
        let door = try stage.door(calling: [phone.uri]) { $0.calls = ["srtp = \"required\""] }
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(1)
        try phone.hold()
        Clock.pause(1)
        try phone.resume()
        let resumed = try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(5)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect(ended["authentication_failures"]?.double == 0, "packets were not the peer's")
        // baresip 1.0.0 hears nothing more after a hold, in the clear either; so what was sent is counted.
        let sent = (ended["packets_sent"]?.double ?? 0) / 50
        try expect(sent > ended.time - resumed.time, "\(decimal(sent)) s of sound were sent, less than after the hold")
        let sound = try stage.doorHeard(door, from: resumed, to: ended)
        try expect(sound.isHeard, "the door did not hear the phone after the hold")
        return "\(decimal(sent)) s sent; after it heard \(decimal(sound.value)) here"
    },
    Scenario("refused: the door requires encryption, the phone has none") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri]) { $0.calls = ["srtp = \"required\""] }
        try door.tool.press("bell")
        let ended = try stage.end(of: door, because: "incompatible")
        try stage.expectRest(door)
        let text = ended["text"]?.string ?? ""
        try expect(text.contains("encrypted sound (SRTP) is required"), "the end says: \(text)")
        try expect(ended["packets_sent"]?.double == 0, "something went out")
        return text
    },
    Scenario("refused: a phone without encryption calls a door that requires it") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri]) { $0.calls = ["srtp = \"required\""] }
        try phone.dial(door.house.uri)
        try phone.event("CALL_CLOSED")
        try expect(phone.saw("SIP/2.0 488", within: 2), "no 488")
        try expect(phone.saw("Warning: 302 portier \"encrypted sound (SRTP) is required\"", within: 2), "no Warning")
        return "488 with a Warning"
    },
]

private func pressed(_ policy: String, _ encryption: String?, _ stage: Stage) throws -> String {
    let phone = try stage.phone { $0.encryption = encryption }
    let door = try stage.door(calling: [phone.uri]) { $0.calls = ["srtp = \"\(policy)\""] }
    try door.tool.press("bell")
    return try talk(stage, door, phone, isEncrypted: encryption != nil)
}

private func called(_ policy: String, _ encryption: String, _ stage: Stage) throws -> String {
    let phone = try stage.phone { $0.encryption = encryption }
    let door = try stage.door(calling: [phone.uri]) { $0.calls = ["srtp = \"\(policy)\""] }
    try phone.dial(door.house.uri)
    return try talk(stage, door, phone, isEncrypted: true)
}

private func talk(_ stage: Stage, _ door: Portierd, _ phone: Baresip, isEncrypted: Bool) throws -> String {
    let answered = try door.events.next("call-answered")
    Clock.pause(5)
    try phone.hangUp()
    let ended = try stage.end(of: door, because: "remote-hang-up")
    let suite = ended["encryption"]?.string
    try expect((suite != nil) == isEncrypted, "the call was \(suite ?? "in the clear")")
    if isEncrypted { try expect(ended["authentication_failures"]?.double == 0, "packets were not the peer's") }
    return try stage.expectSpeech(door, phone, from: answered, to: ended) + "; " + (suite ?? "in the clear")
}
