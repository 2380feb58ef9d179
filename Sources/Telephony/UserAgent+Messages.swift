import Base
import SIP

/// Datagrams in, and from the transactions to those whom they concern.
extension UserAgent {
    mutating func take(_ bytes: [UInt8], from source: Hop, to local: IPAddress, at now: Instant) {
        // Keep-alives of RFC 5626 §3.5.1 and of phones from before it: line ends, zeros, nothing.
        guard bytes.count > 8 || bytes.contains(where: { $0 > 0x20 }) else { return }
        counters.messagesIn += 1
        let address = source.address.address
        if sources.isBlocked(address, at: now), !trust.trusts(address), !isAcquainted(address, at: now) {
            counters.unread += 1
            return
        }
        if source.transport == .udp, STUNBinding.isSTUN(bytes) {
            takeSTUN(bytes, from: source, at: now)
            return
        }
        let message: Message
        do {
            message = try Message(parsing: bytes)
        } catch {
            counters.parseErrors += 1
            log(.debug, "message-malformed", [("source", "\(source)"), ("why", "\(error)")])
            answerMalformed(bytes, why: error, from: source, at: now)
            return
        }
        if message.isRequest {
            takeRequest(message, from: source, to: local, at: now)
        } else if !isExpected(message, from: source) {
            counters.spoofed += 1
            log(.notice, "response-spoofed", [("source", "\(source)"), ("status", "\(message.status ?? 0)")])
        } else if message.vias.count == 1, let outputs = hear(message, at: now) {
            process(outputs, at: now)
        } else {
            counters.strays += 1  // RFC 3261 §8.1.3.3, §18.1.2; RFC 6026 §7.2
            let why = message.vias.count == 1 ? "no transaction" : "more than our Via"
            log(.debug, "response-dropped", [("source", "\(source)"), ("status", "\(message.status ?? 0)"), ("why", why)])
        }
    }

    /// Carries out what the transactions say.
    mutating func process(_ outputs: [TransactionLayer.Output], at now: Instant) {
        for output in outputs {
            switch output {
            case .send(let bytes, let destination):
                send(bytes, to: destination)
            case .response(let key, let response):
                answered(key, response, at: now)
            case .timedOut(let key):
                timedOut(key, at: now)
            case .closed(let key):
                enlarged.remove(key)
                guard let id = clientOwners.removeValue(forKey: key)?.call else { continue }
                withCall(id, at: now) { _, call in call.transactions -= 1 }
            case .acknowledged(_, let request):
                takeAcknowledgement(request, at: now)
            case .unacknowledged:
                break  // a refusal of ours; the call is over already
            }
        }
    }

    private mutating func answered(_ key: ClientKey, _ response: Message, at now: Instant) {
        switch clientOwners[key] {
        case .invite(let id):
            withCall(id, at: now) { agent, call in agent.inviteAnswered(&call, key, response, at: now) }
        case .reinvite(let id):
            withCall(id, at: now) { agent, call in agent.reinviteAnswered(&call, key, response, at: now) }
        case .update(let id):
            withCall(id, at: now) { agent, call in agent.updateAnswered(&call, key, response, at: now) }
        case .refer(let id):
            withCall(id, at: now) { agent, call in agent.referAnswered(&call, key, response, at: now) }
        case .notify(let id):
            withCall(id, at: now) { agent, call in agent.notifyAnswered(&call, key, response, at: now) }
        case .bye(let id), .info(let id), .prack(let id):
            withCall(id, at: now) { agent, call in agent.requestAnswered(&call, key, response, at: now) }
        case .registration(let id):
            registrarAnswered(id, response, at: now)
        case .mailbox(let id):
            mailboxAnswered(id, response, at: now)
        case .watcher(let handle):
            watcherAnswered(handle, response)
        case .loneRequest(let id):
            loneRequestAnswered(id, response, at: now)
        case .cancel, nil:
            break
        }
    }

    private mutating func timedOut(_ key: ClientKey, at now: Instant) {
        switch clientOwners[key] {
        case .invite(let id):
            withCall(id, at: now) { agent, call in agent.inviteTimedOut(&call, key, at: now) }
        case .reinvite(let id):
            withCall(id, at: now) { agent, call in agent.reinviteTimedOut(&call, key, at: now) }
        case .registration(let id):
            registrarSilent(id, at: now)
        case .mailbox(let id):
            mailboxSilent(id, at: now)
        case .watcher(let handle):
            forgetWatcher(handle)
        case .loneRequest(let id):
            loneRequestEnded(id, nil, "no answer", at: now)
        case .update(let id):
            withCall(id, at: now) { agent, call in agent.updateTimedOut(&call, at: now) }
        case .refer(let id):
            withCall(id, at: now) { agent, call in agent.transferTimedOut(&call, at: now) }
        case .bye, .info, .prack, .notify, .cancel, nil:
            break
        }
    }

    /// Whoever wants no more notices still has the call.
    private mutating func notifyAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard response.status == 401 || response.status == 407 else { return }
        _ = retry(key, answering: response, in: &call, owner: .notify(call.id), at: now)
    }

    /// The answer to a BYE, an INFO or a PRACK: only a challenge needs anything done.
    private mutating func requestAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard let status = response.status, status >= 200, let owner = clientOwners[key] else { return }
        if status == 401 || status == 407 {
            _ = retry(key, answering: response, in: &call, owner: owner, at: now)
            return
        }
        credentialsAccepted(&call, by: response)
        if status == 481, call.phase == .established {
            // RFC 5057 §5.2: the peer has forgotten the call.
            end(&call, CallEnd(.failed, status: status, text: response.reason), at: now)
        }
    }
}
