import Foundation
import Rig

/// Peers that are broken or bad, while a good call goes on.
let brokenPeerScenarios: [Scenario] = [
    Scenario("garbage on the SIP port does not touch the call") { stage in
        let (door, phone, answered) = try stage.talking()
        let peer = try UDPPeer()
        let valid = peer.request("OPTIONS", of: door)
        var random = SystemRandomNumberGenerator()
        for round in 0..<200 {
            var bytes = Array(valid.utf8)
            switch round % 4 {
            case 0: bytes = (0..<Int.random(in: 1...1_400)).map { _ in UInt8.random(in: 0...255, using: &random) }
            case 1: bytes.removeLast(Int.random(in: 1..<bytes.count))
            case 2: for _ in 0..<8 { bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255, using: &random) }
            default: bytes = Array(valid.replacingOccurrences(of: "Via:", with: String(repeating: "Via: x\r\n", count: 300)).utf8)
            }
            peer.send(bytes: bytes, to: "127.0.0.1", door.house.sipPort)
            Clock.pause(0.01)
        }
        return try "200 datagrams; " + stage.talk(door, phone, since: answered, for: 3)
    },
    Scenario("messages with a header missing or wrong") { stage in
        let door = try stage.openDoor()
        let peer = try UDPPeer()
        func answer(_ text: String) -> String {
            while peer.receive(within: 0) != nil {}
            peer.send(text, to: "127.0.0.1", door.house.sipPort)
            return peer.receive(within: 1)?.firstLine ?? "nothing"
        }
        let whole = peer.request("OPTIONS", of: door)
        try expect(answer(whole).hasPrefix("SIP/2.0 200"), "a whole request was not answered")
        for name in ["CSeq", "Call-ID", "From", "To"] {
            let broken = peer.request("OPTIONS", of: door).components(separatedBy: "\r\n").filter { !$0.hasPrefix(name + ":") }
            let verdict = answer(broken.joined(separator: "\r\n"))
            try expect(verdict.hasPrefix("SIP/2.0 400") || verdict == "nothing", "without \(name): \(verdict)")
        }
        let cases: [(String, String, String)] = [
            ("CSeq: 1 OPTIONS", "CSeq: 1 INVITE", "400"),
            ("Max-Forwards: 70", "Max-Forwards: 0", "483"), ("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", "505"),
            ("Content-Length: 0", "Content-Length: 10", "400"), ("Content-Length: 0", "Content-Length: -1", "400"),
            ("OPTIONS sip:", "OPTIONS http:", "416"), ("Content-Length: 0", "Require: moon\r\nContent-Length: 0", "420"),
        ]
        var answers: [String] = []
        for (old, new, _) in cases {
            let verdict = answer(peer.request("OPTIONS", of: door).replacingOccurrences(of: old, with: new))
            answers.append(verdict == "nothing" ? "-" : String(verdict.dropFirst(8).prefix(3)))
        }
        try expect(answer(peer.request("OPTIONS", of: door)).hasPrefix("SIP/2.0 200"), "it does not answer any more")
        // OPTIONS with Max-Forwards 0 is for who receives it (RFC 3261 §11.2).
        let wrong = zip(cases, answers).filter { $0.2 != $1 && !($0.2 == "483" && $1 == "200") }
        try expect(wrong.isEmpty, wrong.map { "\($0.1): \($1), expected \($0.2)" }.joined(separator: "; "))
        try expect(!door.events.all.contains { $0.name == "call-started" }, "a call came of it")
        return answers.joined(separator: " ")
    },
    Scenario("BYE, CANCEL and re-INVITE by somebody else do not touch the call") { stage in
        let (door, phone, answered) = try stage.talking { $0.trusted = ["127.0.0.0/8"] }
        let peer = try UDPPeer()
        let callID = phone.lines(startingWith: "Call-ID:").last.map { String($0.dropFirst("Call-ID: ".count)) } ?? "none"
        var answers: [String] = []
        for (method, tags) in [
            ("BYE", true), ("BYE", false), ("CANCEL", false), ("INVITE", true), ("INFO", true), ("PRACK", true),
        ] {
            let text = peer.request(method, of: door, callID: callID, toTag: tags ? "somebody" : nil)
            while peer.receive(within: 0) != nil {}
            peer.send(text, to: "127.0.0.1", door.house.sipPort)
            let reply = peer.receive(within: 0.7)?.firstLine
            answers.append(method + " " + (reply.map { String($0.dropFirst(8).prefix(3)) } ?? "-"))
        }
        try expect(try door.tool.state()["calls"]?.array?.count == 1, "the call is gone: \(answers.joined(separator: ", "))")
        try expect(!answers.contains { $0.hasSuffix(" 200") }, "one was accepted: \(answers.joined(separator: ", "))")
        return try answers.joined(separator: ", ") + "; " + stage.talk(door, phone, since: answered, for: 2)
    },
    Scenario("responses that nobody asked for are dropped") { stage in
        let door = try stage.openDoor()
        let peer = try UDPPeer()
        let request = peer.request("INVITE", of: door)
        for status in ["100 Trying", "200 OK", "401 Unauthorized", "302 Moved Temporarily", "699 No"] {
            let lines = request.components(separatedBy: "\r\n").dropFirst().filter { !$0.hasPrefix("Max-Forwards") }
            peer.send((["SIP/2.0 " + status] + lines).joined(separator: "\r\n"), to: "127.0.0.1", door.house.sipPort)
        }
        try expect(peer.receive(within: 0.5) == nil, "something was sent in return")
        try expect(try door.tool.state()["calls"]?.array?.isEmpty == true, "a call came of it")
        return "silence"
    },
]

extension Stage {
    /// A call from the bell to a phone that is up.
    fileprivate func talking(
        _ change: (inout House) -> Void = { _ in }
    ) throws -> (door: Portierd, phone: Baresip, answered: EventStream.Event) {
        let phone = try phone()
        let door = try door(calling: [phone.uri], change)
        let answered = try press(door)
        Clock.pause(2)
        return (door, phone, answered)
    }
}

extension UDPPeer {
    /// A whole request outside of any dialog, or pretending to be in one.
    fileprivate func request(_ method: String, of door: Portierd, callID: String? = nil, toTag: String? = nil) -> String {
        let number = Int.random(in: 1...1_000_000_000)
        return [
            "\(method) sip:door@127.0.0.1:\(door.house.sipPort) SIP/2.0",
            "Via: SIP/2.0/UDP \(address):\(port);branch=z9hG4bK\(number)", "Max-Forwards: 70",
            "From: <sip:peer@\(address)>;tag=\(number)",
            "To: <sip:door@127.0.0.1>" + (toTag.map { ";tag=" + $0 } ?? ""), "Call-ID: \(callID ?? "call-\(number)")",
            "CSeq: 1 \(method)", "Contact: <sip:peer@\(address):\(port)>", "Content-Length: 0", "", "",
        ].joined(separator: "\r\n")
    }
}
