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
        let opened = try door.events.next("door-opened")
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
        try door.events.next("door-opened", within: 10)
        try caller.finish()
        let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
        try stage.end(of: door, because: "remote-hang-up")
        try expect(methods == ["info"], "the keys came by \(methods.sorted())")
        return "dtmf-relay and dtmf"
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
        try expect(!door.events.comes("door-opened", within: 0.3), "the door opened while it was locked out")
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
