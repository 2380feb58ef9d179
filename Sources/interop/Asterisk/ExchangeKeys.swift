import Rig

/// Keys through the exchange, both ways and both methods.
let exchangeKeys: [Scenario] = [
    Scenario("keys of a phone open the door, through the exchange") { stage in
        let (_, phone, door) = try stage.pair()
        _ = try stage.press(door)
        Clock.pause(0.8)
        try phone.send(keys: "4711#")
        try door.events.next("door-released", within: 8)
        let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
        try expect(methods == ["rtp"], "the keys came by \(methods.sorted())")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "by RFC 4733"
    },
    Scenario("keys of a phone open the door by INFO") { stage in
        let (_, phone, door) = try stage.pair(.info)
        _ = try stage.press(door)
        Clock.pause(0.8)
        try phone.send(keys: "4711#")
        try door.events.next("door-released", within: 8)
        let methods = Set(door.events.all.filter { $0.name == "digit" }.compactMap { $0["method"]?.string })
        try expect(methods == ["info"], "the keys came by \(methods.sorted())")
        try phone.hangUp()
        try stage.end(of: door, because: "remote-hang-up")
        return "by INFO"
    },
    Scenario("the exchange sends the code in a call from the door") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "608")
        _ = try stage.press(door)
        try door.events.next("door-released", within: 10)
        try door.tool.run("hangup")
        try stage.end(of: door, because: "local-hang-up")
        return "by SendDTMF"
    },
    Scenario("the exchange calls the door and sends the code") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        try stage.asterisk.command("channel originate \(try stage.asterisk.channel.rawValue)/\(seat.door) extension 608@house")
        try door.events.next("door-released", within: 12)
        try door.tool.run("hangup")
        try stage.end(of: door, because: "local-hang-up")
        return "by SendDTMF"
    },
    Scenario("the door's keys reach the exchange") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "605")
        _ = try stage.press(door)
        Clock.pause(0.8)
        try door.tool.run("dtmf", "158*")
        try stage.end(of: door, because: "remote-hang-up", within: 15)
        let kept = try stage.asterisk.command("database get keys \(seat.door)")
        try expect(kept.contains("158*"), "the exchange got: \(kept)")
        return "158*"
    },
]
