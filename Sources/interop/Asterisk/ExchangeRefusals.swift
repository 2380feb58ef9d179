import Rig

/// What an exchange says when a call comes to nothing.
let exchangeRefusals: [Scenario] = [
    refusal("busy: 611", of: "611", as: ["busy"]),
    refusal("congestion: 612", of: "612", as: ["unreachable"]),
    refusal("unallocated: 613", of: "613", as: ["not-found"]),
    refusal("a number that does not exist", of: "999", as: ["not-found"]),
    refusal("call rejected: 621", of: "621", as: ["declined", "forbidden"]),
    Scenario("a busy phone") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat)
        try door.tool.press("bell")
        try phone.event("CALL_INCOMING")
        try phone.hangUp()
        let ended = try stage.end(of: door, because: "busy", "declined", within: 10)
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0) as \(ended["reason"]?.string ?? "")"
    },
    Scenario("a phone that is not registered") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat)
        try door.tool.press("bell")
        let ended = try door.events.next("call-ended", within: 8)
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0) as \(ended["reason"]?.string ?? "")"
    },
    Scenario("nobody answers: the ring time ends it") { stage in
        let seat = try stage.seat()
        let phone = try stage.phone(seat.phone, at: seat) { $0.answersItself = false }
        let door = try stage.door(at: seat, ringTime: "3s")
        try door.tool.press("bell")
        try phone.event("CALL_INCOMING")
        try stage.end(of: door, because: "no-answer", within: 8)
        try expect(phone.saw("CANCEL sip:", within: 3), "the phone got no CANCEL")
        try stage.expectRest(door)
        return "the phone was cancelled"
    },
    Scenario("a second press takes the call back while it rings") { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: "607")
        try door.tool.press("bell")
        try door.events.next("call-ringing")
        Clock.pause(0.6)
        try door.tool.press("bell")
        try stage.end(of: door, because: "cancelled", "local-hang-up")
        try stage.expectRest(door)
        let left = Clock.poll(within: 3, every: 0.2) { () -> Bool? in
            let list = try? stage.asterisk.command("core show channels concise")
            return list?.contains("/\(seat.door)-") == false ? true : nil
        }
        try expect(left == true, "Asterisk still has the call")
        return "CANCEL, 487"
    },
    Scenario("a wrong password is not tried again and again") { stage in
        let seat = try stage.seat()
        let door = try stage.door { house in
            house.more = """
                [accounts.house]
                address = "sip:\(seat.door)@\(seat.exchange)"
                registrar = "sip:\(seat.exchange)"
                password = "not the password"
                """
        }
        let account = try door.tool.account("house", within: 8)
        let retry = account["retry_in"]?.double ?? 0
        try expect(retry > 300, "the next try is in \(Int(retry)) s already")
        return "next try in \(Int(retry)) s: \(account["failure"]?.string ?? "")"
    },
]

private func refusal(_ name: String, of number: String, as reasons: [String]) -> Scenario {
    Scenario(name) { stage in
        let seat = try stage.seat()
        let door = try stage.door(at: seat, calling: number)
        try door.tool.press("bell")
        let ended = try door.events.next("call-ended", within: 8)
        let reason = ended["reason"]?.string ?? "none"
        try expect(reasons.contains(reason), "the call ended as \(reason), expected \(reasons.joined(separator: " or "))")
        try expect(!door.events.all.contains { $0.name == "call-answered" }, "the call was answered")
        let lamp = try door.tool.lamp("bell").shows
        try stage.expectRest(door)
        return "\(ended["status"]?.integer ?? 0) as \(reason), the lamp showed \(lamp)"
    }
}
