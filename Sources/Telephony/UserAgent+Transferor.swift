import Base
import SIP

/// We send a peer on to somebody else: REFER of RFC 3515, blind or with Replaces (RFC 3891), and what the peer says of it.
extension UserAgent {
    /// A REFER of ours, until the peer said how it went.
    struct Transfer: Sendable, Equatable {
        /// After that the peer's silence counts as failure.
        var limit: Instant
    }

    static let transferPatience = Duration.seconds(120)

    mutating func transfer(_ call: inout Call, to target: URI, at now: Instant) {
        guard call.phase == .established, let current = call.current, let route = call.route, call.transfer == nil,
            call.referral == nil
        else {
            tell(call, .transferFailed(status: nil, text: "the call cannot be transferred now"))
            return
        }
        let fields = [
            HeaderField(name: "Refer-To", value: "<\(target)>"), HeaderField(name: "Referred-By", value: "<\(call.local.uri)>"),
            contact(account: call.account, over: route), Self.supported,
        ]
        call.transfer = Transfer(limit: now + Self.transferPatience)
        transmit(.refer, in: &call, fork: current, fields: fields, at: now)
    }

    /// Connects the peers of two calls: the first is told to take our place in the second.
    mutating func transfer(_ call: CallID, to other: CallID, at now: Instant) {
        let dialog = calls[wireNames[other] ?? other].flatMap { $0.phase == .established ? $0.dialog : nil }
        withCall(wireNames[call] ?? call, at: now) { agent, call in
            guard let dialog else {
                agent.tell(call, .transferFailed(status: nil, text: "the other call is not answered"))
                return
            }
            var target = dialog.remoteTarget
            let replaces = Replaces(callID: dialog.id.callID, toTag: dialog.id.remoteTag, fromTag: dialog.id.localTag)
            target.addHeader("Replaces", replaces.description)
            agent.transfer(&call, to: target, at: now)
        }
    }

    mutating func referAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, call.transfer != nil else { return }
        switch status {
        case 200...299:
            credentialsAccepted(&call, by: response)
            // RFC 4488 §4: nothing more will be told.
            if response.header("Refer-Sub")?.lowercased().hasPrefix("false") == true { transferred(&call, at: now) }
        case 401, 407:
            guard retry(key, answering: response, in: &call, owner: .refer(call.id), at: now) == nil else { return }
            transferFailed(&call, status: status, response.reason)
        default:
            transferFailed(&call, status: status, response.reason)
        }
    }

    mutating func transferTimedOut(_ call: inout Call, at now: Instant) {
        guard call.transfer != nil else { return }
        transferFailed(&call, status: nil, "no word of the transfer")
    }

    /// A NOTIFY of the subscription that our REFER made: the status line of the peer's new call.
    mutating func takeReferNotify(_ call: inout Call, _ request: Message, from source: Hop, at now: Instant) {
        guard call.transfer != nil else { return answerInDialog(request, from: source, 481, at: now) }
        answerInDialog(request, from: source, 200, at: now)
        let isOver = request.header("Subscription-State")?.trimmed.lowercased().hasPrefix("terminated") == true
        switch Self.fragmentStatus(request.body) {
        case (let status, _)? where (200...299).contains(status): transferred(&call, at: now)
        case (let status, let text)? where status >= 300: transferFailed(&call, status: status, text)
        default: if isOver { transferFailed(&call, status: nil, "the peer gave no result") }
        }
    }

    private mutating func transferred(_ call: inout Call, at now: Instant) {
        call.transfer = nil
        hangUp(&call, CallEnd(.transferred), at: now)
    }

    private mutating func transferFailed(_ call: inout Call, status: Int?, _ text: String) {
        call.transfer = nil
        tell(call, .transferFailed(status: status, text: text))
    }

    /// The status and phrase of a message/sipfrag (RFC 3420); `nil` when it begins with no status line.
    static func fragmentStatus(_ body: [UInt8]) -> (Int, String)? {
        let line = String(decoding: body.prefix { $0 != 0x0D && $0 != 0x0A }, as: UTF8.self)
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "SIP/2.0", parts[1].utf8.count == 3, let status = Int(parts[1]) else { return nil }
        return (status, parts.count == 3 ? String(parts[2]) : "")
    }
}
