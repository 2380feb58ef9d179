import Base

extension VoiceLeg {
    /// After so many packets in a row of another source from the peer's address, the peer has begun a new stream.
    private static let strangersBelieved = 3

    /// One RTP packet.
    func receive(_ bytes: UnsafeRawBufferPointer, from source: SocketAddress, at time: Instant) {
        guard let plan, let (header, payload) = RTPHeader.parse(bytes) else {
            statistics.packetsInvalid &+= 1
            return
        }
        let isEvent = header.payloadType == plan.receiveEventPayloadType
        let codec = Codec(rawValue: plan.codecs[Int(header.payloadType & 0x7F)])
        // Comfort noise (13) is taken as a sign of life only.
        guard codec != nil || isEvent || header.payloadType == 13, latch.accept(source, at: time), isFromPeer(header) else {
            statistics.packetsInvalid &+= 1
            return
        }
        if let codec, !isEvent { reception.follow(clockRate: codec.clockRate) }
        if isEvent { reception.forgetTransit() }
        guard reception.receive(header, arrival: reception.ticks(time)) else {
            statistics.packetsInvalid &+= 1
            return
        }
        if isEvent { reception.forgetTransit() }
        if statistics.packetsReceived == 0 { reports.write(.firstPacket(plan.call)) }
        statistics.packetsReceived &+= 1
        statistics.octetsReceived &+= UInt32(payload.count)
        lastArrival = time
        schedule?.heard()
        let late = playout.figures.late
        if codec == nil || isEvent { playout.skip(sequence: header.sequence) }
        if isEvent {
            receiveEvent(payload, header.timestamp, time)
        } else if let codec, plan.receives {
            playout.put(payload, codec: codec, timestamp: header.timestamp, sequence: header.sequence, at: time)
        }
        losses.arrive(reception.extended(header.sequence), isInTime: playout.figures.late == late)
    }

    /// A stream keeps its SSRC; a new one must insist, and then all starts anew.
    private func isFromPeer(_ header: RTPHeader) -> Bool {
        guard let remoteSSRC, remoteSSRC != header.ssrc else {
            remoteSSRC = header.ssrc
            strangers = 0
            return true
        }
        strangers += 1
        guard strangers >= Self.strangersBelieved || isRekeyed else { return false }
        isRekeyed = false
        self.remoteSSRC = header.ssrc
        strangers = 0
        reception = ReceptionStatistics()
        losses = LossPattern()
        playout.reset()
        events.reset()
        return true
    }

    private func receiveEvent(_ payload: UnsafeRawBufferPointer, _ timestamp: UInt32, _ time: Instant) {
        guard let event = TelephoneEvent.parse(payload) else {
            statistics.packetsInvalid &+= 1
            return
        }
        events.receive(event, timestamp: timestamp, at: time, tellKey)
    }

    private func tellKey(_ output: TelephoneEventReceiver.Output) {
        guard let plan else { return }
        switch output {
        case .started(let event): reports.write(.digit(plan.call, event: event))
        case .ended(let event, let duration):
            let milliseconds = UInt32(clamping: Int(duration) * 1_000 / plan.eventClockRate)
            reports.write(.digitEnded(plan.call, event: event, milliseconds: milliseconds))
        }
    }

    private func tellInbandKey(_ output: DTMFReceiver.Output) {
        guard let plan else { return }
        switch output {
        case .started(let event): reports.write(.digit(plan.call, event: event, isInband: true))
        case .ended(let event, let milliseconds):
            reports.write(.digitEnded(plan.call, event: event, milliseconds: milliseconds))
        }
    }

    /// Adds this period's speech of the peer to the loudspeaker's.
    func play(into mix: UnsafeMutableBufferPointer<Int32>, _ now: Instant) {
        events.wake(at: now, tellKey)
        guard let plan, plan.receives, statistics.packetsReceived > 0 else { return }
        playout.play(into: heard, at: now)
        if let sequence = playout.recoveredSequence { losses.recover(sequence) }
        if plan.hearsInbandKeys { inbandKeys.take(heard, tellInbandKey) }
        for index in mix.indices { mix[index] += Int32(heard[index]) }
    }

    /// NTP time, 32.32 fixed point.
    func networkTime(_ instant: Instant) -> UInt64 {
        let seconds = UInt64(bitPattern: instant.nanoseconds / 1_000_000_000)
        let nanoseconds = UInt64(bitPattern: instant.nanoseconds % 1_000_000_000)
        return settings.timeBase &+ seconds << 32 &+ (nanoseconds << 32) / 1_000_000_000
    }
}
