import Base
import SIP

/// Requests from others, in the order of RFC 3261 §8.2: who asks, what, and whether we can.
extension UserAgent {
    mutating func takeRequest(_ request: Message, from source: Hop, to local: IPAddress, at now: Instant) {
        if case .absorbed(let outputs) = transactions.receive(request: request, at: now) {
            process(outputs, at: now)
            return
        }
        if request.method == .ack {
            if let id = callID(of: request, localTag: request.toTag), let call = calls[id],
                !isAtHome(source.address.address, in: call)
            {
                counters.spoofed += 1
                log(.notice, "request-spoofed", [("call", "\(id)"), ("source", "\(source)"), ("method", "ACK")])
                return
            }
            takeAcknowledgement(request, at: now)
            return
        }
        // Whoever knows both tags, or the branch of an INVITE that rings here, has been heard before: from there.
        if let id = callID(of: request, localTag: request.toTag), let call = calls[id], call.hasFork(with: request) {
            guard isAtHome(source.address.address, in: call) else {
                counters.spoofed += 1
                log(.notice, "request-spoofed", [("call", "\(id)"), ("source", "\(source)"), ("method", "\(request.method)")])
                return
            }
            takeInDialog(request, call: id, from: source, to: local, at: now)
            return
        }
        if request.method == .cancel, let key = ServerKey(request: request)?.cancelled {
            if let id = ringing[key] {
                guard calls[id]?.route?.remote.address.address == source.address.address else {
                    counters.spoofed += 1
                    log(.notice, "request-spoofed", [("call", "\(id)"), ("source", "\(source)"), ("method", "CANCEL")])
                    return
                }
                cancelled(id, by: request, from: source, at: now)
                return
            }
            if transactions.isOpen(key) {  // it crossed our final response and has no effect (RFC 3261 §9.2)
                answerOnce(request, from: source, 200, at: now)
                return
            }
        }
        if request.method == .notify, takeMailboxNotify(request, from: source, at: now) { return }
        guard trust.trusts(source.address.address) || admits(request, from: source, at: now) else { return }
        if takeWatcherRequest(request, from: source, at: now) { return }
        if let refusal = fault(in: request, from: source) {
            counters.refused += 1
            let method = ("method", "\(request.method)")
            log(.debug, "request-refused", [("source", "\(source)"), method, ("status", "\(refusal.status)")])
            answerOnce(request, from: source, refusal.status, fields: refusal.fields, at: now)
            return
        }
        switch request.method {
        case .invite where isStopping, .message where isStopping: answerOnce(request, from: source, 480, at: now)
        case .invite: callArrives(request, from: source, to: local, at: now)
        case .options:
            answerOnce(request, from: source, 200, fields: capabilities(over: Route(remote: source, local: local)), at: now)
        case .notify: takeNotify(request, from: source, at: now)
        case .subscribe: takeSubscribe(request, from: source, to: local, at: now)
        case .message: takeMessage(request, from: source, at: now)
        default: answerOnce(request, from: source, 481, at: now)
        }
    }

    /// Whether a request for a call may come from this address: from where its messages come and go, from a proxy on its way, from
    /// where its sound comes, or from anybody who may call.
    private func isAtHome(_ address: IPAddress, in call: Call) -> Bool {
        if call.route?.remote.address.address == address || call.session?.remote.address == address { return true }
        if trust.trusts(address) { return true }
        return call.forks.contains { fork in
            IPAddress(fork.dialog.remoteTarget.host) == address
                || fork.dialog.routeSet.contains { IPAddress($0.uri.host) == address }
        }
    }

    /// What is wrong with a request outside of any dialog, before anybody looks at what it asks for.
    private func fault(in request: Message, from source: Hop) -> (status: Int, fields: [HeaderField])? {
        switch request.method {
        case .invite, .options, .notify, .subscribe, .message: break
        case .ack, .bye, .cancel, .info, .prack, .update: return (481, [])
        case .refer: return (403, [])  // nobody makes this house call by a REFER out of the blue
        default: return unsupported(request.method)
        }
        if request.toTag != nil { return (481, []) }
        if request.method != .invite, !request.headers("Replaces").isEmpty { return (400, []) }
        guard let target = request.requestURI, target.scheme == "sip" || target.scheme == "sips" && source.transport.isSecure
        else {
            return (416, [])
        }
        if transactions.isMerged(request) { return (482, []) }
        if let missing = missingExtensions(request) { return (420, [missing]) }
        if request.method != .options, !settings.isOurs(target) { return (404, []) }
        guard request.method == .invite else { return nil }
        if let refusal = unreadableBody(request, accepting: ["application/sdp"]) { return refusal }
        guard request.accepts(.sdp) else {
            return (406, [HeaderField(name: "Warning", value: "399 portier \"Only application/sdp can be answered with\"")])
        }
        return shortSession(request)
    }

    func unsupported(_ method: Method) -> (status: Int, fields: [HeaderField]) {
        let allow = HeaderField(name: "Allow", value: Self.allowedMethods)
        if case .other = method { return (501, [allow]) }
        return (405, [allow])
    }

    /// What is required of us and not known here.
    func missingExtensions(_ request: Message) -> HeaderField? {
        let missing = request.require.filter { !Self.supportedExtensions.contains($0.lowercased()) }
        return missing.isEmpty ? nil : HeaderField(name: "Unsupported", value: missing.joined(separator: ", "))
    }

    func unreadableBody(_ request: Message, accepting types: [String]) -> (status: Int, fields: [HeaderField])? {
        guard !request.body.isEmpty else { return nil }
        if let encoding = request.header("Content-Encoding"), encoding.lowercased() != "identity" {
            return (415, [HeaderField(name: "Accept-Encoding", value: "identity")])
        }
        let isReadable = { (part: BodyPart) in part.isPlain && types.contains("\(part.type.type)/\(part.type.subtype)") }
        let parts = request.bodyParts
        if parts.contains(where: isReadable), parts.allSatisfy({ isReadable($0) || !$0.isRequired }) { return nil }
        // Nothing but parts that may be passed over is as good as no body (RFC 5621 §5.3).
        if !parts.isEmpty, request.contentType?.type == "multipart", parts.allSatisfy(\.isOptional) { return nil }
        return (415, [HeaderField(name: "Accept", value: types.joined(separator: ", "))])
    }

    private func capabilities(over route: Route) -> [HeaderField] {
        [
            contact(account: nil, over: route),
            HeaderField(name: "Allow", value: Self.allowedMethods),
            HeaderField(name: "Accept", value: Self.acceptedBodies),
            HeaderField(name: "Accept-Encoding", value: "identity"),
            HeaderField(name: "Accept-Language", value: "en"),
            Self.allowEvents,
            Self.supported,
        ]
    }

    // MARK: Answers

    /// A final response to a request that starts nothing; copies of the request get it again.
    mutating func answerOnce(
        _ request: Message, from source: Hop, _ status: Int, reason: String? = nil, fields: [HeaderField] = [],
        body: [UInt8] = [], toTag: String? = nil, at now: Instant
    ) {
        guard let key = transactions.open(request, from: source, at: now) else {
            let busy = HeaderField(name: "Retry-After", value: "5")
            return answerStatelessly(request, from: source, 503, fields: [busy])
        }
        var response = Response(to: request, from: source.address, status: status, toTag: toTag ?? random.token(10))
        if let reason { response.reason = reason }
        response.headers += fields
        if !response.headers.contains(where: { $0.name == "Server" }) {
            response.headers.append(HeaderField(name: "Server", value: settings.product))
        }
        if !body.isEmpty {
            response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
            response.body = body
        }
        respond(key, response, at: now)
    }

    /// A response of which nothing is remembered: for strangers, and when there is no room.
    mutating func answerStatelessly(_ request: Message, from source: Hop, _ status: Int, fields: [HeaderField] = []) {
        guard request.method != .ack else { return }
        // The tag is the same for each copy of the request (RFC 3261 §8.2.7).
        var response = Response(to: request, from: source.address, status: status, toTag: statelessTag(request))
        response.headers += fields
        send(response.encoded(), to: request.answerHop(source: source))
    }

    /// 403, and nothing that tells what is here; to those who do not stop, nothing.
    mutating func refuseStranger(_ request: Message, from source: Hop, at now: Instant) {
        let isScanner = request.header("User-Agent").map(SourceGuard.isScanner) ?? false
        guard isPatient(with: source, isScanner: isScanner, at: now) else { return }
        counters.refusedUntrusted += 1
        log(.debug, "stranger-refused", [("source", "\(source)"), ("method", "\(request.method)")])
        guard request.method != .ack else { return }
        let response = Response(to: request, from: source.address, status: 403, toTag: statelessTag(request)).encoded()
        // Never more than came: whoever wrote another's address into a datagram must not gain by it.
        guard source.isReliable || response.count <= request.bytes.count else {
            counters.ignoredUntrusted += 1
            return
        }
        send(response, to: request.answerHop(source: source))
    }

    /// Whether a stranger still gets an answer; one that is blocked now is told of, once.
    mutating func isPatient(with source: Hop, isScanner: Bool = false, at now: Instant) -> Bool {
        switch sources.judge(source.address.address, isScanner: isScanner, at: now) {
        case .refuse: return true
        case .ignore: break
        case .block:
            let values = [
                ("source", "\(source.address.address)"), ("why", isScanner ? "scanner" : "flood"),
                ("seconds", "\(SourceGuard.blocked.milliseconds / 1000)"),
            ]
            outbox.append(.event(LogLine("source-blocked", values)))
        }
        counters.ignoredUntrusted += 1
        return false
    }

    func statelessTag(_ request: Message) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in (request.branch ?? "").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for byte in request.callID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 36)
    }

    /// A datagram that is no SIP message, but from which a sender and a request can be made out.
    mutating func answerMalformed(_ bytes: [UInt8], why: ParseError, from source: Hop, at now: Instant) {
        guard trust.trusts(source.address.address) else {
            _ = isPatient(with: source, at: now)
            return
        }
        guard let request = MalformedRequest(bytes) else { return }
        let answer = request.answer(why: "\(why)", to: source, toTag: random.token(10), allowing: Self.allowedMethods)
        send(answer.bytes, to: answer.to)
    }

    // MARK: CANCEL

    private mutating func cancelled(_ id: CallID, by request: Message, from source: Hop, at now: Instant) {
        answerOnce(request, from: source, 200, at: now)
        withCall(id, at: now) { agent, call in
            agent.refuse(&call, 487, CallEnd(.cancelled, saidBy: request), at: now)
        }
    }

    mutating func takeAcknowledgement(_ request: Message, at now: Instant) {
        guard let id = callID(of: request, localTag: request.toTag), calls[id]?.hasFork(with: request) == true else {
            counters.strays += 1
            return
        }
        withCall(id, at: now) { agent, call in agent.acknowledged(&call, by: request, at: now) }
    }
}

extension Call {
    /// Whether the message is from a phone that this call is with.
    func hasFork(with message: Message) -> Bool {
        forks.contains { $0.dialog.id.remoteTag == (message.fromTag ?? "") }
    }
}
