import Base

extension VoiceLeg {
    /// More than SRTP and SRTCP add to a packet.
    private static let protectionRoom = 64

    /// Takes one period of the house's speech; sends when a packet is full. RTCP goes on whether speech flows or not.
    func send(_ samples: UnsafePointer<Int16>, _ count: Int, _ departures: PacketBatch, _ now: Instant) {
        guard let plan else { return }
        control(departures, now)
        guard plan.sends else {
            // The clock of the stream runs on while nothing is sent.
            timestamp &+= UInt32(count * plan.codec.clockRate / settings.sampleRate)
            speechCount = 0
            wasSending = false
            keepOpen(departures, now)
            return
        }
        collect(samples, count)
        if plan.hearsInbandKeys { inbandKeys.send(speech + speechCount - count, count) }
        let samples = plan.packetMilliseconds * settings.sampleRate / 1_000
        while speechCount >= samples {
            sendPacket(plan, samples, departures)
            speechCount -= samples
            for index in 0..<speechCount { speech[index] = speech[samples + index] }
        }
    }

    private func collect(_ samples: UnsafePointer<Int16>, _ count: Int) {
        let target = speech + speechCount
        if tone.tone != nil {
            toneMix.update(repeating: 0)
            tone.add(to: toneMix)
            for index in 0..<count { target[index] = Int16(clamping: Int32(samples[index]) + toneMix[index]) }
        } else {
            target.update(from: samples, count: count)
        }
        speechCount += count
    }

    private func sendPacket(_ plan: LegPlan, _ samples: Int, _ departures: PacketBatch) {
        defer { timestamp &+= UInt32(plan.packetMilliseconds * plan.codec.clockRate / 1_000) }
        guard !departures.isFull else { return }
        if eventSender.isIdle { startDigit(plan) }
        let event = eventSender.next(milliseconds: plan.packetMilliseconds, clockRate: plan.eventClockRate)
        let packet = departures.space(departures.count)
        var writer = ByteWriter(packet)
        let header = RTPHeader(
            marker: event?.marker ?? !wasSending, payloadType: event == nil ? plan.sendPayloadType : plan.sendEventPayloadType,
            sequence: sequence, timestamp: event?.timestamp ?? timestamp, ssrc: plan.ssrc)
        header.write(&writer)
        var size = writer.offset
        if let event {
            event.packet.write(&writer)
            size = writer.offset
        } else {
            // What SRTP adds must fit in behind.
            let end = writer.bytes.count - Self.protectionRoom
            let space = UnsafeMutableRawBufferPointer(rebasing: writer.bytes[size..<end])
            let count = encoder.encode(plan.codec, speech, samples, into: space)
            guard count > 0 else {
                // Silence under DTX: speech that follows starts a talk spurt.
                wasSending = false
                return
            }
            size += count
        }
        if let count = protect(packet, size, isControl: false) {
            departures.append(PacketBatch.Entry(port: port, isControl: false, peer: latch.target, time: Instant(), count: count))
            statistics.packetsSent &+= 1
            statistics.octetsSent &+= UInt32(size - RTPHeader.size)
        }
        // Speech that follows a key starts a talk spurt.
        wasSending = event == nil
        sequence &+= 1
    }

    /// The next key of the plan that was not sent yet.
    private func startDigit(_ plan: LegPlan) {
        guard plan.sendEventPayloadType != 255 else { return }
        for digit in plan.digits where digit.sequence > digitSequence {
            digitSequence = digit.sequence
            eventSender.start(digit.event, timestamp: timestamp)
            return
        }
    }
}
