import Rig

/// Calls in each codec, with speech checked at both ends.
let codecScenarios: [Scenario] = [
    Scenario("µ-law only") { try talk("PCMU/8000/1", as: "pcmu", $0) },
    Scenario("A-law only") { try talk("PCMA/8000/1", as: "pcma", $0) },
    Scenario("G.722") { try talk("G722/16000/1,PCMA/8000/1", as: "g722", $0) },
    Scenario("Opus, and keys beside it") { try talk("opus/48000/1,PCMA/8000/1", as: "opus", keys: "4711#", $0) },
    Scenario("L16") { try talk("L16/16000/1", as: "l16", offering: ["l16"], $0) },
    Scenario("the phone offers Opus, G.722 and G.711: its first is taken") { stage in
        let phone = try stage.phone { $0.codecs = "G722/16000/1,opus/48000/1,PCMA/8000/1" }
        let door = try stage.door(calling: [phone.uri])
        try phone.dial(door.house.uri)
        try phone.event("CALL_ESTABLISHED")
        let answered = try door.events.next("call-answered")
        Clock.pause(4)
        let codec = try inUse(door)
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "remote-hang-up")
        try expect(codec == "g722", "\(codec) was taken")
        return try stage.expectSpeech(door, phone, from: answered, to: ended)
    },
    Scenario("hold and resume keep Opus") { stage in
        let phone = try stage.phone { $0.codecs = "opus/48000/1,PCMA/8000/1" }
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(1)
        let before = try inUse(door)
        try door.tool.run("hold")
        try door.events.next("call-held") { $0["held"]?.bool == true }
        try door.tool.run("resume")
        try door.events.next("call-held") { $0["held"]?.bool == false }
        Clock.pause(1)
        let after = try inUse(door)
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        try expect(before == "opus" && before == after, "\(before) became \(after)")
        return "\(before) before and after"
    },
]

/// A call from the door to a phone that has these codecs; the door must use `name`.
private func talk(
    _ codecs: String, as name: String, offering: [String]? = nil, keys: String? = nil, _ stage: Stage
) throws -> String {
    let phone = try stage.phone { $0.codecs = codecs }
    let door = try stage.door(calling: [phone.uri]) { $0.codecs = offering }
    try door.tool.press("bell")
    let answered = try door.events.next("call-answered")
    Clock.pause(4)
    let codec = try inUse(door)
    if let keys {
        try phone.send(keys: keys)
        try door.events.next("door-released")
    }
    try phone.hangUp()
    let ended = try stage.end(of: door, because: "remote-hang-up")
    try expect(codec == name, "\(codec) is used, not \(name)")
    return try stage.expectSpeech(door, phone, from: answered, to: ended)
}

private func inUse(_ door: Portierd) throws -> String {
    try door.tool.state()["calls"]?.array?.first?["codec"]?.string ?? "none"
}
