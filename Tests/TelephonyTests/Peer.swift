import Base
import SIP
import Telephony
import Testing

/// A phone at `World.outsider` that a test plays by hand.
extension World {
    /// What was sent to the outsider and not read yet.
    mutating func inbox() -> [Message] {
        defer { strays = [] }
        return strays.compactMap { try? Message(parsing: $0.bytes) }
    }

    /// The next message to the outsider; the others are thrown away.
    mutating func received(_ method: SIP.Method, _ location: SourceLocation = #_sourceLocation) throws -> Message {
        try #require(inbox().first { $0.method == method }, "a \(method)", sourceLocation: location)
    }

    /// Lets time pass until the outsider is sent something.
    mutating func awaited(within limit: Duration) throws -> Message {
        let end = now + limit
        while strays.isEmpty, let next, next <= end { advance(by: next - now) }
        return try #require(inbox().first, "a message within \(limit)")
    }

    /// Answers a request that the outsider got.
    @discardableResult
    mutating func reply(
        _ status: Int, to request: Message, tag: String? = "peer", fields: [(String, String)] = [], body: String = "",
        into index: Int = 0
    ) -> [Output] {
        var response = Response(to: request, status: status, toTag: status == 100 ? nil : tag)
        if (101...299).contains(status), request.method == .invite, !fields.contains(where: { $0.0 == "Contact" }) {
            response.headers.append(HeaderField(name: "Contact", value: "<sip:peer@192.0.2.1>"))
        }
        response.headers += fields.map { HeaderField(name: $0.0, value: $0.1) }
        if !body.isEmpty {
            response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
            response.body = wireForm(body)
        }
        let outputs = houses[index].agent.receive(
            response.encoded(), from: .udp(World.outsider), to: houses[index].address, at: now)
        take(outputs, from: index)
        return outputs
    }

    /// A house that calls the outsider, whose INVITE is returned.
    static func calling(_ change: (inout UserAgentSettings) -> Void = { _ in }) throws -> (World, Message) {
        var world = World()
        world.add(change)
        world.perform(0, .call(first, target: uri("sip:peer@192.0.2.1"), account: nil, ringTime: nil))
        let invite = try world.received(.invite)
        return (world, invite)
    }

    /// A house that the outsider talks to, having been called by it.
    static func calledOut(_ change: (inout UserAgentSettings) -> Void = { _ in }) throws -> (World, Message) {
        var (world, invite) = try calling(change)
        world.reply(200, to: invite, body: description())
        _ = try world.received(.ack)
        return (world, invite)
    }

    /// A request of the outsider's, outside of a dialog unless a tag is given.
    static func request(
        _ method: String, uri: String = "sip:house0@10.0.0.1", branch: String = "z9hG4bKout1", callID: String = "call@192.0.2.1",
        fromTag: String = "outs", toTag: String? = nil, cseq: Int = 1, fields: [String] = [], body: String = "",
        type: String = "application/sdp"
    ) -> String {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=\(branch);rport", "Max-Forwards: 70",
            "From: \"Out Sider\" <sip:peer@192.0.2.1>;tag=\(fromTag)", "To: <\(uri)>" + (toTag.map { ";tag=\($0)" } ?? ""),
            "Call-ID: \(callID)", "CSeq: \(cseq) \(method)", "Contact: <sip:peer@192.0.2.1:5060>",
        ]
        lines += fields
        if !body.isEmpty { lines.append("Content-Type: \(type)") }
        lines.append("Content-Length: \(wireForm(body).count)")
        return lines.joined(separator: "\n") + "\n\n" + body
    }

    static func description(
        direction: String = "sendrecv", address: String = "192.0.2.1", port: Int = 7000, formats: String = "8 0 101",
        version: Int = 1
    ) -> String {
        """
        v=0
        o=- 1 \(version) IN IP4 192.0.2.1
        s=-
        c=IN IP4 \(address)
        t=0 0
        m=audio \(port) RTP/AVP \(formats)
        a=rtpmap:101 telephone-event/8000
        a=\(direction)

        """
    }
}

extension Message {
    var offer: String { String(decoding: body, as: UTF8.self) }
}
