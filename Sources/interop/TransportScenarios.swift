import Rig

/// Registration and calls over a connection, through any server.
func transportScenarios(_ transport: String) -> [Scenario] {
    let name = transport.uppercased()
    return [
        Scenario("\(name): registration and the bell's call, speech both ways") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let door = try stage.door(at: seat, by: transport) { stage.trust(&$0) }
            let answered = try stage.press(door)
            return try stage.talk(door, phone, since: answered)
        },
        Scenario("\(name): a phone calls the door over the door's connection; the door hangs up") { stage in
            let seat = try stage.seat()
            let phone = try stage.phone(seat.phone, at: seat)
            let door = try stage.door(at: seat, by: transport) { stage.trust(&$0) }
            try phone.dial("sip:\(seat.door)@\(seat.exchange)")
            let answered = try door.events.next("call-answered", within: 8)
            Clock.pause(5)
            try door.tool.run("hangup")
            try phone.event("CALL_CLOSED")
            let ended = try stage.end(of: door, because: "local-hang-up")
            return try stage.expectSpeech(door, phone, from: answered, to: ended)
        },
    ]
}

/// A certificate that nobody knows.
let certificateScenario = Scenario("TLS: a certificate of an unknown authority is refused") { stage in
    let seat = try stage.seat()
    let door = try stage.door { house in
        house.more = """
            [accounts.house]
            address = "sip:\(seat.door)@\(seat.exchange)"
            registrar = "sip:\(seat.exchange);transport=tls"
            password = "\(Seat.password)"
            """
    }
    let account = try door.tool.account("house", within: 12)
    try expect(account["expires_in"] == nil, "the door registered with a server that it cannot know")
    return account["failure"]?.string ?? "no reason given"
}

extension Stage {
    /// Makes the door believe the server's certificate.
    fileprivate func trust(_ house: inout House) {
        guard let exchange = venue as? Exchange else { return }
        house.sip.append("tls_authorities_file = \"\(exchange.asterisk.folder)/keys/certificate.pem\"")
    }
}
