import Base

/// Offer and answer of one dialog: RFC 3264, with the hold rules of RFC 6337 §5.3.
///
/// Every offer and answer says what this side wishes (`isHolding`) and not what the peer last allowed, so that nobody
/// gets stuck on hold. A fork of the dialog is a copy of this value.
public struct MediaNegotiation: Sendable, Equatable {
    /// What the next offer or answer says; a change takes effect there.
    public var local: LocalMedia
    /// Our wish: the peer shall be on hold.
    public var isHolding = false
    /// What is in force; `nil` before the first answer.
    public private(set) var agreed: AgreedMedia?

    private var state = State.settled
    private let sessionID: UInt64
    /// Our latest description and its version; the next differs in version only if it differs at all.
    private var latest: SessionDescription?
    private var version: UInt64 = 0
    /// Which section is the call's sound; the others stay refused.
    private var slot: Int?
    /// The profile of the peer's latest offer; the same is offered from then on.
    private var transport: String?
    /// What each payload type means since the dialog began: a number never changes its meaning (RFC 3264 §8.3.2).
    private var numbers = PayloadNumbers()

    private enum State: Sendable, Equatable {
        /// No offer is on its way.
        case settled
        /// Ours is on the wire and not answered.
        case offered
        /// Ours was answered; the answer may be repeated in another response to the same request.
        case answered
    }

    /// `sessionID` is random, the same for the life of the dialog.
    public init(local: LocalMedia, sessionID: UInt64) {
        self.local = local
        self.sessionID = sessionID
    }

    public var isOfferPending: Bool { state == .offered }

    // MARK: Our offer

    /// The first offer, or another one in the dialog, with as many sections as there ever were.
    ///
    /// An offer that is on its way already is replaced: a request sent again after 401 or 422 carries the same one.
    public mutating func offer() -> SessionDescription {
        var sections = latest?.media.map(\.refused) ?? []
        let own = ownSection()
        if let slot, sections.indices.contains(slot) {
            sections[slot] = own
        } else {
            slot = sections.count
            sections.append(own)
        }
        state = .offered
        return publish(sections, times: [.unbounded])
    }

    /// The peer refused our offer, or the request that carried it failed: what was in force stays (RFC 3264 §4).
    public mutating func withdrawOffer() {
        state = .settled
    }

    /// Takes the answer to our offer; given again, as in 183 and then 200, the latter counts.
    ///
    /// On an error what was in force stays, and the offer is no longer pending.
    public mutating func receive(answer: SessionDescription) throws(NegotiationError) -> AgreedMedia {
        guard state != .settled, let latest, let slot else { throw .noOffer }
        state = .settled
        guard answer.media.count >= latest.media.count else {
            throw .tooFewStreams(expected: latest.media.count, found: answer.media.count)
        }
        guard let peer = PeerStream(answer, at: slot, family: local.address) else { throw .refused }
        let ours = latest.media[slot]
        let offered = ours.payloads
        guard let (payload, format) = peer.choice(of: local.formats),
            let receive = offered.first(where: { Codec($0.encoding) == format })
        else { throw .refused }
        let keys = try local.protection.settle(ours.attributes.crypto, by: peer)

        state = .answered
        numbers.learn(peer.payloads)
        let peerEvent = peer.event(beside: format)
        let event = peerEvent.flatMap { peerEvent in offered.first { $0.encoding == peerEvent.encoding } }
        let answered = Set(peer.payloads.compactMap { Codec($0.encoding) })
        let own = latest.direction(of: ours)
        var media = AgreedMedia(
            localPort: ours.port, remote: peer.address, remoteControl: peer.controlAddress, format: format,
            sendPayloadType: payload.type, receivePayloadType: receive.type,
            sendEventPayloadType: event == nil ? nil : peerEvent?.type, receiveEventPayloadType: event?.type,
            sends: own.sends && peer.hears, receives: own.receives && peer.direction.sends,
            packetTime: peer.packetTime(payload, format, preferring: local.packetTime), isHeldByPeer: !peer.hears,
            isHeldHere: !own.receives, keys: keys)
        media.eventClockRate = event?.encoding.clockRate ?? 8_000
        // What both have listed may come at any time (RFC 3264 §5.1), under the number that we gave it.
        for own in offered {
            if let codec = Codec(own.encoding), codec != format, answered.contains(codec) { media.otherCodecs[own.type] = codec }
        }
        if format == .opus { media.opus = peer.opus(payload.type) }
        agreed = media
        return media
    }

    // MARK: The peer's offer

    /// The answer to an offer: the first audio section that we can use, all others refused.
    public mutating func answer(_ offer: SessionDescription) throws(NegotiationError) -> SessionDescription {
        guard state != .offered else { throw .offerPending }
        if let count = latest?.media.count, offer.media.count < count {
            throw .tooFewStreams(expected: count, found: offer.media.count)
        }
        // The section in use keeps its place; a second audio section does not take over while it is good.
        let order = (slot.map { [$0] } ?? []) + offer.media.indices.filter { $0 != slot }
        var candidates: [Candidate] = []
        var problem = NegotiationError.nothingAcceptable
        for index in order {
            guard let peer = PeerStream(offer, at: index, family: local.address),
                let (payload, format) = peer.choice(of: local.formats)
            else { continue }
            do throws(NegotiationError) {
                let crypto = try local.protection.choose(from: peer)
                candidates.append(Candidate(index: index, peer: peer, format: format, payload: payload, crypto: crypto))
            } catch {
                if problem == .nothingAcceptable { problem = error }
            }
        }
        // Of a first offer with both, what is encrypted.
        let inUse = candidates.first { $0.index == slot }
        guard let best = inUse ?? candidates.first(where: { $0.crypto != nil }) ?? candidates.first else { throw problem }
        return accept(offer, best)
    }

    /// A section of an offer that could be taken.
    private struct Candidate {
        var index: Int
        var peer: PeerStream
        var format: Codec
        var payload: Payload
        var crypto: (tag: UInt32, keys: SRTPKeys)?
    }

    private mutating func accept(_ offer: SessionDescription, _ choice: Candidate) -> SessionDescription {
        let (peer, payload) = (choice.peer, choice.payload)
        let packetTime = peer.packetTime(payload, choice.format, preferring: local.packetTime)
        let event = local.telephoneEvents ? peer.event(beside: choice.format) : nil
        let direction = Direction(sends: peer.direction.receives, receives: peer.direction.sends && !isHolding)
        numbers.learn(peer.payloads)
        // One codec, and the offerer's numbers: what is listed in an answer may be sent at any time.
        var section = AudioSection(port: local.port, packetTime: packetTime, direction: direction, opus: local.opus)
        section.payloads = [payload] + (event.map { [$0] } ?? [])
        section.transport = peer.transport
        section.multiplexesControl = peer.multiplexesControl
        section.crypto = choice.crypto.map { [CryptoAttribute(tag: $0.tag, key: $0.keys.sending)] } ?? []
        transport = peer.transport
        var sections = offer.media.map(\.refused)
        sections[choice.index] = section.description
        slot = choice.index
        state = .settled
        var media = AgreedMedia(
            localPort: local.port, remote: peer.address, remoteControl: peer.controlAddress, format: choice.format,
            sendPayloadType: payload.type, receivePayloadType: payload.type, sendEventPayloadType: event?.type,
            receiveEventPayloadType: event?.type, sends: direction.sends && peer.hears, receives: direction.receives,
            packetTime: packetTime, isHeldByPeer: !peer.hears, isHeldHere: isHolding,
            keys: choice.crypto?.keys)
        media.eventClockRate = event?.encoding.clockRate ?? 8_000
        if choice.format == .opus { media.opus = peer.opus(payload.type) }
        agreed = media
        return publish(sections, times: offer.times)
    }

    // MARK: Our description

    private mutating func ownSection() -> MediaDescription {
        var formats = local.formats
        // A new offer for other reasons than the codec must not change the codec.
        if let format = agreed?.format, let index = formats.firstIndex(of: format) {
            formats.remove(at: index)
            formats.insert(format, at: 0)
        }
        var section = AudioSection(
            port: local.port, packetTime: local.packetTime, direction: isHolding ? .sendOnly : .sendAndReceive, opus: local.opus)
        section.payloads = formats.map { numbers.payload(for: $0.encoding, preferred: $0.preferredPayloadType) }
        if local.telephoneEvents {
            // For each clock that is offered, the common one always and first.
            let clocks = [8_000] + Set(formats.map(\.clockRate)).subtracting([8_000]).sorted()
            for (index, clock) in clocks.enumerated() {
                section.payloads.append(numbers.payload(for: .telephoneEvent(clock), preferred: 101 + UInt8(index)))
            }
        }
        // What was agreed on stays, encrypted or not.
        section.transport = transport ?? (local.protection.offersSecureProfile ? "RTP/SAVP" : "RTP/AVP")
        if agreed == nil || agreed?.keys != nil { section.crypto = local.protection.offer(keeping: agreed?.keys?.suite) }
        return section.description
    }

    private mutating func publish(_ sections: [MediaDescription], times: [Timing]) -> SessionDescription {
        var description = SessionDescription(
            origin: Origin(sessionID: "\(sessionID)", version: "\(version)", address: Connection(local.address)),
            connection: Connection(local.address), times: times, media: sections)
        if description != latest {
            version += 1
            description.origin.version = "\(version)"
        }
        latest = description
        return description
    }
}

/// The one section that we write ourselves.
private struct AudioSection {
    var port: UInt16
    var packetTime: Duration
    var direction: Direction
    var opus: OpusParameters
    var payloads: [Payload] = []
    var transport = "RTP/AVP"
    var crypto: [CryptoAttribute] = []
    var multiplexesControl = true

    var description: MediaDescription {
        var attributes: [Attribute] = []
        for payload in payloads {
            attributes.append(.rtpMap(.init(payloadType: payload.type, encoding: payload.encoding)))
            if payload.encoding == .telephoneEvent(8_000) {
                // Nothing means the same (RFC 4733 §2.4.1), but old phones want it; there are none with other clocks.
                attributes.append(.formatParameters(payloadType: payload.type, "0-15"))
            } else if Codec(payload.encoding) == .opus {
                attributes.append(.formatParameters(payloadType: payload.type, opus.text))
            }
        }
        attributes += crypto.map { .crypto($0) }
        if multiplexesControl { attributes.append(.rtcpMux) }
        attributes += [.packetTime(Int(packetTime.milliseconds)), .direction(direction)]
        return MediaDescription(
            kind: "audio", port: port, transport: transport, formats: payloads.map { "\($0.type)" }, attributes: attributes)
    }
}

/// Which payload type stands for what, for the whole dialog.
private struct PayloadNumbers: Sendable, Equatable {
    private var known: [Payload] = []

    /// Takes the peer's numbers in; the first meaning of a number and the first number of a meaning stay.
    mutating func learn(_ payloads: [Payload]) {
        for payload in payloads where !known.contains(where: { $0.type == payload.type }) { known.append(payload) }
    }

    /// The number that the dialog has for `encoding`, else `preferred`, else the first free dynamic one.
    mutating func payload(for encoding: Encoding, preferred: UInt8) -> Payload {
        if let payload = known.first(where: { $0.encoding == encoding }) { return payload }
        let type = ([preferred] + (96...127)).first { type in !known.contains { $0.type == type } } ?? preferred
        let payload = Payload(type: type, encoding: encoding)
        known.append(payload)
        return payload
    }
}
