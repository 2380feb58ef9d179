import Base
import SIP

/// MESSAGE: short texts in and out. RFC 3428.
extension UserAgent {
    /// A text of ours that has no final answer yet.
    struct Sending: Sendable {
        var target: URI
        var account: String?
        var text: String
        var authorization: Authorization
        var route: Route?
        var sequence: UInt32 = 0
        let callID: String
        let tag: String
    }

    /// Bytes of a text, either way: more than a telephone sends, less than could hurt.
    static let textLimit = 4096
    /// Texts of ours on their way.
    private static let sendingLimit = 16

    /// From a trusted source, in a call or outside of any.
    mutating func takeMessage(_ request: Message, from source: Hop, at now: Instant) {
        if let refusal = unreadableBody(request, accepting: ["text/plain"]) {
            counters.refused += 1
            return answerOnce(request, from: source, refusal.status, fields: refusal.fields, at: now)
        }
        guard request.body.count <= Self.textLimit else {
            counters.refused += 1
            return answerOnce(request, from: source, 413, at: now)
        }
        answerOnce(request, from: source, 200, at: now)
        guard !request.body.isEmpty else { return }
        let from = (isServer(source) ? NameAddress.asserted(in: request) : nil) ?? request.from
        let message = TextMessage(
            from: from.uri.plain, displayName: from.displayName, text: Self.harmless(request.body),
            account: arrivalAccount(request, from: source)?.name)
        outbox.append(.news(.message(message)))
    }

    /// As text that a terminal or a log can show: control characters but line feed and tab are spaces.
    private static func harmless(_ body: [UInt8]) -> String {
        var text = ""
        for scalar in String(decoding: body, as: UTF8.self).unicodeScalars where scalar != "\r" {
            let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
            text.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text
    }

    // MARK: Sending

    mutating func send(_ id: MessageID, _ text: String, to target: URI, account name: String?, at now: Instant) {
        let account = account(named: name)
        func refuse(_ text: String) { outbox.append(.news(.messageSent(id, to: target, status: nil, text: text))) }
        guard sendings[id] == nil, sendings.count < Self.sendingLimit, !isStopping else {
            return refuse("too many texts at once")
        }
        guard account != nil || name == nil, let goal = reachable(target, account: account) else {
            return refuse("cannot be reached")
        }
        guard !text.isEmpty, text.utf8.count <= Self.textLimit else { return refuse("not 1 to \(Self.textLimit) bytes") }
        sendings[id] = Sending(
            target: goal, account: name, text: text, authorization: Authorization(account?.credentials),
            callID: random.token(24), tag: random.token(10))
        resolve(Locating(firstHop(account: name, to: goal)), for: .message(id))
    }

    mutating func resolved(_ id: MessageID, _ routes: [Route], at now: Instant) {
        guard let route = routes.first else { return sent(id, nil, "no address") }
        sendings[id]?.route = route
        transmit(id, credentials: [], at: now)
    }

    private mutating func transmit(_ id: MessageID, credentials: [HeaderField], at now: Instant) {
        guard var sending = sendings[id], let route = sending.route else { return }
        sending.sequence += 1
        sendings[id] = sending
        let account = account(named: sending.account)
        var from = NameAddress(
            displayName: account?.displayName ?? settings.localName,
            uri: account?.address
                ?? URI(user: settings.localUser, host: here(route).address.uriHost, port: here(route).port))
        from.tag = sending.tag
        var request = Request(method: .message, uri: sending.target, body: Array(sending.text.utf8))
        request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
        request.headers += preloadedRoute(account: sending.account)
        request.headers += [
            HeaderField(name: "From", value: from.description), HeaderField(name: "To", value: "<\(sending.target)>"),
            HeaderField(name: "Call-ID", value: sending.callID),
            HeaderField(name: "CSeq", value: "\(sending.sequence) MESSAGE"),
            HeaderField(name: "Content-Type", value: "text/plain;charset=UTF-8"),
        ]
        request.headers += credentials
        transmit(request, over: route, owner: .message(id), at: now)
    }

    mutating func messageAnswered(_ id: MessageID, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, var sending = sendings[id] else { return }
        if status == 401 || status == 407 {
            let fields = sending.authorization.answer(
                to: response, method: .message, uri: sending.target, body: Array(sending.text.utf8), random: &random)
            sendings[id] = sending
            if let fields { return transmit(id, credentials: fields, at: now) }
        }
        sent(id, status, response.reason)
    }

    mutating func sent(_ id: MessageID, _ status: Int?, _ text: String) {
        guard let sending = sendings.removeValue(forKey: id) else { return }
        outbox.append(.news(.messageSent(id, to: sending.target, status: status, text: text)))
    }
}
