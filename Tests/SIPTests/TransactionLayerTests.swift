import Base
import SIP
import Testing

@Suite("TransactionLayer: matching of RFC 3261 §17.1.3 and §17.2.3")
struct TransactionLayerTests {
    private let peer = Hop.udp(SocketAddress(.v4(0xC000_0201), port: 5062))
    private let now = Instant()

    private func message(_ text: String) throws -> Message {
        try Message(parsing: Array(text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8))
    }

    private func request(
        _ method: String, via: String = "192.0.2.1:5060;branch=z9hG4bK1", callID: String = "c", fromTag: String = "f",
        to: String = "<sip:b@h>",
        cseq: Int = 1, fields: String = ""
    ) throws -> Message {
        try message(
            """
            \(method) sip:b@h SIP/2.0
            Via: SIP/2.0/UDP \(via)
            From: <sip:a@h>;tag=\(fromTag)
            To: \(to)
            Call-ID: \(callID)
            CSeq: \(cseq) \(method)
            \(fields)Content-Length: 0


            """)
    }

    private func sends(_ outputs: [TransactionLayer.Output]) -> [[UInt8]] {
        outputs.compactMap { if case .send(let bytes, _) = $0 { bytes } else { nil } }
    }

    private func isNew(_ incoming: TransactionLayer.Incoming) -> Bool { if case .new = incoming { true } else { false } }

    // MARK: Server side

    @Test(
        "A copy is absorbed and gets the answer again; another branch, sent-by or method is new",
        arguments: [
            ("INVITE", "192.0.2.1:5060;branch=z9hG4bK1", false), ("INVITE", "192.0.2.1;branch=z9hG4bK1", false),
            ("INVITE", "192.0.2.1:5060;branch=z9hG4bK2", true), ("INVITE", "192.0.2.2:5060;branch=z9hG4bK1", true),
            ("INVITE", "192.0.2.1:5061;branch=z9hG4bK1", true), ("CANCEL", "192.0.2.1:5060;branch=z9hG4bK1", true),
            ("ACK", "192.0.2.1:5060;branch=z9hG4bK1", false),
        ])
    func matching(method: String, via: String, isNew expected: Bool) throws {
        var layer = TransactionLayer()
        let invite = try request("INVITE")
        let opened = layer.open(invite, from: peer, at: now)
        let key = try #require(opened)
        let answer = layer.respond(key, Response(to: invite, from: peer.address, status: 486, toTag: "t"), at: now)
        let incoming = layer.receive(request: try request(method, via: via), at: now)
        #expect(isNew(incoming) == expected)
        if case .absorbed(let outputs) = incoming { #expect(sends(outputs) == (method == "ACK" ? [] : sends(answer))) }
    }

    @Test(
        "A client from before RFC 3261 is matched by Call-ID, From tag and number",
        arguments: [
            ("INVITE", "c", "f", 1, false), ("ACK", "c", "f", 1, false), ("INVITE", "c", "f", 2, true),
            ("INVITE", "d", "f", 1, true),
            ("INVITE", "c", "g", 1, true),
        ])
    func legacy(method: String, callID: String, fromTag: String, cseq: Int, isNew expected: Bool) throws {
        for branch in ["", ";branch=1", ";branch=z9hG4bK"] {
            var layer = TransactionLayer()
            let invite = try request("INVITE", via: "192.0.2.1" + branch)
            let opened = layer.open(invite, from: peer, at: now)
            let key = try #require(opened)
            _ = layer.respond(key, Response(to: invite, from: peer.address, status: 486, toTag: "t"), at: now)
            let next = try request(
                method, via: "192.0.2.1" + branch, callID: callID, fromTag: fromTag, to: "<sip:b@h>;tag=t", cseq: cseq)
            let incoming = layer.receive(request: next, at: now)
            #expect(isNew(incoming) == expected)
        }
    }

    @Test("The ACK to a 2xx with the INVITE's branch is handed on")
    func acknowledgement() throws {
        var layer = TransactionLayer()
        let invite = try request("INVITE")
        let opened = layer.open(invite, from: peer, at: now)
        let key = try #require(opened)
        _ = layer.respond(key, Response(to: invite, from: peer.address, status: 200, toTag: "t"), at: now)
        guard case .absorbed(let outputs) = layer.receive(request: try request("ACK"), at: now),
            case .acknowledged(key, _)? = outputs.first
        else {
            Issue.record("the ACK was not handed on")
            return
        }
    }

    @Test("What arrived by two ways is noticed, a copy or a request in a dialog is not merged")
    func merged() throws {
        var layer = TransactionLayer()
        let invite = try request("INVITE")
        let opened = layer.open(invite, from: peer, at: now)
        let key = try #require(opened)
        #expect(layer.isMerged(try request("INVITE", via: "192.0.2.1;branch=z9hG4bK2")))
        #expect(!layer.isMerged(try request("INVITE", via: "192.0.2.1;branch=z9hG4bK2", cseq: 2)))
        #expect(!layer.isMerged(try request("INVITE", via: "192.0.2.1;branch=z9hG4bK2", to: "<sip:b@h>;tag=t")))
        #expect(!layer.isMerged(try request("CANCEL")))
        _ = layer.respond(key, Response(to: invite, from: peer.address, status: 486, toTag: "t"), at: now)
        while let deadline = layer.nextDeadline { _ = layer.wake(at: deadline) }
        #expect(!layer.isMerged(try request("INVITE", via: "192.0.2.1;branch=z9hG4bK2")))
        #expect(layer.count == 0)
    }

    @Test("A full table takes nothing more in, and an ACK never")
    func full() throws {
        var layer = TransactionLayer(capacity: 2)
        let acknowledgement = layer.open(try request("ACK"), from: peer, at: now)
        #expect(acknowledgement == nil)
        for number in 1...3 {
            let key = layer.open(
                try request("OPTIONS", via: "h;branch=z9hG4bK\(number)", callID: "\(number)"), from: peer, at: now)
            #expect((key != nil) == (number < 3))
        }
    }

    @Test("Of very many requests that were dealt with, the last are remembered and answered again, and none that waits is lost")
    func settled() throws {
        var layer = TransactionLayer(capacity: 20, settled: 4)
        let waiting = try request("INVITE", via: "192.0.2.1;branch=z9hG4bKwaits", callID: "waits")
        _ = layer.open(waiting, from: peer, at: now)
        let requests = try (0..<100).map { try request("OPTIONS", via: "192.0.2.1;branch=z9hG4bKo\($0)", callID: "o\($0)") }
        for options in requests {
            let opened = layer.open(options, from: peer, at: now)
            let key = try #require(opened)
            #expect(
                sends(layer.respond(key, Response(to: options, from: peer.address, status: 200, toTag: "t"), at: now)).count == 1)
        }
        #expect(layer.count == 5)
        let answered = requests.map { options -> Bool in
            if case .absorbed(let outputs) = layer.receive(request: options, at: now) { sends(outputs).count == 1 } else { false }
        }
        #expect(answered == (0..<100).map { $0 >= 96 })
        #expect(!isNew(layer.receive(request: waiting, at: now)))
        #expect(!layer.isMerged(requests[0]), "nothing of it is left")
        _ = layer.wake(at: now + .seconds(33))
        #expect(layer.count == 1)
    }

    @Test("An INVITE that was answered is forgotten early only when the answer was acknowledged")
    func settledInvites() throws {
        var layer = TransactionLayer(capacity: 100, settled: 4)
        let invites = try (0..<20).map { try request("INVITE", via: "192.0.2.1;branch=z9hG4bKi\($0)", callID: "i\($0)") }
        for (index, invite) in invites.enumerated() {
            let opened = layer.open(invite, from: peer, at: now)
            let key = try #require(opened)
            _ = layer.respond(key, Response(to: invite, from: peer.address, status: 200, toTag: "t"), at: now)
            if index >= 10 { layer.acknowledged(key) }
        }
        let known = invites.map { !isNew(layer.receive(request: $0, at: now)) }
        #expect(known == (0..<20).map { $0 < 10 || $0 >= 16 })
    }

    @Test("A branch that is used again after its time is a new transaction, which an old place in the queue does not end")
    func reused() throws {
        var layer = TransactionLayer(settled: 2)
        let first = try request("OPTIONS", via: "192.0.2.1;branch=z9hG4bKagain")
        let opened = layer.open(first, from: peer, at: now)
        _ = layer.respond(try #require(opened), Response(to: first, from: peer.address, status: 200, toTag: "t"), at: now)
        let later = now + .seconds(40)
        _ = layer.wake(at: later)
        #expect(layer.count == 0)
        _ = layer.open(first, from: peer, at: later)
        for index in 0..<2 {
            let other = try request("OPTIONS", via: "192.0.2.1;branch=z9hG4bKx\(index)", callID: "x\(index)")
            let opened = layer.open(other, from: peer, at: later)
            _ = layer.respond(try #require(opened), Response(to: other, from: peer.address, status: 200, toTag: "t"), at: later)
        }
        #expect(!isNew(layer.receive(request: first, at: later)))
    }

    @Test("100 (Trying) goes back the way the INVITE came, and carries no tag")
    func trying() throws {
        var layer = TransactionLayer()
        _ = layer.open(try request("INVITE", via: "10.1.1.1;branch=z9hG4bK1;rport"), from: peer, at: now)
        let outputs = layer.wake(at: now + .milliseconds(200))
        let bytes = try #require(sends(outputs).first)
        let response = try Message(parsing: bytes)
        #expect(response.status == 100 && response.toTag == nil)
        #expect(response.topVia?.received == "192.0.2.1" && response.topVia?.rport == 5062)
    }

    // MARK: Client side

    private func invite(_ layer: inout TransactionLayer, branch: String = "z9hG4bKmine") throws -> (ClientKey, Request) {
        let key = ClientKey(branch: branch, method: .invite)
        var request = Request(method: .invite, uri: try URI("sip:b@192.0.2.1"))
        request.headers = [
            ("Via", "SIP/2.0/UDP 10.0.0.1:5060;branch=\(branch);rport"), ("Via", "SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKother"),
            ("Max-Forwards", "70"), ("Route", "<sip:p1;lr>"), ("Route", "<sip:p2;lr>"), ("From", "<sip:a@h>;tag=f"),
            ("To", "<sip:b@h>"),
            ("Call-ID", "c"), ("CSeq", "7 INVITE"), ("Contact", "<sip:a@10.0.0.1>"), ("Authorization", "Digest x"),
        ].map { HeaderField(name: $0.0, value: $0.1) }
        let outputs = layer.send(request, key: key, to: peer, at: now)
        #expect(sends(outputs) == [request.encoded()])
        return (key, request)
    }

    private func response(_ status: Int, branch: String = "z9hG4bKmine", cseq: String = "7 INVITE") throws -> Message {
        try message(
            """
            SIP/2.0 \(status) Text
            Via: SIP/2.0/UDP 10.0.0.1:5060;branch=\(branch);rport
            From: <sip:a@h>;tag=f
            To: "B" <sip:b@h>;tag=t
            Call-ID: c
            CSeq: \(cseq)
            Content-Length: 0


            """)
    }

    @Test(
        "A response is matched by branch and method",
        arguments: [
            ("z9hG4bKmine", "7 INVITE", true), ("z9hG4bKmine", "7 CANCEL", false), ("z9hG4bKother", "7 INVITE", false),
        ])
    func responses(branch: String, cseq: String, isOurs: Bool) throws {
        var layer = TransactionLayer()
        _ = try invite(&layer)
        let outputs = layer.receive(response: try response(180, branch: branch, cseq: cseq), at: now)
        #expect((outputs != nil) == isOurs)
    }

    @Test("The ACK to a refusal has the INVITE's top Via, Route and number, and the response's To")
    func refusalAck() throws {
        var layer = TransactionLayer()
        let (_, request) = try invite(&layer)
        let received = layer.receive(response: try response(486), at: now)
        let outputs = try #require(received)
        let ack = try Message(parsing: try #require(sends(outputs).first))
        #expect(ack.method == .ack && ack.requestURI == request.uri)
        #expect(ack.vias.map(\.branch) == ["z9hG4bKmine"])
        #expect(ack.routes.map(\.uri.host) == ["p1", "p2"])
        #expect(ack.toTag == "t" && ack.fromTag == "f" && ack.callID == "c" && ack.cseq == CSeq(number: 7, method: .ack))
        #expect(ack.contacts.isEmpty && ack.header("Authorization") == nil)
    }

    @Test("CANCEL has the INVITE's top Via, Route and To, and no credentials")
    func cancel() throws {
        var layer = TransactionLayer()
        let (_, request) = try invite(&layer)
        let cancel = try Message(parsing: request.cancelling.encoded())
        #expect(cancel.method == .cancel && cancel.cseq.number == 7 && cancel.vias.map(\.branch) == ["z9hG4bKmine"])
        #expect(cancel.routes.count == 2 && cancel.toTag == nil && cancel.header("Authorization") == nil)
    }

    @Test("Silence is told, and then the transaction is closed")
    func silence() throws {
        var layer = TransactionLayer()
        let (key, _) = try invite(&layer)
        var told: [String] = []
        while let deadline = layer.nextDeadline {
            for output in layer.wake(at: deadline) {
                switch output {
                case .timedOut(key): told.append("timedOut")
                case .closed(key): told.append("closed")
                case .send: told.append("send")
                default: told.append("?")
                }
            }
        }
        #expect(told == Array(repeating: "send", count: 6) + ["timedOut", "closed"])
        #expect(layer.count == 0 && layer.retransmissions == 6)
    }
}
