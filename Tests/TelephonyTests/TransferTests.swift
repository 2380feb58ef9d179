import Base
import SIP
import Telephony
import Testing

@Suite("Being transferred: RFC 3515, RFC 3892, RFC 4488")
struct RefereeTests {
    /// A house in a call with the outsider, which asks to be left for somebody else.
    private func referred(
        _ referTo: String = "<sip:other@192.0.2.1:5070>", fields: [String] = [],
        _ change: (inout UserAgentSettings) -> Void = { _ in }
    ) throws -> (World, Message) {
        var (world, invite) = try World.calledOut(change)
        let lines = (referTo.isEmpty ? [] : ["Refer-To: \(referTo)"]) + fields
        world.inject(Self.request("REFER", in: invite, cseq: 20, fields: lines), into: 0)
        return (world, invite)
    }

    static func request(
        _ method: String, in invite: Message, cseq: Int, fields: [String] = [], body: String = "", type: String = ""
    )
        -> String
    {
        World.request(
            method, branch: "z9hG4bK\(method)\(cseq)", callID: invite.callID, fromTag: "peer", toTag: invite.fromTag, cseq: cseq,
            fields: fields, body: body, type: type)
    }

    @Test("REFER is accepted, a new call placed, and the sender told how it goes; the house sees one call all along")
    func accepted() throws {
        var (world, invite) = try referred(fields: ["Referred-By: <sip:peer@192.0.2.1>"])
        let sent = world.inbox()
        #expect(sent.map(\.status) == [202, nil, nil])
        let notify = try #require(sent.first { $0.method == .notify })
        #expect(notify.header("Event") == "refer;id=20")
        #expect(notify.header("Subscription-State")?.hasPrefix("active") == true)
        #expect(notify.offer == "SIP/2.0 100 Trying\r\n")
        let call = try #require(sent.first { $0.method == .invite })
        #expect(call.requestURI == uri("sip:other@192.0.2.1:5070"))
        #expect(call.header("Referred-By") == "<sip:peer@192.0.2.1>")
        #expect(call.callID != invite.callID)
        world.reply(200, to: notify)

        world.reply(180, to: call, tag: "other")
        let ringing = try world.received(.notify)
        #expect(ringing.offer == "SIP/2.0 180 Ringing\r\n")
        world.reply(200, to: ringing)

        world.reply(200, to: call, tag: "other", body: World.description(port: 7500))
        let end = try #require(world.inbox().first { $0.method == .notify })
        #expect(end.offer == "SIP/2.0 200 OK\r\n")
        #expect(end.header("Subscription-State")?.hasPrefix("terminated") == true)
        #expect(world.events(0, first) == [.answered, .transferred(to: "sip:other@192.0.2.1:5070")])
        #expect(world.sessions(0, first).map { $0?.remote.port } == [7000, 7500])

        world.inject(Self.request("BYE", in: invite, cseq: 21), into: 0)
        #expect(world.inbox().map(\.status) == [200])
        #expect(world.ends(0, first).isEmpty)
        #expect(world.snapshot(0).calls.map(\.id) == [first])
        world.perform(0, .hangUp(first, cause: .localHangUp))
        #expect(try world.received(.bye).toTag == "other")
        #expect(world.ends(0, first).map(\.cause) == [.localHangUp])
    }

    @Test("A new call that was heard before its answer is heard after it; a collector hears of both dialogs")
    func earlyMedia() throws {
        var (world, invite) = try referred { $0.qualityCollector = uri("sip:collector@192.0.2.9") }
        let sent = world.inbox()
        world.reply(200, to: try #require(sent.first { $0.method == .notify }))
        let call = try #require(sent.first { $0.method == .invite })
        for status in [183, 200] { world.reply(status, to: call, tag: "other", body: World.description(port: 7500)) }
        #expect(world.sessions(0, first).map { $0?.remote.port } == [7000, 7500])
        let subjects = world.events(0, first).compactMap { event -> QualityReport.Subject? in
            if case .observed(let subject) = event { subject } else { nil }
        }
        #expect(subjects.map(\.callID) == [invite.callID, call.callID] && subjects.map(\.remoteTag) == ["peer", "other"])
        #expect(subjects.map(\.remote) == [invite.requestURI, uri("sip:other@192.0.2.1:5070")])
    }

    @Test("A sender that does not hang up after the transfer is hung up")
    func forgetful() throws {
        var (world, _) = try referred()
        let sent = world.inbox()
        world.reply(200, to: try #require(sent.first { $0.method == .notify }))
        world.reply(200, to: try #require(sent.first { $0.method == .invite }), tag: "other", body: World.description())
        world.inbox().filter { $0.method == .notify }.forEach { world.reply(200, to: $0) }
        world.advance(by: .seconds(6))
        #expect(try world.received(.bye).toTag == "peer")
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("A new call that fails leaves the old one as it was, and both sides know why")
    func failed() throws {
        var (world, _) = try referred()
        let sent = world.inbox()
        world.reply(486, to: try #require(sent.first { $0.method == .invite }), tag: "other")
        let notify = try #require(world.inbox().last { $0.method == .notify })
        #expect(notify.offer.hasPrefix("SIP/2.0 486 "))
        #expect(world.events(0, first).last == .transferFailed(status: 486, text: "Busy Here"))
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
        #expect(world.sessions(0, first).count == 1)
    }

    @Test("The sender may hang up at once: the call waits for the new one under the same name", arguments: [200, 486])
    func blind(status: Int) throws {
        var (world, invite) = try referred()
        let call = try #require(world.inbox().first { $0.method == .invite })
        world.inject(Self.request("BYE", in: invite, cseq: 21), into: 0)
        #expect(world.ends(0, first).isEmpty)
        #expect(world.sessions(0, first).last == .some(nil))
        world.reply(status, to: call, tag: "other", body: status == 200 ? World.description(port: 7500) : "")
        if status == 200 {
            #expect(world.events(0, first).last == .transferred(to: "sip:other@192.0.2.1:5070"))
            #expect(world.sessions(0, first).last??.remote.port == 7500)
        } else {
            #expect(world.ends(0, first).map(\.cause) == [.busy])
        }
    }

    @Test("Hanging up here ends both")
    func hangUp() throws {
        var (world, _) = try referred()
        let call = try #require(world.inbox().first { $0.method == .invite })
        world.reply(180, to: call, tag: "other")
        world.perform(0, .hangUp(first, cause: .localHangUp))
        let methods = world.inbox().map(\.method)
        #expect(methods.contains(.bye) && methods.contains(.cancel))
        #expect(world.ends(0, first).count == 1)
    }

    @Test("Refer-Sub: false is agreed to, and nothing is told")
    func unsubscribed() throws {
        var (world, _) = try referred(fields: ["Refer-Sub: false", "Supported: norefersub"])
        let sent = world.inbox()
        #expect(sent.first?.header("Refer-Sub") == "false")
        world.reply(200, to: try #require(sent.first { $0.method == .invite }), tag: "other", body: World.description())
        #expect((sent + world.inbox()).allSatisfy { $0.method != .notify })
    }

    @Test("A Replaces in Refer-To goes into the new INVITE, other headers do not")
    func attended() throws {
        var (world, _) = try referred("<sip:other@192.0.2.1?Replaces=abc%40h%3Bto-tag%3Dt1%3Bfrom-tag%3Df1&Route=%3Csip:x%3E>")
        let call = try #require(world.inbox().first { $0.method == .invite })
        #expect(call.header("Replaces") == "abc@h;to-tag=t1;from-tag=f1")
        #expect(call.routes.isEmpty && call.requestURI?.headers == "")
    }

    @Test(
        "What cannot be followed is refused, and no call is placed",
        arguments: [
            ("", [], 400), ("<sip:a@b>, <sip:c@d>", [], 400), ("nonsense", [], 400), ("<http://x/>", [], 416),
            ("<sip:other@192.0.2.1;method=BYE>", [], 603), ("<tel:+123>", [], 416),
        ] as [(String, [String], Int)])
    func refused(referTo: String, fields: [String], status: Int) throws {
        var (world, _) = try referred(referTo, fields: fields)
        #expect(world.inbox().map(\.status) == [status])
    }

    @Test("Not when the configuration says no, and not out of the blue")
    func forbidden() throws {
        var (world, _) = try referred { $0.acceptsTransfers = false }
        #expect(world.inbox().map(\.status) == [603])
        world.inject(World.request("REFER", callID: "new", fields: ["Refer-To: <sip:premium@192.0.2.1>"]), into: 0)
        #expect(world.inbox().map(\.status) == [403])
    }
}

@Suite("Transferring others: RFC 3515, RFC 3891")
struct TransferorTests {
    private func asked() throws -> (World, Message, Message) {
        var (world, invite) = try World.calledOut()
        world.perform(0, .transfer(first, target: uri("sip:porter@192.0.2.7")))
        return (world, invite, try world.received(.refer))
    }

    private func notify(_ world: inout World, _ invite: Message, _ status: String, isOver: Bool = false, cseq: Int = 30) {
        let state = isOver ? "terminated;reason=noresource" : "active;expires=60"
        world.inject(
            RefereeTests.request(
                "NOTIFY", in: invite, cseq: cseq, fields: ["Event: refer", "Subscription-State: \(state)"],
                body: "SIP/2.0 \(status)\n",
                type: "message/sipfrag"), into: 0)
    }

    @Test("REFER names the target and us, and the call ends when the peer got there")
    func done() throws {
        var (world, invite, refer) = try asked()
        #expect(refer.header("Refer-To") == "<sip:porter@192.0.2.7>")
        #expect(refer.header("Referred-By") == "<sip:house0@10.0.0.1:5060>")
        world.reply(202, to: refer)
        notify(&world, invite, "100 Trying")
        #expect(world.ends(0, first).isEmpty)
        notify(&world, invite, "200 OK", isOver: true, cseq: 31)
        #expect(world.ends(0, first).map(\.cause) == [.transferred])
        #expect(world.inbox().map(\.method).contains(.bye))
    }

    @Test("A transfer that fails is told, and the call goes on")
    func failed() throws {
        var (world, invite, refer) = try asked()
        world.reply(202, to: refer)
        notify(&world, invite, "486 Busy Here", isOver: true)
        #expect(world.events(0, first).last == .transferFailed(status: 486, text: "Busy Here"))
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
        notify(&world, invite, "200 OK", isOver: true, cseq: 31)
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("A peer that refuses, ends the subscription without a word, or says nothing", arguments: [603, 0, -1])
    func silent(status: Int) throws {
        var (world, invite, refer) = try asked()
        if status > 0 { world.reply(status, to: refer) } else { world.reply(202, to: refer) }
        if status == 0 { notify(&world, invite, "100 Trying", isOver: true) }
        if status < 0 { world.advance(by: .seconds(121)) }
        guard case .transferFailed? = world.events(0, first).last else {
            Issue.record("\(world.events(0, first))")
            return
        }
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("A call that is over cannot be transferred, and nothing is told of it any more")
    func over() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .hangUp(first, cause: .localHangUp))
        let before = world.events(0, first)
        world.perform(0, .transfer(first, target: uri("sip:porter@192.0.2.7")))
        world.perform(0, .transferTo(first, first))
        #expect(world.events(0, first) == before)
    }

    @Test("Attended: the peer is told to take our place in the other call")
    func attended() throws {
        var (world, _) = try World.calledOut()
        world.perform(0, .call(second, target: uri("sip:porter@192.0.2.1"), account: nil, ringTime: nil))
        let other = try world.received(.invite)
        world.reply(200, to: other, tag: "porter", body: World.description())
        _ = world.inbox()
        world.perform(0, .transferTo(first, second))
        let refer = try world.received(.refer)
        let target = try #require(try NameAddress(refer.header("Refer-To") ?? "").uri.headerFields.first)
        #expect(target.name == "Replaces")
        #expect(Replaces(target.value) == Replaces(callID: other.callID, toTag: "porter", fromTag: other.fromTag ?? ""))
    }

    @Test(
        "Three houses: the second sends the first on to the third, and hangs up; nobody else notices", arguments: [false, true])
    func threeHouses(isAttended: Bool) {
        var world = World()
        for _ in 0..<3 { world.add() }
        world.perform(0, .call(first, target: uri("sip:house1@10.0.0.2"), account: nil, ringTime: nil))
        world.advance(by: .seconds(1))
        world.perform(1, .answer(arrived))
        world.advance(by: .seconds(1))
        if isAttended {
            world.perform(1, .call(second, target: uri("sip:house2@10.0.0.3"), account: nil, ringTime: nil))
            world.advance(by: .seconds(1))
            world.perform(2, .answer(arrived))
            world.advance(by: .seconds(1))
            world.perform(1, .transferTo(arrived, second))
        } else {
            world.perform(1, .transfer(arrived, target: uri("sip:house2@10.0.0.3")))
            world.advance(by: .seconds(1))
            world.perform(2, .answer(arrived))
        }
        world.advance(by: .seconds(10))
        #expect(world.ends(1, arrived).map(\.cause) == [.transferred])
        #expect(world.snapshot(0).calls.map(\.id) == [first])
        #expect(world.snapshot(2).calls.map(\.id) == [arrived])
        #expect(world.snapshot(1).calls.isEmpty)
        #expect(world.sessions(0, first).last??.remote.address == .v4(0x0A00_0003))
        #expect(world.sessions(2, arrived).last??.remote.address == .v4(0x0A00_0001))
        world.perform(2, .hangUp(arrived, cause: .localHangUp))
        world.settle()
        #expect(world.ends(0, first).map(\.cause) == [.remoteHangUp])
        for house in 0...2 { #expect(world.snapshot(house).lingeringCalls == 0 && world.snapshot(house).transactions == 0) }
    }
}

@Suite("Being replaced: RFC 3891")
struct ReplacesTests {
    private func replaces(_ invite: Message, toTag: String? = nil, fromTag: String = "peer", more: String = "") -> String {
        "Replaces: \(invite.callID);to-tag=\(toTag ?? invite.fromTag ?? "");from-tag=\(fromTag)\(more)"
    }

    private func request(_ fields: [String], tag: String = "new", body: String = World.description(port: 7600)) -> String {
        World.request("INVITE", branch: "z9hG4bK\(tag)", callID: "new@192.0.2.1", fromTag: tag, fields: fields, body: body)
    }

    @Test("A new INVITE takes an answered call's place: 200 at once, BYE to the old, one call for the house")
    func confirmed() throws {
        var (world, invite) = try World.calledOut()
        world.inject(request([replaces(invite), "Require: replaces"]), into: 0)
        let sent = world.inbox()
        #expect(sent.first { $0.status == 200 }?.callID == "new@192.0.2.1")
        #expect(sent.first { $0.method == .bye }?.callID == invite.callID)
        #expect(world.events(0, first) == [.answered, .transferred(to: "sip:peer@192.0.2.1")])
        #expect(world.sessions(0, first).map { $0?.remote.port } == [7000, 7600])
        #expect(world.incoming(0).isEmpty)
        world.perform(0, .hold(first))
        world.inject(
            World.request("ACK", branch: "z9hG4bKack", callID: "new@192.0.2.1", fromTag: "new", toTag: sent[0].toTag), into: 0)
        #expect(try world.received(.invite).callID == "new@192.0.2.1")
    }

    @Test("An INVITE takes the place of one of ours that still rings: the old one is cancelled")
    func early() throws {
        var (world, invite) = try World.calling()
        world.reply(180, to: invite)
        world.inject(request([replaces(invite, more: ";early-only")]), into: 0)
        #expect(world.inbox().contains { $0.method == .cancel })
        #expect(world.events(0, first).last == .answered)
        world.reply(487, to: invite)
        #expect(world.ends(0, first).isEmpty)
    }

    @Test("What it cannot replace it does not touch")
    func refused() throws {
        var (world, invite) = try World.calledOut()
        for (fields, status) in [
            ([replaces(invite, toTag: "x")], 481), ([replaces(invite, fromTag: "x")], 481),
            ([replaces(invite), replaces(invite)], 400),
            (["Replaces: broken"], 400), ([replaces(invite, more: ";early-only")], 486),
        ] {
            world.inject(request(fields, tag: "new\(world.wire.count)"), into: 0)
            #expect(world.inbox().map(\.status) == [status], "\(fields)")
        }
        world.inject(request([replaces(invite)], tag: "late", body: World.description(formats: "97")), into: 0)
        #expect(world.inbox().map(\.status) == [488])
        #expect(world.snapshot(0).calls.map(\.state) == ["established"])
        world.inject(World.request("OPTIONS", fields: [replaces(invite)]).replacing("z9hG4bKout1", with: "z9hG4bKo"), into: 0)
        #expect(world.inbox().map(\.status) == [400])
    }

    @Test("A call that just ended is not brought back: 603")
    func ended() throws {
        var (world, invite) = try World.calledOut()
        world.perform(0, .hangUp(first, cause: .localHangUp))
        _ = world.inbox()
        world.inject(request([replaces(invite)]), into: 0)
        #expect(world.inbox().map(\.status) == [603])
    }

    @Test("A stranger who guessed everything still gets 403")
    func stranger() throws {
        var (world, invite) = try World.calledOut { $0.trust.everyone = false }
        world.inject(request([replaces(invite)]), into: 0)
        #expect(world.inbox().map(\.status) == [403])
    }

    @Test(
        "Headers are read strictly and survive being put into a URI",
        arguments: [
            ("a@b;to-tag=1;from-tag=2", true), ("a@b; from-tag=2 ;to-tag=1;early-only", true), ("a@b;to-tag=1", false),
            (";to-tag=1;from-tag=2", false), ("a@b;to-tag=1;to-tag=3;from-tag=2", false),
        ])
    func header(text: String, isGood: Bool) {
        let replaces = Replaces(text)
        #expect((replaces != nil) == isGood)
        guard let replaces else { return }
        var target = uri("sip:x@y")
        target.addHeader("Replaces", replaces.description)
        #expect(target.headerFields.first.flatMap { Replaces($0.value) } == replaces)
        #expect((try? URI(target.description)) == target)
    }
}
