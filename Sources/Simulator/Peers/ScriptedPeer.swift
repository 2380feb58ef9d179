import Base

/// A peer whose every message is written by the story: it keeps what it got and says what it is told to say.
///
/// It has no transactions, so it neither repeats nor absorbs anything by itself: that is the story's part.
public final class ScriptedPeer: Host {
    public struct Received: Sendable {
        public var time: Instant
        public var message: WireMessage
        public var source: SocketAddress
    }

    public let address: SocketAddress
    /// The user part of its URIs.
    public let user: String
    public private(set) var received: [Received] = []
    /// What it does with each message that comes in; may send, and may set timers.
    public var script: (ScriptedPeer, Received) -> Void
    /// What it sent last.
    public private(set) var lastSent: Datagram?

    private unowned let network: VirtualNetwork
    private var timers: [(time: Instant, action: () -> Void)] = []
    private var counter = 0

    /// Attaches itself to the network.
    public init(
        on network: VirtualNetwork, at address: SocketAddress, user: String = "peer",
        script: @escaping (ScriptedPeer, Received) -> Void = { _, _ in }
    ) {
        self.network = network
        self.address = address
        self.user = user
        self.script = script
        network.attach(self, at: address)
    }

    public var now: Instant { network.now }

    public var uri: String { "sip:\(user)@\(address)" }

    /// What it received, as words: `["INVITE", "ACK", "200 BYE"]`.
    public var summaries: [String] { received.map(\.message.summary) }

    public func messages(_ summary: String) -> [WireMessage] {
        received.map(\.message).filter { $0.summary == summary }
    }

    public func times(_ summary: String) -> [Instant] {
        received.filter { $0.message.summary == summary }.map(\.time)
    }

    // MARK: What a script does

    public func send(_ text: String, to destination: SocketAddress) {
        send(Datagram(text, from: address, to: destination))
    }

    public func send(_ datagram: Datagram) {
        lastSent = datagram
        network.send([datagram])
    }

    public func after(_ delay: Duration, _ action: @escaping () -> Void) {
        let time = now + delay
        let place = timers.firstIndex { $0.time > time } ?? timers.endIndex
        timers.insert((time, action), at: place)
    }

    /// Answers a request: Via, From, To, Call-ID and CSeq are copied, `tag` is added to a To without one.
    public func respond(
        to request: Received, _ status: Int, _ reason: String = "Because", tag: String? = "peer-tag", fields: [String] = [],
        sdp: String? = nil
    ) {
        var lines = ["SIP/2.0 \(status) \(reason)"]
        lines += request.message.all("via").map { "Via: " + $0 }
        lines += request.message.all("record-route").map { "Record-Route: " + $0 }
        let to = request.message["to"] ?? ""
        let added = status > 100 && request.message.toTag == nil ? tag.map { ";tag=" + $0 } ?? "" : ""
        lines += ["From: " + (request.message["from"] ?? ""), "To: " + to + added, "Call-ID: " + request.message.callID]
        lines += ["CSeq: " + (request.message["cseq"] ?? "")]
        if status > 100, status < 300, request.message.method == "INVITE" { lines.append("Contact: <\(uri)>") }
        send(Self.text(lines + fields, sdp: sdp), to: request.source)
    }

    /// Sends a request with the fields given, and a Via of its own with a fresh branch unless one is given.
    @discardableResult
    public func request(
        _ method: String, _ uri: String, to destination: SocketAddress, branch: String? = nil, fields: [String],
        sdp: String? = nil
    ) -> String {
        counter += 1
        let branch = branch ?? "z9hG4bK-\(user)-\(counter)"
        let via = "Via: SIP/2.0/UDP \(address);branch=\(branch);rport"
        let forwards = fields.contains { $0.hasPrefix("Max-Forwards:") } ? [] : ["Max-Forwards: 70"]
        send(Self.text(["\(method) \(uri) SIP/2.0", via] + forwards + fields, sdp: sdp), to: destination)
        return branch
    }

    static func text(_ lines: [String], sdp: String?) -> String {
        let body = sdp ?? ""
        let type = sdp == nil || lines.contains { $0.hasPrefix("Content-Type:") } ? [] : ["Content-Type: application/sdp"]
        return (lines + type + ["Content-Length: \(body.utf8.count)"]).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    // MARK: Host

    public var nextDeadline: Instant? { timers.first?.time }

    public func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
        guard let message = WireMessage(datagram.bytes) else { return [] }
        let item = Received(time: now, message: message, source: datagram.source)
        received.append(item)
        script(self, item)
        return []
    }

    public func wake(at now: Instant) -> [Datagram] {
        while let first = timers.first, first.time <= now {
            timers.removeFirst()
            first.action()
        }
        return []
    }
}
