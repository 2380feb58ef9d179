import Base
import SIP

/// A request of ours outside of any dialog that asks for one answer and starts nothing: MESSAGE (RFC 3428), PUBLISH (RFC 3903).
struct LoneRequest: Sendable {
    enum ID: Hashable, Sendable {
        case message(MessageID)
        case publication(UInt32)

        var isMessage: Bool { if case .message = self { true } else { false } }
    }

    let method: Method
    let target: URI
    /// The account that it goes by, if any.
    let account: String?
    /// What belongs to the body: Content-Type, Event.
    let fields: [HeaderField]
    let body: [UInt8]
    var authorization: Authorization
    var route: Route?
    var sequence: UInt32 = 0
    let callID: String
    let tag: String
}

extension UserAgent {
    /// Begins with finding out where it goes.
    mutating func send(
        _ id: LoneRequest.ID, _ method: Method, to target: URI, account: String?, fields: [HeaderField], body: [UInt8]
    ) {
        loneRequests[id] = LoneRequest(
            method: method, target: target, account: account, fields: fields, body: body,
            authorization: Authorization(self.account(named: account)?.credentials), callID: random.token(24),
            tag: random.token(10))
        resolve(Locating(firstHop(account: account, to: target)), for: .loneRequest(id))
    }

    mutating func resolved(_ id: LoneRequest.ID, _ routes: [Route], at now: Instant) {
        guard let route = routes.first else { return loneRequestEnded(id, nil, "no address", at: now) }
        loneRequests[id]?.route = route
        transmit(id, credentials: [], at: now)
    }

    private mutating func transmit(_ id: LoneRequest.ID, credentials: [HeaderField], at now: Instant) {
        guard var lone = loneRequests[id], let route = lone.route else { return }
        lone.sequence += 1
        loneRequests[id] = lone
        let account = account(named: lone.account)
        var from = NameAddress(
            displayName: account?.displayName ?? settings.localName,
            uri: account?.address
                ?? URI(user: settings.localUser, host: here(route).address.uriHost, port: here(route).port))
        from.tag = lone.tag
        var request = Request(method: lone.method, uri: lone.target, body: lone.body)
        request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
        request.headers += preloadedRoute(account: lone.account)
        request.headers += [
            HeaderField(name: "From", value: from.description), HeaderField(name: "To", value: "<\(lone.target)>"),
            HeaderField(name: "Call-ID", value: lone.callID),
            HeaderField(name: "CSeq", value: "\(lone.sequence) \(lone.method)"),
        ]
        request.headers += lone.fields + credentials
        transmit(request, over: route, owner: .loneRequest(id), at: now)
    }

    mutating func loneRequestAnswered(_ id: LoneRequest.ID, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, var lone = loneRequests[id] else { return }
        if status == 401 || status == 407 {
            let fields = lone.authorization.answer(
                to: response, method: lone.method, uri: lone.target, body: lone.body, random: &random)
            loneRequests[id] = lone
            if let fields { return transmit(id, credentials: fields, at: now) }
        }
        let pause = response.retryAfter.map { Duration.seconds($0) }
        loneRequestEnded(id, status, response.reason, retryAfter: pause, at: now)
    }

    /// Its last answer came, or none will; `status` is `nil` then.
    mutating func loneRequestEnded(
        _ id: LoneRequest.ID, _ status: Int?, _ text: String, retryAfter: Duration? = nil, at now: Instant
    ) {
        guard let lone = loneRequests.removeValue(forKey: id) else { return }
        switch id {
        case .message(let message):
            outbox.append(.news(.messageSent(message, to: lone.target, status: status, text: text)))
        case .publication:
            publicationEnded(lone, status, text, retryAfter: retryAfter, at: now)
        }
    }
}
