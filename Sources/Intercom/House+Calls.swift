import Base
import Configuration

// MARK: - Calls from here

extension House {
    /// How long after its limit a call is ended here, though the user agent should have done so.
    private static let grace = Duration.seconds(5)

    func isReady(_ account: String) -> Bool {
        guard let settings = configuration.accounts[account] else { return false }
        return settings.registrar == nil || readyAccounts.contains(account)
    }

    mutating func start(
        _ target: HouseConfiguration.Target, by asker: Conversation.Asker?, at now: Instant, _ effects: inout [Effect]
    ) {
        signal = nil
        let hunt: Hunt
        let name: String
        switch target {
        case .entry(let entryName):
            guard let entry = configuration.phoneBook[entryName] else {
                effects.append(.refuse("there is no phone book entry \"\(entryName)\""))
                return
            }
            name = entryName
            hunt = Hunt(
                targets: entry.targets, order: entry.order, ringTime: entry.ringTime, account: entry.account,
                firstNumber: nextCall)
        case .uri(let uri, let account):
            name = uri
            hunt = Hunt(
                targets: [uri], order: .inTurn, ringTime: configuration.calls.ringTime, account: account, firstNumber: nextCall)
        }
        nextCall &+= UInt32(truncatingIfNeeded: hunt.targets.count)
        let until = now + configuration.calls.registrationWait
        conversation = Conversation(stage: .waiting(hunt, until: until), asker: asker, peer: name)
        resumeWaiting(at: now, &effects)
        guard case .waiting? = conversation?.stage else { return }
        if until <= now {
            giveUpWaiting(at: now, &effects)
        } else {
            effects.publish(
                "call-waiting", ["peer": .text(name), "account": .text(hunt.account ?? ""), "reason": .text("not-registered")])
        }
    }

    /// Sends a press on its way that waited for its account.
    mutating func resumeWaiting(at now: Instant, _ effects: inout [Effect]) {
        guard case .waiting(var hunt, _)? = conversation?.stage, hunt.account.map(isReady) ?? true else { return }
        let outputs = hunt.start(at: now)
        conversation?.stage = .hunting(hunt)
        perform(outputs, at: now, &effects)
    }

    private mutating func giveUpWaiting(at now: Instant, _ effects: inout [Effect]) {
        guard let conversation else { return }
        effects.publish("call-refused", ["peer": .text(conversation.peer), "reason": .text("not-registered")])
        fail(.unreachable, at: now, &effects)
    }

    /// Carries out what the hunt says, on the conversation as it stands.
    private mutating func perform(_ outputs: [Hunt.Output], at now: Instant, _ effects: inout [Effect]) {
        for output in outputs {
            switch output {
            case .place(let call, let uri):
                guard case .hunting(let hunt)? = conversation?.stage else { continue }
                effects.publishStart(call, peer: uri, button: conversation?.button)
                effects.append(.placeCall(call, uri: uri, account: hunt.account, ringTime: hunt.ringTime))
            case .stop(let call, let outcome):
                effects.append(.hangUp(call, outcome))
            case .reached(let call, let uri):
                conversation?.peer = uri
                let limit = callLimit(from: now)
                conversation?.stage = .talking(call, giveUp: limit)
                effects.publish("call-answered", ["call": .text(call.description), "peer": .text(uri)])
            case .failed(let outcome):
                fail(outcome, at: now, &effects)
            }
        }
    }

    private func callLimit(from now: Instant) -> Instant? { configuration.calls.callTime.map { now + $0 + Self.grace } }

    /// The call never came about: the visitor hears and sees why.
    private mutating func fail(_ outcome: CallOutcome, at now: Instant, _ effects: inout [Effect]) {
        defer { conversation = nil }
        guard let conversation, let kind = Signal.Kind(outcome) else { return }
        signal = Signal(kind: kind, button: conversation.button, until: now + configuration.calls.signalTime)
        // Busy and refused have tones that last; nobody's answer is told once.
        if kind == .noAnswer { effects.append(.chime(.wrong)) }
    }

    /// Ends whatever goes on, by the will of somebody here.
    mutating func finish(_ effects: inout [Effect]) {
        guard let conversation else { return }
        self.conversation = nil
        switch conversation.stage {
        case .waiting: break
        case .hunting(var hunt):
            for case .stop(let call, let outcome) in hunt.abandon() { effects.append(.hangUp(call, outcome)) }
        case .ringingHere(let call, _, _, _): effects.append(.reject(call, busy: false))
        case .answering(let call, _), .talking(let call, _): effects.append(.hangUp(call, .hungUpHere))
        }
    }

    mutating func ringing(_ call: CallID, _ earlyMedia: Bool, _ effects: inout [Effect]) {
        guard case .hunting(var hunt)? = conversation?.stage, hunt.contains(call) else { return }
        let rang = hunt.calls.contains { $0.call == call && $0.rings }
        hunt.ringing(call, earlyMedia: earlyMedia)
        conversation?.stage = .hunting(hunt)
        if !rang { effects.publish("call-ringing", ["call": .text(call.description), "early_media": .flag(earlyMedia)]) }
    }

    mutating func answered(_ call: CallID, at now: Instant, _ effects: inout [Effect]) {
        switch conversation?.stage {
        case .hunting(var hunt)?:
            let outputs = hunt.answered(call)
            perform(outputs, at: now, &effects)
        case .answering(call, _)?:
            let limit = callLimit(from: now)
            conversation?.stage = .talking(call, giveUp: limit)
            effects.publish(
                "call-answered",
                [
                    "call": .text(call.description), "peer": .text(conversation?.peer ?? ""),
                    "automatic": .flag(conversation?.isAutomatic ?? false),
                ])
        default: break
        }
    }

    mutating func ended(_ call: CallID, _ outcome: CallOutcome, at now: Instant, _ effects: inout [Effect]) {
        guard let conversation, conversation.contains(call) else { return }
        guard case .hunting(var hunt) = conversation.stage else {
            self.conversation = nil
            return
        }
        let outputs = hunt.ended(call, outcome, at: now)
        self.conversation?.stage = .hunting(hunt)
        perform(outputs, at: now, &effects)
    }

    mutating func held(_ call: CallID, byPeer: Bool, _ isHeld: Bool, _ effects: inout [Effect]) {
        guard let conversation, conversation.call == call else { return }
        guard isHeld != (byPeer ? conversation.isHeldByPeer : conversation.isHeldHere) else { return }
        if byPeer { self.conversation?.isHeldByPeer = isHeld } else { self.conversation?.isHeldHere = isHeld }
        effects.publish(
            "call-held", ["call": .text(call.description), "by": .text(byPeer ? "peer" : "here"), "held": .flag(isHeld)])
    }

    mutating func transferred(_ call: CallID, _ peer: String, _ effects: inout [Effect]) {
        guard let conversation, conversation.call == call else { return }
        self.conversation?.peer = peer
        effects.publish("call-transferred", ["call": .text(call.description), "peer": .text(peer)])
    }

    /// As if the call had asked for it from the start.
    mutating func talkAsked(_ call: CallID, at now: Instant, _ effects: inout [Effect]) {
        guard let conversation, conversation.call == call else { return }
        if case .ringingHere(_, _, let giveUp, let nextChime) = conversation.stage {
            self.conversation?.stage = .ringingHere(call, answerAt: now, giveUp: giveUp, nextChime: nextChime)
            answerCaller(at: now, &effects)
        } else if conversation.isTalking, conversation.isHeldHere {
            effects.append(.resume(call))
        }
    }

    mutating func holdAsked(_ call: CallID, _ effects: inout [Effect]) {
        guard let conversation, conversation.call == call, conversation.isTalking, !conversation.isHeldHere else { return }
        effects.append(.hold(call))
    }

    mutating func registration(_ account: String, _ ready: Bool, at now: Instant, _ effects: inout [Effect]) {
        let isNews = ready ? !readyAccounts.contains(account) : !failedAccounts.contains(account)
        if isNews { effects.publish("registration", ["account": .text(account), "ready": .flag(ready)]) }
        // The last word on an account that was taken out of the configuration is no fault.
        guard configuration.accounts[account]?.registrar != nil else { return }
        if ready {
            readyAccounts.insert(account)
            failedAccounts.remove(account)
        } else {
            readyAccounts.remove(account)
            failedAccounts.insert(account)
        }
        resumeWaiting(at: now, &effects)
    }
}

// MARK: - Time

extension House {
    mutating func wakeConversation(at now: Instant, _ effects: inout [Effect]) {
        wakeEntry(at: now, &effects)
        switch conversation?.stage {
        case .waiting(_, let until)? where until <= now:
            giveUpWaiting(at: now, &effects)
        case .hunting(var hunt)?:
            let outputs = hunt.wake(at: now)
            conversation?.stage = .hunting(hunt)
            perform(outputs, at: now, &effects)
        case .ringingHere(let call, let answerAt, let giveUp, let nextChime)?:
            if let answerAt, answerAt <= now {
                answerCaller(at: now, &effects)
            } else if giveUp <= now {
                effects.append(.reject(call, busy: false))
                conversation = nil
            } else if nextChime <= now {
                effects.append(.chime(.chime))
                conversation?.stage = .ringingHere(
                    call, answerAt: answerAt, giveUp: giveUp, nextChime: now + Self.chimePause)
            }
        case .answering(let call, let giveUp)? where giveUp <= now:
            effects.append(.hangUp(call, .failed))
            conversation = nil
        case .talking(let call, let giveUp?)? where giveUp <= now:
            effects.append(.hangUp(call, .timeLimit))
            conversation = nil
        default: break
        }
    }
}

// MARK: - Calls to here

extension House {
    private static let chimePause = Duration.seconds(4)
    /// RFC 3261 §13.3.1.4: a 2xx that is not confirmed is given up after 64·T1, by the user agent.
    private static let confirmationLimit = Duration.seconds(32) + grace
    /// A caller's header may ask for no longer delay.
    private static let longestDelay = Duration.seconds(300)

    mutating func incoming(_ call: CallID, _ caller: Caller, at now: Instant, _ effects: inout [Effect]) {
        effects.publishStart(call, peer: caller.address, button: nil, caller: caller)
        guard conversation == nil else {
            effects.append(.reject(call, busy: true))
            return
        }
        let asksByHeader = configuration.answering.byHeader && caller.automaticAnswerDelay != nil
        let isAutomatic = !caller.mustRing && (asksByHeader || configuration.answersAutomatically(caller.address))
        if caller.mustBeAutomatic, !isAutomatic {
            effects.append(.forbid(call))
            return
        }
        signal = nil
        let delay = min(max(caller.automaticAnswerDelay ?? .zero, .zero), Self.longestDelay)
        conversation = Conversation(
            stage: .ringingHere(
                call, answerAt: isAutomatic ? now + delay : nil, giveUp: now + configuration.calls.ringTime + Self.grace,
                nextChime: now + Self.chimePause),
            asker: nil, peer: caller.address, isAutomatic: isAutomatic)
        if isAutomatic, delay == .zero {
            answerCaller(at: now, &effects)
        } else {
            effects += [.ring(call), .chime(.chime)]
        }
    }

    mutating func answerCaller(at now: Instant, _ effects: inout [Effect]) {
        guard let conversation, case .ringingHere(let call, let answerAt, _, _) = conversation.stage else { return }
        let isAutomatic = answerAt.map { $0 <= now } ?? false
        self.conversation?.isAutomatic = isAutomatic
        self.conversation?.stage = .answering(call, giveUp: now + Self.confirmationLimit)
        effects.append(.answer(call))
        if isAutomatic, configuration.answering.warningTone { effects.append(.chime(.attention)) }
    }
}

extension [Effect] {
    /// Every call that was or will be told as ended is first told as started.
    fileprivate mutating func publishStart(_ call: CallID, peer: String, button: String?, caller: Caller? = nil) {
        var fields: [HouseEvent.Field] = [
            .init("call", .text(call.description)),
            .init("peer", .text(peer)),
            .init("direction", .text(call.isOutgoing ? "outgoing" : "incoming")),
        ]
        if let button { fields.append(.init("button", .text(button))) }
        if let name = caller?.displayName { fields.append(.init("name", .text(name))) }
        if let diverted = caller?.divertedFrom { fields.append(.init("diverted_from", .text(diverted))) }
        if let reason = caller?.diversionReason { fields.append(.init("diversion_reason", .text(reason))) }
        append(.publish(HouseEvent("call-started", fields)))
    }
}
