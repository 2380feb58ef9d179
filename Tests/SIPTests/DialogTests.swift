import Base
import SIP
import Testing

@Suite("Dialog: RFC 3261 §12")
struct DialogTests {
    private func message(_ start: String, _ fields: [String], cseq: String = "1 INVITE", toTag: String? = nil) throws -> Message {
        let lines =
            [
                start, "Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: \"A\" <sip:a@x>;tag=fa",
                "To: <sip:b@y>" + (toTag.map { ";tag=\($0)" } ?? ""),
                "Call-ID: c", "CSeq: \(cseq)",
            ] + fields
        return try Message(parsing: Array((lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n").utf8))
    }

    private func called(_ fields: [String] = ["Contact: <sip:a@10.0.0.1>"]) throws -> Dialog? {
        Dialog(called: try message("INVITE sip:b@y SIP/2.0", fields), localTag: "lt", sequence: 100)
    }

    private func calling(_ fields: [String]) throws -> Dialog {
        let request = Request(method: .invite, uri: try URI("sip:b@y"))
        var local = NameAddress(uri: try URI("sip:a@x"))
        local.tag = "fa"
        return Dialog(
            caller: request, local: local, sequence: 1, response: try message("SIP/2.0 200 OK", fields, toTag: "tb"))
    }

    @Test("The called side takes target, names and routes from the INVITE, in their order")
    func calledSide() throws {
        var dialog = try #require(try called(["Contact: <sip:a@10.0.0.1>", "Record-Route: <sip:p1;lr>, <sip:p2;lr>"]))
        #expect(dialog.id == DialogID(callID: "c", localTag: "lt", remoteTag: "fa"))
        #expect(dialog.nextHop.host == "p1")
        let request = dialog.request(.bye)
        #expect(try request.uri == URI("sip:a@10.0.0.1"))
        #expect(request.headers.filter { $0.name == "Route" }.map(\.value) == ["<sip:p1;lr>", "<sip:p2;lr>"])
        #expect(request.headers.contains(HeaderField(name: "From", value: "<sip:b@y>;tag=lt")))
        #expect(request.headers.contains(HeaderField(name: "To", value: "\"A\" <sip:a@x>;tag=fa")))
        #expect(request.headers.contains(HeaderField(name: "CSeq", value: "101 BYE")))
    }

    @Test("Without a Contact there is nobody to send to")
    func noContact() throws {
        #expect(try called([]) == nil)
    }

    @Test("The calling side turns the recorded routes round, and the 2xx says them anew")
    func callingSide() throws {
        var dialog = try calling(["Contact: <sip:b@10.0.0.2>", "Record-Route: <sip:p1;lr>, <sip:p2;lr>"])
        #expect(dialog.routeSet.map(\.uri.host) == ["p2", "p1"])
        #expect(dialog.remoteTarget.host == "10.0.0.2")
        dialog.confirm(
            by: try message("SIP/2.0 200 OK", ["Contact: <sip:b@10.0.0.3>", "Record-Route: <sip:p3;lr>"], toTag: "tb"))
        #expect(dialog.routeSet.map(\.uri.host) == ["p3"])
        #expect(dialog.remoteTarget.host == "10.0.0.3")
    }

    @Test("A provisional response without Contact leaves the target at the request URI")
    func noTarget() throws {
        #expect(try calling([]).remoteTarget == URI("sip:b@y"))
    }

    @Test("A strict router is the request URI, and the target the last Route")
    func strict() throws {
        var dialog = try calling(["Contact: <sip:b@10.0.0.2>", "Record-Route: <sip:p1;lr>, <sip:p2>"])
        let request = dialog.request(.bye)
        #expect(try request.uri == URI("sip:p2"))
        #expect(request.headers.filter { $0.name == "Route" }.map(\.value) == ["<sip:p1;lr>", "<sip:b@10.0.0.2>"])
    }

    @Test("The peer's numbers grow; a lower one is out of order, our ACK keeps the INVITE's")
    func numbers() throws {
        var dialog = try #require(try called())
        let admitted = try [1, 5, 4, 5, 6, 0].map { number in
            dialog.admit(try message("INFO sip:b@y SIP/2.0", [], cseq: "\(number) INFO", toTag: "lt"))
        }
        #expect(admitted == [true, true, false, true, true, false])
        #expect(dialog.acknowledgement(of: 100).headers.contains(HeaderField(name: "CSeq", value: "100 ACK")))
        #expect(dialog.countUp() == 101)
        #expect(dialog.localSequence == 101)
    }

    @Test("A re-INVITE moves the target and never the routes")
    func refresh() throws {
        var dialog = try #require(try called())
        dialog.refreshTarget(
            by: try message("INVITE sip:b@y SIP/2.0", ["Contact: <sip:a@10.0.0.9>", "Record-Route: <sip:p9;lr>"]))
        #expect(dialog.remoteTarget.host == "10.0.0.9" && dialog.routeSet.isEmpty)
        dialog.refreshTarget(by: try message("INVITE sip:b@y SIP/2.0", []))
        #expect(dialog.remoteTarget.host == "10.0.0.9")
    }

    @Test("A 2xx is repeated from T1 to T2 until 64·T1, then given up")
    func retransmission() {
        var retransmission = AnswerRetransmission(at: Instant())
        var times: [Int64] = []
        var outputs: [AnswerRetransmission.Output] = []
        while let deadline = retransmission.nextDeadline {
            times.append((deadline - Instant()).milliseconds)
            outputs += retransmission.wake(at: deadline)
        }
        #expect(times == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
        #expect(outputs == Array(repeating: .sendAgain, count: 10) + [.givenUp])
    }
}
