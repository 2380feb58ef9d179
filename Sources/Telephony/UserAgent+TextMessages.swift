import Base
import SIP

/// MESSAGE: short texts in and out. RFC 3428.
extension UserAgent {
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
        guard loneRequests[.message(id)] == nil, loneRequests.keys.count(where: \.isMessage) < Self.sendingLimit, !isStopping
        else {
            return refuse("too many texts at once")
        }
        guard account != nil || name == nil, let goal = reachable(target, account: account) else {
            return refuse("cannot be reached")
        }
        guard !text.isEmpty, text.utf8.count <= Self.textLimit else { return refuse("not 1 to \(Self.textLimit) bytes") }
        send(
            .message(id), .message, to: goal, account: name,
            fields: [HeaderField(name: "Content-Type", value: "text/plain;charset=UTF-8")], body: Array(text.utf8))
    }
}
