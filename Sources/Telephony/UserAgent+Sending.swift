import Base
import SDP
import SIP

/// How requests leave: the headers that all of them have, and the way they take.
extension UserAgent {
    static let allowedMethods = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY, SUBSCRIBE, MESSAGE"
    /// The extensions that a peer may require of us.
    static let supportedExtensions = ["100rel", "timer", "replaces", "norefersub", "answermode"]
    static let acceptedBodies =
        "application/sdp, application/dtmf-relay, application/dtmf, text/plain, message/sipfrag, application/simple-message-summary"
    static let infoBodies = "application/dtmf-relay, application/dtmf"

    static let supported = HeaderField(name: "Supported", value: supportedExtensions.joined(separator: ", "))

    /// Our address as a peer on that way should write it.
    func here(_ route: Route) -> SocketAddress {
        SocketAddress(settings.advertisedAddress ?? route.local, port: settings.port(of: route.remote.transport))
    }

    func account(named name: String?) -> Account? {
        name.flatMap { accountBook.account(named: $0) }
    }

    /// Where the peer of a call reaches us: by the address that the account's registrar sees us at, if it has one.
    ///
    /// A request to a `sips:` has a Contact of that kind (RFC 3261 §8.1.1.8).
    func contact(account name: String?, over route: Route, isSecure: Bool = false) -> HeaderField {
        let account = account(named: name)
        let learnt = name.flatMap { registrationIDs[$0] }.flatMap { registrations[$0]?.learnt }
        let address = learnt ?? here(route)
        var uri = URI(contact: account?.address.user ?? settings.localUser, at: address, by: route.remote.transport)
        if isSecure { uri = uri.secured }
        if let name, let id = registrationIDs[name], registrations[id]?.isOutbound == true { uri.parameters.setFlag("ob") }
        return HeaderField(name: "Contact", value: "<\(uri)>")
    }

    /// Puts Via and User-Agent in, sends it and remembers whose it is.
    @discardableResult
    mutating func transmit(_ request: Request, over route: Route, owner: ClientOwner, at now: Instant) -> ClientKey {
        let (request, branch) = stamped(request, over: route)
        let key = ClientKey(branch: branch, method: request.method)
        return transmit(request, key: key, to: route.remote, owner: owner, at: now)
    }

    @discardableResult
    mutating func transmit(
        _ request: Request, key: ClientKey, to destination: Hop, owner: ClientOwner, at now: Instant
    ) -> ClientKey {
        clientOwners[key] = owner
        var request = request
        let destination = carrier(of: &request, key, meant: destination, at: now)
        for output in transactions.send(request, key: key, to: destination, at: now) {
            // What is not sent at once concerns a call that is being changed right now: later.
            if case .send(let bytes, let peer) = output { send(bytes, to: peer) } else { deferred.append(output) }
        }
        return key
    }

    /// The request with our Via on top; the branch is new.
    mutating func stamped(_ request: Request, over route: Route) -> (Request, branch: String) {
        let branch = ServerKey.magicCookie + random.token(16)
        let here = here(route)
        var request = request
        let via = "SIP/2.0/\(route.remote.transport.viaName) \(here.address.uriHost):\(here.port);branch=\(branch);rport"
        request.headers.insert(HeaderField(name: "Via", value: via), at: 0)
        request.headers.append(HeaderField(name: "User-Agent", value: settings.product))
        return (request, branch)
    }

    /// The way of a request inside a call.
    ///
    /// An address in the next hop's URI is taken as it is. A name is not looked up again: the way that the call's messages
    /// take already leads there. So does a connection with that very machine, whatever port it says it listens at.
    func route(to uri: URI, in call: Call) -> Route? {
        call.route.map { self.route(to: uri, by: $0) }
    }

    /// The same for any dialog whose messages take the way `route`.
    func route(to uri: URI, by route: Route) -> Route {
        guard let address = IPAddress(uri.host), !address.isUnspecified else { return route }
        let isSecure = uri.scheme == "sips"
        let transport = isSecure ? .tls : uri.transport ?? route.remote.transport
        if transport.isReliable, transport == route.remote.transport, address == route.remote.address.address { return route }
        let remote = SocketAddress(address, port: uri.port ?? transport.defaultPort)
        return Route(remote: Hop(transport, remote), local: route.local)
    }

    /// Sends a request of the call's dialog as a transaction.
    @discardableResult
    mutating func transmit(
        _ method: Method, in call: inout Call, fork: Int, fields: [HeaderField] = [], body: [UInt8] = [], at now: Instant
    ) -> ClientKey? {
        var request = call.forks[fork].dialog.request(method, body: body)
        request.headers += fields
        if method == .bye, let farewell = call.farewell { request.headers.append(farewell.field) }
        guard let route = route(to: call.forks[fork].dialog.nextHop, in: call) else { return nil }
        let owner: ClientOwner =
            switch method {
            case .invite: .reinvite(call.id)
            case .bye: .bye(call.id)
            case .prack: .prack(call.id)
            case .update: .update(call.id)
            case .refer: .refer(call.id)
            case .notify: .notify(call.id)
            default: .info(call.id)
            }
        // RFC 3261 §22.3: whoever asked before will ask again.
        let credentials = call.authorization.headers(method: method, uri: request.uri, body: body, random: &random)
        request.headers += credentials
        if method == .invite {
            call.sequence = call.forks[fork].dialog.localSequence
            call.inviteCredentials = credentials
        }
        call.transactions += 1
        let (stampedRequest, branch) = stamped(request, over: route)
        let key = ClientKey(branch: branch, method: method)
        if method == .invite { call.invite = key }
        return transmit(stampedRequest, key: key, to: route.remote, owner: owner, at: now)
    }

    /// A response that asks for no credentials: it may bring the next nonce, and the server's proof that it knows us.
    mutating func credentialsAccepted(_ call: inout Call, by response: Message) {
        guard !call.authorization.succeeded(response) else { return }
        log(.warning, "server-unproven", [("call", "\(call.id)"), ("status", "\(response.status ?? 0)")])
    }

    mutating func send(_ bytes: [UInt8], to destination: Hop) {
        counters.messagesOut += 1
        outbox.append(.send(bytes, to: destination))
    }

    mutating func resolve(_ target: Locating, for purpose: Resolution) {
        let id = ResolutionID(rawValue: nextResolution)
        nextResolution += 1
        resolutions[id] = purpose
        outbox.append(.resolve(id, target))
    }

    /// Sends the same request again with what the server asked for, as a new transaction.
    ///
    /// Returns false when there is nothing to answer the challenge with.
    mutating func retry(_ key: ClientKey, answering response: Message, in call: inout Call, owner: ClientOwner, at now: Instant)
        -> ClientKey?
    {
        guard let (request, destination) = transactions.request(of: key), let route = call.route else { return nil }
        let fields = call.authorization.answer(
            to: response, method: request.method, uri: request.uri, body: request.body, random: &random)
        guard let fields else { return nil }
        var again = request
        again.headers.removeAll { ["Via", "CSeq", "User-Agent", "Authorization", "Proxy-Authorization"].contains($0.name) }
        let number: UInt32
        let isInitial = owner == .invite(call.id)
        if !isInitial, let fork = call.forks.firstIndex(where: { $0.dialog.id.remoteTag == response.toTag }) ?? call.current {
            number = call.forks[fork].dialog.countUp()
        } else {
            call.sequence &+= 1
            number = call.sequence
        }
        again.headers.append(HeaderField(name: "CSeq", value: "\(number) \(request.method)"))
        again.headers += fields
        if request.method == .invite {
            call.sequence = number
            call.inviteCredentials = fields
        }
        call.transactions += 1
        let (stampedRequest, branch) = stamped(again, over: route)
        let next = ClientKey(branch: branch, method: request.method)
        if request.method == .invite { call.invite = next }
        return transmit(stampedRequest, key: next, to: destination, owner: owner, at: now)
    }
}

extension URI {
    /// Where we are reached at `address`; UDP goes without saying.
    init(contact user: String?, at address: SocketAddress, by transport: Transport) {
        self.init(user: user, host: address.address.uriHost, port: address.port)
        if transport != .udp { parameters["transport"] = transport.rawValue }
    }

    /// As `sips:`, which needs no transport parameter.
    var secured: URI {
        var uri = self
        uri.scheme = "sips"
        uri.parameters["transport"] = nil
        return uri
    }

    /// As a Route header that a loose router understands.
    var asRoute: NameAddress {
        var uri = self
        uri.parameters.setFlag("lr")
        return NameAddress(uri: uri)
    }
}
