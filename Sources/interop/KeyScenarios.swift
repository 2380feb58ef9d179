import Foundation
import Rig

/// Key codes and keys, in RTP and by INFO.
let keyScenarios: [Scenario] = [
    Scenario("key code by RFC 4733 opens the door") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(0.5)
        try phone.send(keys: "4711#")
        let opened = try door.events.next("door-released")
        let digits = door.events.all.filter { $0.name == "digit" }
        try expect(digits.count == 5, "\(digits.count) keys were counted, expected 5")
        try expect(try door.tool.activeLines().contains("strike"), "the relay is not pulled")
        Clock.pause(1.3)
        try expect(try !door.tool.activeLines().contains("strike"), "the relay is not let go")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "door \(opened["door"]?.string ?? "?"), 5 keys"
    },
    Scenario("key code by INFO, both body types, opens the door") { stage in
        let door = try stage.openDoor()
        let caller = try stage.caller("info-keys", of: door)
        try door.events.next("door-released", within: 10)
        try caller.finish()
        let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
        try stage.end(of: door, because: "remote-hang-up")
        try expect(methods == ["info"], "the keys came by \(methods.sorted())")
        return "dtmf-relay and dtmf"
    },
    Scenario("key code by tones in the speech opens the door, of a phone without telephone events") { stage in
        let opened = try tones(offering: "0", stage)
        try expect(opened, "the door did not open")
        return "5 tones in PCMU"
    },
    Scenario("tones of a phone with telephone events are speech") { stage in
        let opened = try tones(offering: "0 101", stage)
        try expect(!opened, "the door opened")
        return "no key"
    },
    Scenario("wrong codes lock out, the right one then too") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri]) { $0.codes = ["47#"] }
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(0.3)
        for code in ["11#", "22#", "33#"] {
            try phone.send(keys: code)
            try door.events.next("code-wrong")
        }
        let locked = try door.events.next("locked-out")
        try phone.send(keys: "47#")
        try door.events.next("code-wrong") { $0["locked"]?.bool == true }
        try expect(!door.events.comes("door-released", within: 0.3), "the door opened while it was locked out")
        let text = door.child.lines.all.joined(separator: "\n") + door.events.all.map { "\($0.values)" }.joined()
        try expect(!text.contains("47#") && !text.contains("\"47\""), "a code stands in a log or an event")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "locked for \(Int(locked["seconds"]?.double ?? 0)) s"
    },
    Scenario("the door's keys reach the phone") { stage in
        let phone = try stage.phone()
        let door = try stage.door(calling: [phone.uri])
        try door.tool.press("bell")
        try door.events.next("call-answered")
        Clock.pause(0.5)
        try door.tool.run("dtmf", "15#")
        for key in ["1", "5", "#"] {
            try expect(phone.saw("received event: '\(key)' (end=1)", within: 3), "the phone did not hear the key \(key)")
        }
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "1 5 #"
    },
]

/// A phone of our own answers with these formats and plays the code as tones; whether the door opens.
private func tones(offering formats: String, _ stage: Stage) throws -> Bool {
    let (phone, sound) = (try UDPPeer(), try UDPPeer(port: 0))
    let door = try stage.door(calling: ["sip:phone@\(phone.address):\(phone.port)"]) {
        $0.calls = ["inband_dtmf = \"fallback\""]
    }
    try door.tool.press("bell")
    guard let invite = phone.receive(within: 3), invite.firstLine.hasPrefix("INVITE ") else { throw RigError("no INVITE came") }
    let description = [
        "v=0", "o=phone 1 1 IN IP4 \(sound.address)", "s=-", "c=IN IP4 \(sound.address)", "t=0 0",
        "m=audio \(sound.port) RTP/AVP \(formats)", "a=rtpmap:101 telephone-event/8000", "",
    ]
    phone.send(
        invite.response("200 OK", to: phone, description: description.joined(separator: "\r\n")), to: invite.host, invite.port)
    try door.events.next("call-answered")
    guard let first = sound.receive(within: 3) else { throw RigError("the door sends no sound") }

    let samples = KeyTones.samples("4711#")
    let start = Clock.now
    for number in 0..<samples.count / 160 {
        let timestamp = UInt16(160 * number)
        var packet: [UInt8] = [0x80, 0, 0, UInt8(number), 0, 0, UInt8(timestamp >> 8), UInt8(timestamp & 0xFF), 0, 0, 0, 9]
        packet += samples[160 * number..<160 * (number + 1)].map(KeyTones.compressed)
        sound.send(bytes: packet, to: first.host, first.port)
        Clock.pause(max(0, start + 0.02 * Double(number + 1) - Clock.now))
    }
    let opened = door.events.comes("door-released", within: 1)
    let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
    try expect(methods == (opened ? ["inband"] : []), "the keys came by \(methods.sorted())")
    try door.tool.run("hangup")
    try stage.end(of: door, because: "local-hang-up")
    return opened
}

/// DTMF (ITU-T Q.23) at 8 kHz, 80 ms of each key and 60 ms behind it.
private enum KeyTones {
    static func samples(_ keys: String) -> [Double] {
        let quiet = [Double](repeating: 0, count: 1_600)
        return quiet
            + keys.flatMap { key in
                let place = Array("123A456B789C*0#D").firstIndex(of: key) ?? 0
                let (row, column) = ([697.0, 770, 852, 941][place / 4], [1209.0, 1336, 1477, 1633][place % 4])
                let sounding = (0..<640).map { index in
                    let time = 2 * Double.pi * Double(index) / 8_000
                    return 4_000 * (sin(row * time) + sin(column * time))
                }
                return sounding + [Double](repeating: 0, count: 480)
            } + quiet
    }

    /// µ-law (ITU-T G.711 table 2a).
    static func compressed(_ sample: Double) -> UInt8 {
        let magnitude = min(Int(abs(sample)), 32_635) + 132
        let segment = (0..<8).last { magnitude >> ($0 + 7) > 0 } ?? 0
        return ~(UInt8(sample < 0 ? 0x80 : 0) | UInt8(segment << 4) | UInt8(magnitude >> (segment + 3) & 0x0F))
    }
}
