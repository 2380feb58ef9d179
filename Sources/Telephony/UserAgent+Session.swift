import Base
import SDP
import SIP

/// What a call sounds like, both ways in: descriptions read, sessions told, the confirmed call begun.
extension UserAgent {
    func localMedia(port: UInt16, address: IPAddress, account: String?) -> LocalMedia {
        var media = LocalMedia(
            address: settings.advertisedAddress ?? address, port: port,
            formats: self.account(named: account)?.codecs ?? settings.media.codecs,
            packetTime: settings.media.packetTime)
        media.opus.usesDTX = settings.media.discontinuous
        media.protection = protection(account: account)
        return media
    }

    private func inbandDTMF(account name: String?) -> InbandDTMF {
        account(named: name)?.inbandDTMF ?? settings.media.inbandDTMF
    }

    /// The session description that a message carries, if it carries a readable one.
    mutating func description(in message: Message) -> SessionDescription? {
        let body = message.sessionBody
        guard !body.isEmpty else { return nil }
        do {
            return try SessionDescription(parsing: body)
        } catch {
            log(.notice, "description-unreadable", [("from", message.from.uri.host), ("why", "\(error)")])
            return nil
        }
    }

    /// Both sides agreed: the call can be talked on.
    mutating func establish(_ call: inout Call, at now: Instant) {
        call.phase = .established
        call.answeredAt = now
        call.ringLimit = nil
        call.ringAgain = nil
        call.callLimit = settings.limits.callTime.map { now + $0 }
        let succeeds = call.predecessor != nil || call.inheritsAnswer
        let wasAnswered = succeeds && (takeOver(&call, at: now) || call.inheritsAnswer)
        publish(&call)
        if succeeds { tell(call, .transferred(to: call.peer)) }
        if !wasAnswered { tell(call, .answered) }
        tellSubject(call)
        log(.debug, "call-answered", [("call", "\(call.id)"), ("peer", call.peer)])
        publishHold(&call)
        followHoldWish(&call, at: now)
    }

    /// Tells the house what changed in the session.
    mutating func publish(_ call: inout Call) {
        guard !call.isOver, let agreed = call.negotiation?.agreed else { return }
        var session = MediaSession(agreed)
        session.hearsInbandKeys = session.receiveEventPayloadType == nil && inbandDTMF(account: call.account) == .fallback
        if session != call.session {
            call.session = session
            if let name = call.name { outbox.append(.media(name, session)) }
        }
        if call.phase == .established { publishHold(&call) }
    }

    private mutating func publishHold(_ call: inout Call) {
        guard let agreed = call.negotiation?.agreed else { return }
        if agreed.isHeldByPeer != call.isHeldByPeer {
            call.isHeldByPeer = agreed.isHeldByPeer
            tell(call, .heldByPeer(agreed.isHeldByPeer))
        }
        if agreed.isHeldHere != call.isHeld {
            call.isHeld = agreed.isHeldHere
            tell(call, .held(agreed.isHeldHere))
        }
    }

    /// Sends the ACK to a 2xx, for the first time or again.
    mutating func acknowledge(_ call: inout Call, fork: Int, sequence: UInt32) {
        if let acknowledgement = call.forks[fork].acknowledgement, acknowledgement.sequence == sequence {
            counters.retransmissions += 1
            send(acknowledgement.bytes, to: acknowledgement.destination)
            return
        }
        let dialog = call.forks[fork].dialog
        guard let route = route(to: dialog.nextHop, in: call) else { return }
        var request = dialog.acknowledgement(of: sequence)
        request.headers += call.inviteCredentials  // RFC 3261 §13.2.2.4: the same as in the INVITE
        let bytes = stamped(request, over: route).0.encoded()
        call.forks[fork].acknowledgement = .init(sequence: sequence, bytes: bytes, destination: route.remote)
        send(bytes, to: route.remote)
    }
}

extension MediaSession {
    /// While the house holds nothing is sent, though it might be: whoever waits must not hear the microphone.
    init(_ agreed: AgreedMedia) {
        self.init(
            localPort: agreed.localPort, remote: agreed.remote, remoteControl: agreed.remoteControl,
            codec: agreed.format, sendPayloadType: agreed.sendPayloadType,
            receivePayloadType: agreed.receivePayloadType, sendEventPayloadType: agreed.sendEventPayloadType,
            receiveEventPayloadType: agreed.receiveEventPayloadType, sends: agreed.sends && !agreed.isHeldHere,
            receives: agreed.receives,
            packetTime: agreed.packetTime)
        eventClockRate = agreed.eventClockRate
        otherCodecs = agreed.otherCodecs
        opus = agreed.opus
        keys = agreed.keys
    }
}

extension URI {
    /// The number of a `tel:`, without what only people need in it.
    var telephoneNumber: String? {
        let number = (user ?? "").filter { !"-. ()".contains($0) }
        return number.isEmpty ? nil : number
    }

    /// A Contact that requests can be sent to.
    var isUsableTarget: Bool { (scheme == "sip" || scheme == "sips") && !host.isEmpty }
}

extension RandomSource {
    /// For the origin line: some parsers keep 32 bits.
    var sessionID: UInt64 { mutating get { next() >> 33 } }
}
