import Base

/// One dialog of a `ScriptedPeer`: it fills in tags, sequence numbers and routes, so that stories say only what matters.
public final class ScriptedCall {
    public let peer: ScriptedPeer
    public let callID: String
    public private(set) var localTag: String
    public private(set) var remoteTag: String?
    /// Where requests in the dialog go: the other side's Contact.
    public private(set) var remoteTarget: String
    public private(set) var destination: SocketAddress
    /// The INVITE that came in, when the other side called.
    public private(set) var invite: ScriptedPeer.Received?
    public private(set) var sequence = 1
    /// The URIs of From and To, seen by the peer.
    private let localAddress: String
    private let remoteAddress: String
    /// Branch, request URI and To of the latest INVITE: CANCEL repeats them (RFC 3261 §9.1).
    private var latestInvite: (branch: String, uri: String, to: String)?

    /// A call that the peer places; `invite(sdp:)` sends the first request.
    public init(_ peer: ScriptedPeer, calls target: String, at destination: SocketAddress, callID: String = "scripted-call") {
        self.peer = peer
        self.callID = callID
        localTag = "peer-tag"
        remoteTarget = target
        self.destination = destination
        localAddress = "<sip:\(peer.user)@\(peer.address.address)>"
        remoteAddress = "<\(target)>"
    }

    /// A call that came to the peer.
    public init(_ peer: ScriptedPeer, invitedBy invite: ScriptedPeer.Received, tag: String = "peer-tag") {
        self.peer = peer
        self.invite = invite
        callID = invite.message.callID
        localTag = tag
        remoteTag = invite.message.fromTag
        remoteTarget = invite.message.contact ?? ""
        destination = invite.source
        localAddress = "<" + (invite.message["to"] ?? "").addressSpecification + ">"
        remoteAddress = "<" + (invite.message["from"] ?? "").addressSpecification + ">"
        sequence = 100
    }

    /// Answers the INVITE that opened the call.
    public func respond(_ status: Int, _ reason: String = "Because", fields: [String] = [], sdp: String? = nil) {
        guard let invite else { preconditionFailure("the peer placed this call itself") }
        peer.respond(to: invite, status, reason, tag: localTag, fields: fields, sdp: sdp)
    }

    /// Sends INVITE: the first, or one in the dialog.
    public func invite(sdp: String?, fields: [String] = []) {
        if remoteTag != nil { sequence += 1 }
        send("INVITE", fields: ["Contact: <\(peer.uri)>"] + fields, sdp: sdp)
    }

    /// Sends the same INVITE again, as a phone without an answer does.
    public func repeatInvite(sdp: String?, fields: [String] = []) {
        send("INVITE", branch: latestInvite?.branch, fields: ["Contact: <\(peer.uri)>"] + fields, sdp: sdp)
    }

    public func cancel(fields: [String] = []) {
        guard let latestInvite else { preconditionFailure("nothing to cancel") }
        peer.request(
            "CANCEL", latestInvite.uri, to: destination, branch: latestInvite.branch,
            fields: [
                "From: \(localAddress);tag=\(localTag)", "To: \(latestInvite.to)", "Call-ID: \(callID)",
                "CSeq: \(sequence) CANCEL",
            ]
                + fields)
    }

    /// Learns the dialog from a response to INVITE; ACKs a final one. `sdp` is the answer to a late offer.
    public func acknowledge(_ response: WireMessage, sdp: String? = nil) {
        guard let status = response.status, status >= 200 else { return learn(response) }
        if status < 300 {
            learn(response)
            send("ACK", fields: [], sdp: sdp)
        } else {
            let toTag = remoteTag
            remoteTag = response.toTag
            send("ACK", branch: response.branch, fields: [])
            remoteTag = toTag
        }
    }

    /// Any other request in the dialog.
    public func request(_ method: String, fields: [String] = [], sdp: String? = nil) {
        sequence += 1
        send(method, fields: fields, sdp: sdp)
    }

    /// Takes tag and target from a response, without acknowledging it.
    public func learn(_ response: WireMessage) {
        remoteTag = response.toTag ?? remoteTag
        remoteTarget = response.contact ?? remoteTarget
    }

    private func send(_ method: String, branch: String? = nil, fields: [String], sdp: String? = nil) {
        let to = remoteAddress + (remoteTag.map { ";tag=" + $0 } ?? "")
        let used = peer.request(
            method, remoteTarget, to: destination, branch: branch,
            fields: [
                "From: \(localAddress);tag=\(localTag)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(sequence) \(method)",
            ] + fields, sdp: sdp)
        if method == "INVITE" { latestInvite = (used, remoteTarget, to) }
    }
}

/// Descriptions as phones write them.
public enum ScriptedSDP {
    public static func audio(
        _ address: SocketAddress, formats: String = "8 0 101", direction: String? = nil, connection: String? = nil,
        version: Int = 1
    ) -> String {
        var lines = [
            "v=0", "o=- 7 \(version) IN IP4 \(address.address)", "s=-", "c=IN IP4 " + (connection ?? "\(address.address)"),
            "t=0 0",
            "m=audio \(address.port) RTP/AVP \(formats)",
        ]
        if formats.split(separator: " ").contains("101") { lines.append("a=rtpmap:101 telephone-event/8000") }
        if let direction { lines.append("a=" + direction) }
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}
