import Base

/// What both ends know a dialog by: RFC 3261 §12.
public struct DialogID: Hashable, Sendable {
    public var callID: String
    public var localTag: String
    /// Empty with a peer from before RFC 3261 that sends no tag (§12.1.1).
    public var remoteTag: String

    public init(callID: String, localTag: String, remoteTag: String) {
        self.callID = callID
        self.localTag = localTag
        self.remoteTag = remoteTag
    }
}

/// One peer-to-peer relation: who, where, by which way, and how far both sides have counted. RFC 3261 §12.
public struct Dialog: Sendable, Equatable {
    public let id: DialogID
    public let local: NameAddress
    public let remote: NameAddress
    /// Where requests go: the peer's latest Contact.
    public private(set) var remoteTarget: URI
    /// The proxies on the way, nearest first.
    public private(set) var routeSet: [NameAddress]
    /// The CSeq number of our latest request.
    public private(set) var localSequence: UInt32
    /// The CSeq number of the peer's latest request; `nil` before its first.
    public private(set) var remoteSequence: UInt32?

    /// The caller's side, from a 101 to 299 to `request` (§12.1.2).
    ///
    /// A provisional response without Contact leaves the target where the request went.
    public init(caller request: Request, local: NameAddress, sequence: UInt32, response: Message) {
        id = DialogID(callID: response.callID, localTag: response.fromTag ?? "", remoteTag: response.toTag ?? "")
        self.local = local
        remote = response.to
        remoteTarget = response.contacts.first?.uri ?? request.uri
        routeSet = response.recordRoutes.reversed()
        localSequence = sequence
    }

    /// The called side, from the request that made it (§12.1.1); `nil` without a Contact that could be reached.
    public init?(called request: Message, localTag: String, sequence: UInt32) {
        guard let target = request.remoteTarget else { return nil }
        id = DialogID(callID: request.callID, localTag: localTag, remoteTag: request.fromTag ?? "")
        var local = request.to
        local.tag = localTag
        self.local = local
        remote = request.from
        remoteTarget = target
        routeSet = request.recordRoutes
        localSequence = sequence
        remoteSequence = request.cseq.number
    }

    /// The 2xx that makes an early dialog a confirmed one says the route set anew (§13.2.2.4).
    public mutating func confirm(by response: Message) {
        routeSet = response.recordRoutes.reversed()
        refreshTarget(by: response)
    }

    /// A re-INVITE, or the 2xx to one, may move the target; never the route set (§12.2).
    public mutating func refreshTarget(by message: Message) {
        if let target = message.contacts.first?.uri { remoteTarget = target }
    }

    /// Whether the peer's request is in order; a lower number than before is out of order and gets 500 (§12.2.2).
    public mutating func admit(_ request: Message) -> Bool {
        let number = request.cseq.number
        if let remoteSequence, number < remoteSequence { return false }
        remoteSequence = number
        return true
    }

    /// Where a request leaves to: the first proxy, or the peer itself.
    public var nextHop: URI { routeSet.first?.uri ?? remoteTarget }

    /// The next request in this dialog, without Via and what else the user agent puts in (§12.2.1.1).
    public mutating func request(_ method: Method, body: [UInt8] = []) -> Request {
        localSequence &+= 1
        return request(method, sequence: localSequence, body: body)
    }

    /// The number of the next request, for one that is built from another.
    public mutating func countUp() -> UInt32 {
        localSequence &+= 1
        return localSequence
    }

    /// The ACK to a 2xx: the number of its INVITE.
    public func acknowledgement(of sequence: UInt32, body: [UInt8] = []) -> Request {
        request(.ack, sequence: sequence, body: body)
    }

    private func request(_ method: Method, sequence: UInt32, body: [UInt8]) -> Request {
        var uri = remoteTarget
        var routes = routeSet
        // A strict router wants itself as the request URI, and the target last (§12.2.1.1).
        if let first = routes.first, !first.uri.parameters.contains("lr") {
            uri = first.uri
            routes.removeFirst()
            routes.append(NameAddress(uri: remoteTarget))
        }
        var request = Request(method: method, uri: uri, body: body)
        request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
        for route in routes { request.headers.append(HeaderField(name: "Route", value: route.description)) }
        request.headers.append(HeaderField(name: "From", value: local.description))
        request.headers.append(HeaderField(name: "To", value: remote.description))
        request.headers.append(HeaderField(name: "Call-ID", value: id.callID))
        request.headers.append(HeaderField(name: "CSeq", value: "\(sequence) \(method.description)"))
        return request
    }
}
