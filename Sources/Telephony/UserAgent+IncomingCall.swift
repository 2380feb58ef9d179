import Base
import SDP
import SIP

/// The called side: RFC 3261 §13.3, with late offers (RFC 3264) and answers repeated until the ACK (RFC 6026).
extension UserAgent {
    /// An INVITE that passed all checks that need no call.
    mutating func callArrives(_ request: Message, from source: Hop, to local: IPAddress, at now: Instant) {
        guard request.remoteTarget?.isUsableTarget == true else {
            return answerOnce(request, from: source, 400, reason: "Missing Contact", at: now)
        }
        let replacement = replacement(by: request)
        if case .refused(let status)? = replacement { return answerOnce(request, from: source, status, at: now) }
        guard liveCalls < settings.limits.concurrentCalls || replacement != nil, let port = ports.take() else {
            log(.notice, "call-over-limit", [("from", request.from.uri.description)])
            return answerOnce(request, from: source, 486, at: now)
        }
        let account = arrivalAccount(request, from: source)
        var negotiation = MediaNegotiation(
            local: localMedia(port: port, address: local, account: account?.name), sessionID: random.sessionID)
        var answer: SessionDescription?
        if !request.sessionBody.isEmpty {
            do {
                answer = try negotiation.answer(try SessionDescription(parsing: request.sessionBody))
            } catch let error as SessionDescription.ParseError {
                ports.give(port)
                log(.notice, "offer-unreadable", [("from", request.from.uri.description), ("why", "\(error)")])
                return answerOnce(request, from: source, 400, reason: "Malformed Session Description", at: now)
            } catch {
                ports.give(port)
                log(.notice, "offer-unacceptable", [("from", request.from.uri.description), ("why", "\(error)")])
                return answerOnce(request, from: source, 488, fields: warning(about: error), at: now)
            }
        }
        let tag = random.token(10)
        let sequence = UInt32.random(in: 1...0xFFFF, using: &random)
        guard let dialog = Dialog(called: request, localTag: tag, sequence: sequence) else {
            ports.give(port)
            return
        }
        guard let key = transactions.open(request, from: source, at: now) else {
            ports.give(port)
            return answerStatelessly(request, from: source, 503, fields: [HeaderField(name: "Retry-After", value: "5")])
        }
        let id = CallID.incoming(nextIncoming)
        nextIncoming &+= 1
        var call = Call(
            id: id, callID: request.callID, localTag: tag, phase: .ringing(key), account: account?.name,
            authorization: Authorization(account?.credentials), local: dialog.local, target: dialog.remoteTarget,
            peer: request.from.uri.description, startedAt: now, sequence: sequence)
        call.name = id
        call.route = Route(remote: source, local: local)
        call.request = request
        call.peerAllowsUpdate = request.allow.contains("UPDATE")
        call.port = port
        call.forks = [Call.Fork(dialog: dialog, acknowledgement: nil, negotiation: negotiation)]
        call.current = 0
        call.negotiation = negotiation
        call.preparedAnswer = answer
        call.ringLimit = now + settings.limits.ringTime
        liveCalls += 1
        counters.callsIn += 1
        ringing[key] = id
        dialogs[DialogHandle(callID: call.callID, localTag: tag)] = id
        if case .call(let predecessor)? = replacement {
            log(.notice, "call-replaced", [("call", "\(predecessor)"), ("by", call.peer)])
            call.name = nil
            call.predecessor = predecessor
            self.answer(&call, at: now)
            keep(call)
            return
        }
        keep(call)
        log(.debug, "call-arrived", [("call", "\(id)"), ("from", call.peer), ("source", "\(source)")])
        outbox.append(
            .call(id, .incoming(IncomingCall(request, source: source, account: account?.name, isVouchedFor: isServer(source)))))
    }

    /// The account whose registrar or proxy sent this, told apart by the user that was asked for.
    func arrivalAccount(_ request: Message, from source: Hop) -> Account? {
        accountBook.account(of: request.requestURI?.user, at: servers(at: source))
    }

    /// Whether this is a registrar or a proxy of ours.
    func isServer(_ source: Hop) -> Bool { !servers(at: source).isEmpty }

    /// The registrars and proxies that have this address.
    private func servers(at source: Hop) -> [String] {
        accountBook.servers.filter { trust.addresses(of: $0).contains(source.address.address) }
    }

    mutating func ring(_ call: inout Call, at now: Instant) {
        guard case .ringing(let key) = call.phase, var response = response(in: call, 180) else { return }
        call.ringAgain = now + .seconds(60)  // RFC 3261 §13.3.1.1: proxies give up after three minutes of silence
        if call.request?.requires("100rel") == true {
            guard makeReliable(&response, in: &call, at: now) else { return }
        }
        respond(key, response, at: now)
    }

    /// 200 with our answer, or with our offer when the INVITE brought none.
    mutating func answer(_ call: inout Call, at now: Instant) {
        guard case .ringing(let key) = call.phase, let request = call.request, var response = response(in: call, 200) else {
            return
        }
        // The offer of a 180 is answered by its PRACK, and the 200 waits for that (RFC 3262 §5).
        guard call.provisional?.awaitsAnswer != true else {
            call.answersWhenAcknowledged = true
            return
        }
        let isSettled = call.preparedAnswer == nil && call.negotiation?.agreed != nil
        let isLateOffer = call.preparedAnswer == nil && !isSettled
        if !isSettled, let body = call.preparedAnswer ?? call.negotiation?.offer() {
            response.headers.append(HeaderField(name: "Content-Type", value: "application/sdp"))
            response.body = body.encoded()
        }
        response.headers += keepSession(&call, by: request, at: now)
        call.provisional = nil
        ringing[key] = nil
        call.preparedAnswer = nil
        call.request = nil
        call.answering = Call.Answering(
            key: key, response: response, sequence: request.cseq.number, retransmission: AnswerRetransmission(at: now),
            awaitsAnswer: isLateOffer)
        respond(key, response, at: now)
        establish(&call, at: now)
    }

    /// A final response that is no answer, and the end of the call for the house.
    mutating func refuse(_ call: inout Call, _ status: Int, _ end: CallEnd, at now: Instant) {
        guard case .ringing(let key) = call.phase else { return }
        if let request = call.request {
            var response = Response(
                to: request, from: call.route?.remote.address ?? SocketAddress(.anyIPv4, port: 0), status: status,
                toTag: call.localTag)
            response.headers.append(HeaderField(name: "Server", value: settings.product))
            respond(key, response, at: now)
        }
        call.request = nil
        self.end(&call, end, at: now)
    }

    /// A response inside the dialog that the INVITE makes: with Contact and what we can do.
    private func response(in call: Call, _ status: Int) -> Response? {
        guard let request = call.request, let route = call.route else { return nil }
        var response = Response(to: request, from: route.remote.address, status: status, toTag: call.localTag)
        response.headers += dialogFields(in: call, over: route)
        return response
    }

    func dialogFields(in call: Call, over route: Route) -> [HeaderField] {
        [
            contact(account: call.account, over: route),
            HeaderField(name: "Allow", value: Self.allowedMethods),
            Self.supported,
            HeaderField(name: "Server", value: settings.product),
        ]
    }

    mutating func respond(_ key: ServerKey, _ response: Response, at now: Instant) {
        process(transactions.respond(key, response, at: now), at: now)
    }

    // MARK: Waiting for the ACK

    mutating func acknowledged(_ call: inout Call, by request: Message, at now: Instant) {
        guard let answering = call.answering, answering.sequence == request.cseq.number else { return }
        call.answering = nil
        transactions.acknowledged(answering.key)
        if call.owesBye, let current = call.current {
            call.owesBye = false
            transmit(.bye, in: &call, fork: current, at: now)
        }
        guard call.phase == .established else { return }
        if answering.awaitsAnswer {
            do {
                guard let answer = description(in: request) else { throw NegotiationError.refused }
                _ = try call.negotiation?.receive(answer: answer)
            } catch {
                call.negotiation?.withdrawOffer()
                sayGoodbye(&call, at: now)
                end(&call, CallEnd(.incompatible, text: "no usable answer: \(error)"), at: now)
                return
            }
            publish(&call)
        }
        followHoldWish(&call, at: now)
    }

    mutating func repeatAnswer(_ call: inout Call, at now: Instant) {
        guard var answering = call.answering else { return }
        let outputs = answering.retransmission.wake(at: now)
        call.answering = answering
        for output in outputs {
            switch output {
            case .sendAgain:
                counters.retransmissions += 1
                respond(answering.key, answering.response, at: now)
            case .givenUp:
                call.answering = nil
                if let current = call.current { transmit(.bye, in: &call, fork: current, at: now) }
                call.owesBye = false
                end(&call, CallEnd(.unreachable, text: "no ACK"), at: now)
            }
        }
    }
}

extension IncomingCall {
    init(_ request: Message, source: Hop, account: String?, isVouchedFor: Bool) {
        let from = request.from
        self.init(
            from: URI(scheme: from.uri.scheme, user: from.uri.user, host: from.uri.host, port: from.uri.port),
            displayName: from.displayName, target: request.requestURI ?? from.uri, source: source.address, account: account,
            wantsAutomaticAnswer: AutomaticAnswer(asked: request))
        wantsManualAnswer = Self.mustRing(request)
        if wantsManualAnswer { wantsAutomaticAnswer = nil }
        asserted = isVouchedFor ? NameAddress.asserted(in: request) : nil
        diversions = Diversion.all(in: request)
    }
}
