import Base

/// All transactions of one user agent, and the matching of what comes in to them: RFC 3261 §17.
///
/// Both tables are bounded; what does not fit is refused by `open`, or not sent by `send`. The cost of a message does not
/// depend on how many transactions there are. Requests that were dealt with, and are remembered for 32 s in case a copy comes
/// late, are remembered for less when there are very many of them: so memory does not grow with the number of calls.
public struct TransactionLayer: Sendable {
    public enum Output: Sendable {
        case send([UInt8], to: Hop)
        /// A response to a request of ours; copies of final responses do not come here, those of a 2xx to INVITE do.
        case response(ClientKey, Message)
        /// No final response in time, or no connection to get it by.
        case timedOut(ClientKey)
        /// The transaction is over and forgotten: nothing more will come of it.
        case closed(ClientKey)
        /// An ACK that came with the branch of the INVITE that was answered with 2xx.
        case acknowledged(ServerKey, Message)
        /// A refusal was never acknowledged.
        case unacknowledged(ServerKey)
    }

    /// What a request is to this layer.
    public enum Incoming: Sendable {
        /// Nothing seen before: `open` it, or answer it statelessly.
        case new
        /// A copy, or an ACK that belongs to a refusal; dealt with by these outputs.
        case absorbed([Output])
    }

    struct Client: Sendable {
        enum Machine: Sendable {
            case invite(InviteClient)
            case other(NonInviteClient)
        }

        var machine: Machine
        let request: Request
        let bytes: [UInt8]
        let destination: Hop
        var ack: [UInt8]?
    }

    struct Server: Sendable {
        enum Machine: Sendable {
            case invite(InviteServer)
            case other(NonInviteServer)
        }

        var machine: Machine
        /// Until it has its final response.
        var request: Message?
        let source: Hop
        let destination: Hop
        var response: [UInt8] = []
        let merge: MergeKey?
        /// The 2xx was acknowledged.
        var isAcknowledged = false
        /// Stands in the queue of those that are kept for late copies.
        var isSettled = false
    }

    enum Owner: Hashable, Sendable {
        case client(ClientKey)
        case server(ServerKey)
    }

    /// A request that took two ways to us has the same of these but another branch: RFC 3261 §8.2.2.2.
    struct MergeKey: Hashable, Sendable {
        var callID: String
        var fromTag: String
        var sequence: UInt32
        var method: Method
    }

    public let capacity: Int
    /// Messages that were sent more than once, requests and responses.
    public private(set) var retransmissions: UInt64 = 0
    private var clients: [ClientKey: Client] = [:]
    /// The one that ended last: over a reliable transport its refusal ends it, and is answered with credentials after that.
    private var lastEnded: (key: ClientKey, request: Request, destination: Hop)?
    private var servers: [ServerKey: Server] = [:]
    private var merges: [MergeKey: ServerKey] = [:]
    private var deadlines = DeadlineQueue<Owner>()
    private var settled: SettledQueue

    /// `capacity` bounds each of the two tables, `settled` those in them that are kept for late copies only.
    public init(capacity: Int = 100_000, settled: Int = 2_048) {
        self.capacity = capacity
        self.settled = SettledQueue(capacity: settled)
    }

    public var count: Int { clients.count + servers.count }
    public var nextDeadline: Instant? { deadlines.next }
}

// MARK: Client side

extension TransactionLayer {
    /// Sends a request, whose topmost Via already has the branch of `key`, and waits for its response.
    public mutating func send(_ request: Request, key: ClientKey, to destination: Hop, at now: Instant) -> [Output] {
        guard clients.count < capacity, clients[key] == nil else { return [.timedOut(key), .closed(key)] }
        let machine: Client.Machine =
            request.method == .invite
            ? .invite(InviteClient.start(isReliable: destination.isReliable, at: now).0)
            : .other(NonInviteClient.start(isReliable: destination.isReliable, at: now).0)
        let client = Client(machine: machine, request: request, bytes: request.encoded(), destination: destination)
        deadlines.set(.client(key), client.nextDeadline)
        let output = Output.send(client.bytes, to: destination)
        clients[key] = client
        return [output]
    }

    /// The request as it was sent, for a retry with credentials or for CANCEL; that of a transaction which its final response
    /// has ended, until the next one ends.
    public func request(of key: ClientKey) -> (request: Request, destination: Hop)? {
        if let client = clients[key] { return (client.request, client.destination) }
        guard let lastEnded, lastEnded.key == key else { return nil }
        return (lastEnded.request, lastEnded.destination)
    }

    /// A request of ours that nothing was heard of yet.
    func unheardClient(_ key: ClientKey) -> Client? { clients[key].flatMap { $0.isUnheard ? $0 : nil } }

    /// Whether any request of ours still has no final response. Looks through all, for the end of a user agent only.
    public var awaitsResponse: Bool { clients.values.contains { $0.awaitsResponse } }

    /// Gives up waiting: for an INVITE that was cancelled and never finally answered (RFC 3261 §9.1).
    public mutating func drop(_ key: ClientKey) -> [Output] {
        guard clients.removeValue(forKey: key) != nil else { return [] }
        deadlines.set(.client(key), nil)
        return [.closed(key)]
    }

    /// The connection with `hop` is no more: requests that nothing was heard of fail now (RFC 3261 §8.1.3.1).
    ///
    /// Those that were answered provisionally wait on; the server makes a connection of its own for the rest (§18.2.2).
    public mutating func fail(_ hop: Hop) -> [Output] {
        let concerned = clients.filter { $0.value.destination == hop && $0.value.isUnheard }.keys
        return concerned.flatMap { key -> [Output] in [.timedOut(key)] + drop(key) }
    }

    /// `nil` when the response belongs to no request of ours: it is to be dropped.
    public mutating func receive(response: Message, at now: Instant) -> [Output]? {
        guard let key = ClientKey(response: response), let status = response.status, var client = clients[key] else {
            return nil
        }
        clients[key] = nil  // held once, so that changing it copies nothing
        var outputs: [Output] = []
        switch client.machine {
        case .invite(var machine):
            for output in machine.receive(status: status, at: now) {
                switch output {
                case .deliver: outputs.append(.response(key, response))
                case .sendAck:
                    if client.ack != nil { retransmissions += 1 }
                    let ack = client.ack ?? client.request.acknowledging(refusal: response).encoded()
                    client.ack = ack
                    outputs.append(.send(ack, to: client.destination))
                case .sendRequest, .timedOut: break
                }
            }
            client.machine = .invite(machine)
        case .other(var machine):
            if case .deliver? = machine.receive(status: status, at: now).first { outputs.append(.response(key, response)) }
            client.machine = .other(machine)
        }
        keep(client, key, &outputs)
        return outputs
    }

    private mutating func keep(_ client: Client, _ key: ClientKey, _ outputs: inout [Output]) {
        deadlines.set(.client(key), client.nextDeadline)
        if client.isTerminated {
            lastEnded = (key, client.request, client.destination)
            outputs.append(.closed(key))
        } else {
            clients[key] = client
        }
    }
}

// MARK: Server side

extension TransactionLayer {
    public mutating func receive(request: Message, at now: Instant) -> Incoming {
        guard let key = ServerKey(request: request), var server = servers[key] else { return .new }
        servers[key] = nil
        defer { keep(server, key) }
        var outputs: [Output] = []
        switch server.machine {
        case .invite(var machine):
            let isAck = request.method == .ack
            for output in isAck ? machine.receiveAck(at: now) : machine.receiveRetransmission() {
                switch output {
                case .sendResponse: resend(server, &outputs)
                case .deliverAck: outputs.append(.acknowledged(key, request))
                case .sendTrying, .timedOut: break
                }
            }
            server.machine = .invite(machine)
        case .other(var machine):
            if machine.receiveRetransmission() == [.sendResponse] { resend(server, &outputs) }
            server.machine = .other(machine)
        }
        return .absorbed(outputs)
    }

    /// Whether this new request came another way already: to be answered with 482.
    public func isMerged(_ request: Message) -> Bool {
        guard let key = Self.mergeKey(request) else { return false }
        return merges[key] != nil
    }

    /// Whether this request of others is still remembered, answered or not.
    public func isOpen(_ key: ServerKey) -> Bool { servers[key] != nil }

    /// Takes a new request in, to be answered by `respond`; `nil` when the table is full.
    public mutating func open(_ request: Message, from source: Hop, at now: Instant) -> ServerKey? {
        guard servers.count < capacity, let key = ServerKey(request: request), servers[key] == nil, request.method != .ack else {
            return nil
        }
        let server = Server(
            machine: request.method == .invite
                ? .invite(InviteServer(isReliable: source.isReliable, at: now))
                : .other(NonInviteServer(isReliable: source.isReliable, at: now)),
            request: request, source: source, destination: request.answerHop(source: source),
            merge: Self.mergeKey(request))
        if let merge = server.merge { merges[merge] = key }
        deadlines.set(.server(key), server.nextDeadline)
        servers[key] = server
        return key
    }

    /// Sends a response, or the 2xx to INVITE again.
    public mutating func respond(_ key: ServerKey, _ response: Response, at now: Instant) -> [Output] {
        guard var server = servers[key] else { return [] }
        servers[key] = nil
        defer { keep(server, key) }
        let sends: Bool
        switch server.machine {
        case .invite(var machine):
            sends = machine.respond(status: response.status, at: now) == [.sendResponse]
            server.machine = .invite(machine)
        case .other(var machine):
            sends = machine.respond(status: response.status, at: now) == [.sendResponse]
            server.machine = .other(machine)
        }
        guard sends else { return [] }
        if response.status >= 200 { server.request = nil }
        server.response = response.encoded()
        return [.send(server.response, to: server.destination)]
    }

    /// The ACK for the 2xx to an INVITE came to the user agent: what is left of the INVITE is for late copies of it.
    public mutating func acknowledged(_ key: ServerKey) {
        guard var server = servers[key] else { return }
        servers[key] = nil
        server.isAcknowledged = true
        keep(server, key)
    }

    private mutating func resend(_ server: Server, _ outputs: inout [Output]) {
        guard !server.response.isEmpty else { return }
        retransmissions += 1
        outputs.append(.send(server.response, to: server.destination))
    }

    private mutating func keep(_ server: Server, _ key: ServerKey) {
        deadlines.set(.server(key), server.nextDeadline)
        if server.isTerminated {
            if let merge = server.merge, merges[merge] == key { merges[merge] = nil }
            return
        }
        guard server.isForCopies, !server.isSettled else {
            servers[key] = server
            return
        }
        var server = server
        server.isSettled = true
        servers[key] = server
        if let oldest = settled.add(key), oldest != key, let old = servers[oldest], old.isSettled {
            servers[oldest] = nil
            deadlines.set(.server(oldest), nil)
            if let merge = old.merge, merges[merge] == oldest { merges[merge] = nil }
        }
    }

    private static func mergeKey(_ request: Message) -> MergeKey? {
        guard request.toTag == nil, let fromTag = request.fromTag, request.method != .ack, request.method != .cancel else {
            return nil
        }
        return MergeKey(callID: request.callID, fromTag: fromTag, sequence: request.cseq.number, method: request.method)
    }
}

// MARK: Time

extension TransactionLayer {
    public mutating func wake(at now: Instant) -> [Output] {
        var outputs: [Output] = []
        while let owner = deadlines.popDue(at: now) {
            switch owner {
            case .client(let key): wake(client: key, at: now, &outputs)
            case .server(let key): wake(server: key, at: now, &outputs)
            }
        }
        return outputs
    }

    private mutating func wake(client key: ClientKey, at now: Instant, _ outputs: inout [Output]) {
        guard var client = clients.removeValue(forKey: key) else { return }
        var sends = false
        var timedOut = false
        switch client.machine {
        case .invite(var machine):
            let result = machine.wake(at: now)
            (sends, timedOut) = (result == [.sendRequest], result == [.timedOut])
            client.machine = .invite(machine)
        case .other(var machine):
            let result = machine.wake(at: now)
            (sends, timedOut) = (result == [.sendRequest], result == [.timedOut])
            client.machine = .other(machine)
        }
        if sends {
            retransmissions += 1
            outputs.append(.send(client.bytes, to: client.destination))
        }
        if timedOut { outputs.append(.timedOut(key)) }
        keep(client, key, &outputs)
    }

    private mutating func wake(server key: ServerKey, at now: Instant, _ outputs: inout [Output]) {
        guard var server = servers.removeValue(forKey: key) else { return }
        defer { keep(server, key) }
        switch server.machine {
        case .invite(var machine):
            for output in machine.wake(at: now) {
                switch output {
                case .sendTrying:
                    guard let request = server.request else { continue }
                    server.response = Response(to: request, from: server.source.address, status: 100, toTag: nil).encoded()
                    outputs.append(.send(server.response, to: server.destination))
                case .sendResponse: resend(server, &outputs)
                case .timedOut: outputs.append(.unacknowledged(key))
                case .deliverAck: break
                }
            }
            server.machine = .invite(machine)
        case .other(var machine):
            _ = machine.wake(at: now)
            server.machine = .other(machine)
        }
    }
}

extension TransactionLayer.Client {
    /// No response at all has come yet.
    var isUnheard: Bool {
        switch machine {
        case .invite(let machine): if case .calling = machine.state { true } else { false }
        case .other(let machine): if case .trying = machine.state { true } else { false }
        }
    }

    var awaitsResponse: Bool {
        switch machine {
        case .invite(let machine):
            switch machine.state {
            case .calling, .proceeding: true
            case .completed, .accepted, .terminated: false
            }
        case .other(let machine):
            switch machine.state {
            case .trying, .proceeding: true
            case .completed, .terminated: false
            }
        }
    }

    var nextDeadline: Instant? {
        switch machine {
        case .invite(let machine): machine.nextDeadline
        case .other(let machine): machine.nextDeadline
        }
    }

    var isTerminated: Bool {
        switch machine {
        case .invite(let machine): machine.isTerminated
        case .other(let machine): machine.isTerminated
        }
    }
}

extension TransactionLayer.Server {
    /// Dealt with on both sides: nothing but a late copy can come.
    var isForCopies: Bool {
        switch machine {
        case .invite(let machine):
            switch machine.state {
            case .confirmed: true
            case .accepted: isAcknowledged
            case .proceeding, .completed, .terminated: false
            }
        case .other(let machine):
            if case .completed = machine.state { true } else { false }
        }
    }

    var nextDeadline: Instant? {
        switch machine {
        case .invite(let machine): machine.nextDeadline
        case .other(let machine): machine.nextDeadline
        }
    }

    var isTerminated: Bool {
        switch machine {
        case .invite(let machine): machine.isTerminated
        case .other(let machine): machine.isTerminated
        }
    }
}
