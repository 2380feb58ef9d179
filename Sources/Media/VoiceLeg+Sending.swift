import Base

extension VoiceLeg {
    /// More than SRTP and SRTCP add to a packet.
    private static let protectionRoom = 64

    /// Takes one period of the house's speech; sends when a packet is full. RTCP goes on whether speech flows or not.
    func send(_ samples: UnsafePointer<Int16>, _ count: Int, _ departures: PacketBatch, _ now: Instant) {
        guard let plan else { return }
        if let nextControl, now >= nextControl {
            sendControl(departures, now, isGoodbye: false)
            self.nextControl = now + controlInterval(isFirst: false)
        }
        guard plan.sends else {
            // The clock of the stream runs on while nothing is sent.
            timestamp &+= UInt32(count * plan.codec.clockRate / settings.sampleRate)
            speechCount = 0
            wasSending = false
            return
        }
        collect(samples, count)
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

    /// RFC 3550 §6.3.1 for two parties: five seconds, half as much before the first, times 0.5 to 1.5, over e − 1.5.
    func controlInterval(isFirst: Bool) -> Duration {
        let milliseconds = isFirst ? 2_500.0 : 5_000.0
        let factor = 0.5 + Double(random.next() >> 11) / Double(UInt64(1) << 53)
        return .milliseconds(Int(milliseconds * factor / 1.21828))
    }

    func sendControl(_ departures: PacketBatch, _ now: Instant, isGoodbye: Bool) {
        // A peer that holds by `c=0.0.0.0` gets no RTCP either (RFC 3264 §8.4); the kernel would send it to ourselves.
        guard let plan, !departures.isFull, !controlLatch.target.address.isUnspecified else { return }
        var sender: ControlPacket.SenderInfo?
        if statistics.packetsSent > 0 {
            sender = ControlPacket.SenderInfo(
                time: networkTime(now), timestamp: timestamp, packets: statistics.packetsSent, octets: statistics.octetsSent)
        }
        let packet = departures.space(departures.count)
        let size = ControlPacket.write(
            into: packet, ssrc: plan.ssrc, sender: sender, block: receptionBlock(now),
            name: plan.name,
            isGoodbye: isGoodbye)
        guard let count = protect(packet, size, isControl: true) else { return }
        departures.append(
            PacketBatch.Entry(port: port, isControl: true, peer: controlLatch.target, time: Instant(), count: count))
    }

    private func receptionBlock(_ now: Instant) -> ReportBlock? {
        guard let remoteSSRC, statistics.packetsReceived > 0 else { return nil }
        var delay: UInt32 = 0
        if let peerReport {
            delay = UInt32(clamping: (now - peerReport.arrival).nanoseconds / 1_000 * 65_536 / 1_000_000)
        }
        return ReportBlock(
            ssrc: remoteSSRC, fractionLost: reception.fractionLost(), lost: reception.lost, highest: reception.extendedHighest,
            jitter: UInt32(reception.jitter), lastReport: peerReport?.time ?? 0, delay: delay)
    }
}
