import Foundation
import Rig

/// portierd and baresip side by side on the loopback network.
struct CallBench {
    private let scratch: Scratch
    private let microphone: String
    /// Long enough for a mean that a busy machine does not bend.
    private static let callSeconds = 30.0
    private static let presses = 100
    private static let calls = 200

    init() throws {
        scratch = try Scratch("call-bench")
        microphone = scratch.file("speech.wav")
        try Speech.of(.visitor, atLeast: 40).write(to: microphone)
    }

    func house() throws -> House {
        var house = try House()
        house.microphone = microphone
        house.loudspeaker = scratch.file("loudspeaker.wav")
        house.more = "[log]\nlevel = \"warning\"\n"
        // Somebody whom the bell can call; nobody is there.
        house.phoneBook = [("phone", ["sip:phone@127.0.0.99:5060"])]
        return house
    }

    private func phone(_ name: String) throws -> Baresip {
        var options = Baresip.Options(microphone: microphone)
        options.records = false
        return try Baresip(folder: try scratch.folder(name), options: options)
    }

    func folder(_ name: String) throws -> String { try scratch.folder(name) }

    /// A phone that answers by itself and says nothing of it.
    func silentPhone(_ name: String) throws -> Baresip {
        var options = Baresip.Options(microphone: microphone)
        options.records = false
        options.tracesSIP = false
        options.mostCalls = 8
        return try Baresip(folder: try scratch.folder(name), options: options)
    }

    /// A door that answers everybody by itself.
    func openDoor(_ name: String) throws -> (Portierd, House) {
        var house = try house()
        house.automatic = ["*@*"]
        house.trusted = ["127.0.0.0/8"]
        return (try Portierd(house, folder: try scratch.folder(name)), house)
    }

    /// CPU time and memory of one call's two ends.
    func cost(isCancellingEcho: Bool) throws {
        let phone = try phone("phone-\(isCancellingEcho)")
        defer { phone.stop() }
        var house = try house()
        house.phoneBook = [("phone", [phone.uri])]
        house.isCancellingEcho = isCancellingEcho
        if !isCancellingEcho { house.noiseSuppression = 0 }
        let door = try Portierd(house, folder: try scratch.folder("door-\(isCancellingEcho)"))
        defer { door.stop() }
        try door.tool.press("bell")
        _ = try door.events.next("call-answered", within: 5)
        Clock.pause(1)
        let (ours, peer) = (try ProcessFigures(of: door.child.pid), try ProcessFigures(of: phone.child.pid))
        Clock.pause(Self.callSeconds)
        let (oursAfter, peerAfter) = (try ProcessFigures(of: door.child.pid), try ProcessFigures(of: phone.child.pid))
        try door.tool.press("bell")
        let end = try door.events.next("call-ended", within: 5)
        guard let received = end["packets_received"]?.double, received > 49 * Self.callSeconds else {
            throw RigError("the call carried no speech: \(end.values)")
        }
        let state = isCancellingEcho ? "on" : "off"
        printRow(
            "CPU of a 30 s call, canceller \(state), baresip", (oursAfter.processorTime - ours.processorTime) * 1_000,
            (peerAfter.processorTime - peer.processorTime) * 1_000, "ms")
        printRow(
            "resident in the call, canceller \(state), baresip", Double(oursAfter.resident) / 1_000,
            Double(peerAfter.resident) / 1_000, "MB")
    }

    /// From the press, when it has been debounced, to the INVITE's arrival at the phone, which refuses it.
    func pressToInvite() throws {
        let phone = try UDPPeer()
        var house = try house()
        house.phoneBook = [("phone", ["sip:phone@\(phone.address):\(phone.port)"])]
        house.calls = ["signal_time = \"1s\""]
        let door = try Portierd(house, folder: try scratch.folder("press"))
        defer { door.stop() }
        var delays: [Double] = []
        for _ in 0..<Self.presses {
            try door.tool.press("bell")
            let pressed = try door.events.next("pressed")
            guard let invite = phone.receive(within: 2), invite.text.hasPrefix("INVITE ") else {
                throw RigError("no INVITE came after a press")
            }
            delays.append((invite.time - pressed.time) * 1_000)
            phone.send(SIPText.response(to: invite.text, "486 Busy Here"), to: invite.host, invite.port)
            _ = try door.events.next("call-ended")
            while phone.receive(within: 0.3) != nil {}
        }
        printRow("press to INVITE, p50", percentile(0.5, delays), nil, "ms")
        printRow("press to INVITE, p99", percentile(0.99, delays), nil, "ms")
    }

    /// From INVITE to 200 with automatic answer, both asked by the same caller in turn.
    func reaction() throws {
        let caller = try UDPPeer()
        let phone = try phone("reaction")
        defer { phone.stop() }
        var house = try house()
        house.phoneBook = [("phone", [phone.uri])]
        house.automatic = ["caller@*"]
        house.trusted = [caller.address + "/32"]
        let door = try Portierd(house, folder: try scratch.folder("reaction-door"))
        defer { door.stop() }
        var ours: [Double] = []
        var peer: [Double] = []
        for number in 0..<Self.calls {
            ours.append(try call(from: caller, to: "door", at: "127.0.0.1", house.sipPort, number))
            // The phone prints what it does, which a long series of calls would make the figure.
            if number % 4 == 0 { peer.append(try call(from: caller, to: "phone", at: phone.address, phone.port, number)) }
        }
        printRow("INVITE to 200 with automatic answer, p50, baresip", percentile(0.5, ours), percentile(0.5, peer), "ms")
        printRow("INVITE to 200 with automatic answer, p99, baresip", percentile(0.99, ours), percentile(0.99, peer), "ms")
    }

    /// One call, answered and ended; how long the answer took, in milliseconds.
    private func call(from caller: UDPPeer, to user: String, at host: String, _ port: UInt16, _ number: Int) throws -> Double {
        let dialog = SIPText(caller: caller, user: user, host: host, port: port, number: number)
        while caller.receive(within: 0) != nil {}
        let start = Clock.now
        caller.send(dialog.invite, to: host, port)
        while true {
            guard let answer = caller.receive(within: 3) else { throw RigError("\(user) does not answer an INVITE") }
            guard answer.text.hasPrefix("SIP/2.0 2") else {
                guard answer.text.hasPrefix("SIP/2.0 1") else { throw RigError("\(user) refuses: \(answer.text.prefix(40))") }
                continue
            }
            let delay = (answer.time - start) * 1_000
            caller.send(dialog.request("ACK", 1, answer.text), to: host, port)
            caller.send(dialog.request("BYE", 2, answer.text), to: host, port)
            while let more = caller.receive(within: 3), !(more.text.hasPrefix("SIP/2.0 2") && more.text.contains("BYE")) {}
            Clock.pause(0.02)
            return delay
        }
    }
}
