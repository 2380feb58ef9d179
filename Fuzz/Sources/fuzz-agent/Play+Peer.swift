import Base
import SIP
import Telephony

/// What a peer must say to be heard in a dialog.
struct PeerDialog: Equatable {
    var callID: String
    var from: String
    var to: String
}

/// The others' messages: mostly right, in the wrong order, and sometimes broken.
extension Play {
    static let description = """
        v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\nm=audio 7000 RTP/AVP 8 0 101\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n
        """
    static let statuses = [
        100, 180, 183, 200, 200, 200, 202, 301, 302, 400, 401, 403, 404, 405, 407, 408, 415, 420, 422, 423, 480, 481, 486, 487,
        488,
        489, 491, 494, 500, 501, 503, 600, 603,
    ]
    static let fields = [
        "Require: 100rel\r\nRSeq: 1", "Require: 100rel\r\nRSeq: 2", "Session-Expires: 90;refresher=uac\r\nSupported: timer",
        "Session-Expires: 90;refresher=uas\r\nRequire: timer", "Min-SE: 7200", "Retry-After: 3",
        "Allow: INVITE, ACK, BYE, UPDATE",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"",
        "Proxy-Authenticate: Digest realm=\"p\", nonce=\"m\", stale=true",
        "Contact: <sip:peer@127.0.0.2>;expires=60", "Contact: <sip:a@127.0.0.2>, <sip:b@127.0.0.2:5062;transport=tcp>;q=0.1",
        "Record-Route: <sip:127.0.0.4;lr>, <sip:127.0.0.5>", "Require: 100rel", "Require: unknown", "RAck: 1 1 INVITE",
        "Refer-To: <sip:other@127.0.0.2>", "Refer-To: <sip:x@127.0.0.2?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>",
        "Replaces: a;to-tag=b;from-tag=c", "Event: message-summary", "Event: talk\r\nSubscription-State: active", "Event: dialog",
        "Event: refer\r\nSubscription-State: terminated;reason=noresource", "Min-Expires: 600", "Reason: SIP;cause=200",
        "Call-Info: <sip:x>;answer-after=0", "Supported: 100rel, timer, replaces", "Expires: 0", "Path: <sip:127.0.0.6;lr>",
        "Event: hold", "Event: check-sync;reboot=true", "Event: dialog;id=7\r\nExpires: 90", "Accept: application/pidf+xml",
        "Subscription-State: active;expires=100", "Subscription-State: terminated;reason=deactivated;retry-after=2",
        "Service-Route: <sip:127.0.0.6;lr>, <sip:127.0.0.5>", "P-Asserted-Identity: \"A\" <sip:201@x>, <tel:+4930>",
        "Diversion: <sip:202@x>;reason=no-answer;counter=1",
        "History-Info: <sip:202@x?Reason=SIP%3Bcause%3D486>;index=1, <sip:203@x>;index=1.1;mp=1",
        "Reason: Q.850;cause=26;text=\"a, b\", SIP;cause=200", "Answer-Mode: Auto;require",
        "Alert-Info: <http://x>;info=alert-autoanswer",
    ]

    mutating func know(_ message: Message, ourTag: String?, theirTag: String) {
        let dialog = PeerDialog(
            callID: message.callID, from: "<sip:peer@127.0.0.2>;tag=\(ourTag ?? "")",
            to: "<sip:portier@127.0.0.1>;tag=\(theirTag)")
        guard !dialogs.contains(dialog) else { return }
        dialogs.append(dialog)
        if dialogs.count > 6 { dialogs.removeFirst() }
    }

    /// A response to something that the agent asked.
    mutating func answer(_ script: inout Script) {
        let back = script.choice(4)
        guard requests.count > back else { return }
        let (request, hop) = requests[requests.count - 1 - back]
        guard request.method != .ack, let status = script.pick(Play.statuses) else { return }
        let tag = "t\(script.choice(3))"
        var response = Response(to: request, status: status, toTag: status == 100 ? nil : tag)
        addFields(&script) { response.headers.append($0) }
        if (101...299).contains(status), request.method == .invite {
            response.headers.append(HeaderField(name: "Contact", value: "<sip:peer@127.0.0.2>"))
            know(request, theirTag: request.fromTag ?? "", tag: tag)
        }
        if script.choice(2) == 0 {
            response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
            response.body = Array(Play.description.utf8)
        }
        deliver(broken(response.encoded(), &script), from: hop)
    }

    private mutating func know(_ request: Message, theirTag: String, tag: String) {
        know(request, ourTag: tag, theirTag: theirTag)
    }

    /// A request of the peer, the registrar or the stranger, in a dialog or outside of any.
    mutating func ask(_ script: inout Script) {
        let methods = [
            "INVITE", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "NOTIFY", "SUBSCRIBE",
            "MESSAGE",
            "REGISTER", "PUBLISH", "FETCH",
        ]
        let method = script.pick(methods) ?? "INVITE"
        let source = script.pick([Play.peer, Play.peer, Play.connected, Play.registrar, Play.stranger]) ?? Play.peer
        let isNew = script.choice(3) == 0 || source == Play.stranger
        let known = isNew ? nil : script.pick(dialogs)
        if script.choice(4) != 0 { branch += 1 }
        if script.choice(3) != 0 { sequence += 1 }
        let dialog =
            known
            ?? PeerDialog(
                callID: "call\(script.choice(4))@127.0.0.2", from: "<sip:peer@127.0.0.2>;tag=f\(script.choice(3))",
                to: "<sip:portier@127.0.0.1>")
        var text = """
            \(method) sip:portier@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP \(source.address);branch=z9hG4bKf\(branch);rport\r\n\
            Max-Forwards: 70\r\nFrom: \(dialog.from)\r\nTo: \(dialog.to)\r\nCall-ID: \(dialog.callID)\r\nCSeq: \(sequence) \(method)\r\n\
            Contact: <sip:peer@127.0.0.2>\r\n
            """
        addFields(&script) { text += "\($0.name): \($0.value)\r\n" }
        let bodies = ["", Play.description, "Signal=5\r\nDuration=160\r\n", "Messages-Waiting: yes\r\n", "SIP/2.0 200 OK\r\n"]
        let types = [
            "application/sdp", "application/dtmf-relay", "application/simple-message-summary", "message/sipfrag", "text/plain",
        ]
        let body = script.pick(bodies) ?? ""
        if !body.isEmpty { text += "Content-Type: \(script.pick(types) ?? types[0])\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        deliver(broken(Array(text.utf8), &script), from: source)
    }

    private func addFields(_ script: inout Script, _ add: (HeaderField) -> Void) {
        for _ in 0..<script.choice(4) {
            guard let lines = script.pick(Play.fields) else { continue }
            var rest = Substring(lines)
            while !rest.isEmpty {
                let end = rest.firstRange(of: "\r\n")
                let line = end.map { rest[..<$0.lowerBound] } ?? rest
                rest = end.map { rest[$0.upperBound...] } ?? ""
                guard let colon = line.firstIndex(of: ":") else { continue }
                add(HeaderField(name: String(line[..<colon]), value: String(line[line.index(colon, offsetBy: 2)...])))
            }
        }
    }

    /// Whatever the bytes are.
    mutating func raw(_ script: inout Script) {
        let bytes = script.take(script.choice(256))
        deliver(bytes, from: script.choice(2) == 0 ? Play.peer : Play.stranger)
    }

    /// One of the agent's own messages comes back to it.
    mutating func again(_ script: inout Script) {
        let own = (requests + responses).map(\.message.bytes)
        guard let bytes = script.pick(own) else { return }
        deliver(broken(bytes, &script), from: Play.peer)
    }

    /// The network and the house are shaken: connections break, addresses change, a new configuration comes.
    mutating func shake(_ script: inout Script) {
        switch script.choice(4) {
        case 0: take(agent.failed(Play.connected, at: now))
        case 1: take(agent.moved(at: now))
        case 2: take(agent.perform(.reconfigure(Play.settings(account: script.choice(2) == 0)), at: now))
        default: take(agent.failed(Play.registrar, at: now))
        }
    }

    /// Mostly whole; else with one byte changed.
    private func broken(_ bytes: [UInt8], _ script: inout Script) -> [UInt8] {
        guard script.choice(8) == 7, !bytes.isEmpty else { return bytes }
        var bytes = bytes
        bytes[(script.choice(256) << 8 | script.choice(256)) % bytes.count] = script.next() ?? 0
        return bytes
    }

    private mutating func deliver(_ bytes: [UInt8], from hop: Hop) {
        take(agent.receive(bytes, from: hop, to: .loopback, at: now))
    }
}
