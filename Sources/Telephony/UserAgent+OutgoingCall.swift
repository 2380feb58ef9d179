import Base
import SDP
import SIP

/// The calling side: RFC 3261 §13.2, with CANCEL of §9.1, early media and several answers.
extension UserAgent {
    mutating func place(_ id: CallID, target: URI, account name: String?, ringTime: Duration, at now: Instant) {
        guard calls[id] == nil else {
            log(.error, "call-number-in-use", [("call", "\(id)")])
            return
        }
        if let end = begin(id, name: id, target: target, account: name, ringTime: ringTime, at: now) {
            outbox.append(.call(id, .ended(end)))
        }
    }

    /// Begins a call; why that cannot be, if it cannot.
    mutating func begin(
        _ id: CallID, name: CallID?, target: URI, account accountName: String?, ringTime: Duration, fields: [HeaderField] = [],
        predecessor: CallID? = nil, at now: Instant
    ) -> CallEnd? {
        counters.callsOut += 1
        guard !isStopping else { return CallEnd(.shutDown) }
        let account = account(named: accountName)
        guard account != nil || accountName == nil else { return CallEnd(.failed, text: "no such account") }
        guard let target = reachable(target, account: account) else {
            return CallEnd(.failed, status: 416, text: "only sip: and sips: can be called, or tel: by an account")
        }
        guard let port = ports.take() else { return CallEnd(.failed, text: "no free media port") }

        let tag = random.token(10)
        var local = NameAddress(
            displayName: account?.displayName ?? settings.localName,
            uri: account?.address ?? URI(user: settings.localUser, host: "invalid"))
        local.tag = tag
        var call = Call(
            id: id, callID: random.token(24), localTag: tag, phase: .resolving, account: account?.name,
            authorization: Authorization(account?.credentials), local: local, target: target, peer: target.description,
            startedAt: now, sequence: 0)
        call.name = name
        call.predecessor = predecessor
        call.inviteFields = fields
        call.port = port
        call.ringLimit = now + ringTime
        liveCalls += 1
        dialogs[DialogHandle(callID: call.callID, localTag: tag)] = id
        log(.debug, "call-placed", [("call", "\(id)"), ("peer", call.peer)])
        resolve(Locating(firstHop(account: account?.name, to: target)), for: .call(id))
        keep(call)
        return nil
    }

    /// The target as this user agent can ask for it: `tel:` by the domain of the account (RFC 3261 §19.1.6).
    func reachable(_ target: URI, account: Account?) -> URI? {
        switch target.scheme.lowercased() {
        case "sip", "sips":
            return target.host.isEmpty ? nil : target
        case "tel":
            guard let account, let number = target.telephoneNumber else { return nil }
            var uri = URI(user: number, host: account.address.host, port: account.address.port)
            uri.parameters["user"] = "phone"
            return uri
        default:
            return nil
        }
    }

    mutating func resolved(_ call: inout Call, _ routes: [Route], at now: Instant) {
        guard call.phase == .resolving else { return }
        guard let route = routes.first, let port = call.port else {
            end(&call, CallEnd(.unreachable, text: "no address for \(call.target.host)"), at: now)
            return
        }
        call.routes = Array(routes.dropFirst())
        call.route = route
        if call.account == nil {
            call.local.uri = URI(user: settings.localUser, host: here(route).address.uriHost, port: here(route).port)
        }
        call.negotiation = MediaNegotiation(
            local: localMedia(port: port, address: route.local, account: call.account), sessionID: random.sessionID)
        invite(&call, over: route, at: now)
    }

    /// Sends the INVITE for the first time, or by the next way.
    private mutating func invite(_ call: inout Call, over route: Route, at now: Instant) {
        guard let offer = call.negotiation?.offer() else { return }
        call.offered = call.negotiation
        call.phase = .inviting
        call.route = route
        call.hasProvisional = false
        call.forks = []
        call.sequence &+= 1
        var request = Request(method: .invite, uri: call.target, body: offer.encoded())
        request.headers.append(HeaderField(name: "Max-Forwards", value: "70"))
        request.headers += preloadedRoute(account: call.account)
        request.headers += [
            HeaderField(name: "From", value: call.local.description),
            HeaderField(name: "To", value: "<\(call.target)>"),
            HeaderField(name: "Call-ID", value: call.callID),
            HeaderField(name: "CSeq", value: "\(call.sequence) INVITE"),
            contact(account: call.account, over: route, isSecure: call.target.scheme == "sips"),
            HeaderField(name: "Allow", value: Self.allowedMethods),
            Self.supported,
            HeaderField(name: "Accept", value: "application/sdp"),
            HeaderField(name: "Content-Type", value: "application/sdp"),
        ]
        request.headers += sessionFields(of: call) + call.inviteFields
        call.transactions += 1
        let (stampedRequest, branch) = stamped(request, over: route)
        let key = ClientKey(branch: branch, method: .invite)
        call.invite = key
        transmit(stampedRequest, key: key, to: route.remote, owner: .invite(call.id), at: now)
    }

    // MARK: Responses

    mutating func inviteAnswered(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        switch response.status ?? 0 {
        case 100...199: progress(&call, key, response, at: now)
        case 200...299: accepted(&call, key, response, at: now)
        default: refused(&call, key, response, at: now)
        }
    }

    private mutating func progress(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard key == call.invite else { return }
        call.hasProvisional = true
        cancelIfDue(&call, at: now)
        guard call.phase == .inviting, let status = response.status, status > 100, response.toTag != nil,
            let fork = fork(of: response, key: key, in: &call)
        else { return }
        if !response.allow.isEmpty { call.peerAllowsUpdate = response.allow.contains("UPDATE") }
        guard acknowledgeProvisional(response, in: &call, fork: fork, at: now) else { return }
        let hasSound = hear(response, in: &call, fork: fork)
        if hasSound {
            call.negotiation = call.forks[fork].negotiation
            publish(&call)
        }
        if status == 180 || hasSound { successorRings(call, status: 180, at: now) }
        guard status == 180 || hasSound else { return }
        let early = call.session != nil
        guard call.toldRinging != early else { return }
        call.toldRinging = early
        tell(call, .ringing(earlyMedia: early))
    }

    /// Which phone this response is from, a new one being taken in; `nil` when there are too many.
    private mutating func fork(of response: Message, key: ClientKey, in call: inout Call) -> Int? {
        let tag = response.toTag ?? ""
        if let index = call.forks.firstIndex(where: { $0.dialog.id.remoteTag == tag }) { return index }
        guard call.forks.count < Self.forkLimit, let (request, _) = transactions.request(of: key),
            let negotiation = call.offered
        else { return nil }
        let dialog = Dialog(caller: request, local: call.local, sequence: response.cseq.number, response: response)
        call.forks.append(Call.Fork(dialog: dialog, negotiation: negotiation))
        return call.forks.count - 1
    }

    private static let forkLimit = 16

    /// Takes the answer in a response; false when there is none, or none that we can use.
    private mutating func hear(_ response: Message, in call: inout Call, fork: Int) -> Bool {
        guard let answer = description(in: response) else { return false }
        do {
            _ = try call.forks[fork].negotiation.receive(answer: answer)
            return true
        } catch {
            if case .encryption(let problem) = error { call.encryptionProblem = problem }
            log(.notice, "answer-unusable", [("call", "\(call.id)"), ("why", "\(error)")])
            return false
        }
    }

    private mutating func accepted(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        if key == call.invite {
            call.invite = nil
            call.inviteLimit = nil
        }
        guard let fork = fork(of: response, key: key, in: &call) else { return }
        if call.forks[fork].acknowledgement != nil {
            acknowledge(&call, fork: fork, sequence: response.cseq.number)  // our ACK was lost
            return
        }
        call.forks[fork].dialog.confirm(by: response)
        let isWinner = call.phase == .inviting && call.current == nil
        let hasSound = hear(response, in: &call, fork: fork) || call.forks[fork].negotiation.agreed != nil
        acknowledge(&call, fork: fork, sequence: response.cseq.number)
        if isWinner, call.forks[fork].hasHungUp {
            end(&call, CallEnd(.remoteHangUp), at: now)
            return
        }
        guard isWinner else {
            // It crossed our CANCEL, or another phone was faster.
            if call.farewell == nil { call.farewell = Reason(.answeredElsewhere) }
            transmit(.bye, in: &call, fork: fork, at: now)
            return
        }
        credentialsAccepted(&call, by: response)
        call.current = fork
        guard hasSound else {
            transmit(.bye, in: &call, fork: fork, at: now)
            end(&call, unusable(call, status: response.status), at: now)
            return
        }
        call.negotiation = call.forks[fork].negotiation
        if !response.allow.isEmpty { call.peerAllowsUpdate = response.allow.contains("UPDATE") }
        agreeOnSession(&call, by: response, at: now)
        establish(&call, at: now)
    }

    private mutating func refused(_ call: inout Call, _ key: ClientKey, _ response: Message, at now: Instant) {
        guard key == call.invite, let status = response.status else { return }
        call.invite = nil
        call.inviteLimit = nil
        guard call.phase == .inviting else { return }
        if status == 401 || status == 407 {
            call.forks = []
            call.hasProvisional = false
            if retry(key, answering: response, in: &call, owner: .invite(call.id), at: now) != nil { return }
        } else {
            // Whatever it is, it is not the credentials: the next place may ask for them again.
            call.authorization.succeeded()
        }
        if status == 422, lengthenSession(&call, by: response), let route = call.route {
            invite(&call, over: route, at: now)
            return
        }
        if insistOnEncryption(&call, after: status), let route = call.route {
            invite(&call, over: route, at: now)
            return
        }
        if status == 503, inviteNext(&call, at: now) { return }
        if (300...399).contains(status), redirect(&call, by: response, at: now) { return }
        if status < 600, callAlternative(&call, at: now) { return }
        end(&call, refusal(of: call, by: response), at: now)
    }

    mutating func inviteTimedOut(_ call: inout Call, _ key: ClientKey, at now: Instant) {
        guard key == call.invite else { return }
        call.invite = nil
        if let hop = call.route?.remote, !reachability.isInDoubt(hop, at: now) { reachability.failed(hop, at: now) }
        guard call.phase == .inviting else { return }
        if inviteNext(&call, at: now) || callAlternative(&call, at: now) { return }
        end(&call, CallEnd(.unreachable, text: "no answer from \(call.route?.remote.description ?? call.target.host)"), at: now)
    }

    private mutating func inviteNext(_ call: inout Call, at now: Instant) -> Bool {
        guard !call.routes.isEmpty else { return false }
        invite(&call, over: call.routes.removeFirst(), at: now)
        return true
    }

    // MARK: Giving up

    /// CANCEL, once there is a provisional response to tell that the INVITE arrived.
    mutating func cancelIfDue(_ call: inout Call, at now: Instant) {
        guard call.cancellation == .wanted, call.hasProvisional, let key = call.invite,
            let (request, destination) = transactions.request(of: key)
        else { return }
        call.cancellation = .sent
        call.inviteLimit = now + TimerValues.timeout
        call.transactions += 1
        let cancel = ClientKey(branch: key.branch, method: .cancel)
        var cancelling = request.cancelling
        if let farewell = call.farewell { cancelling.headers.append(farewell.field) }
        transmit(cancelling, key: cancel, to: destination, owner: .cancel(call.id), at: now)
    }

    /// 64·T1 after a CANCEL, or after a re-INVITE, without a final response.
    mutating func giveInviteUp(_ call: inout Call, at now: Instant) {
        guard let key = call.invite else { return }
        if call.phase == .established {
            reinviteTimedOut(&call, key, at: now)
        }
        call.invite = nil
        clientOwners[key] = nil
        if !transactions.drop(key).isEmpty { call.transactions -= 1 }
    }
}
