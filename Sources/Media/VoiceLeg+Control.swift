import Base

/// RTCP of a leg, and what keeps its port open while no speech goes out.
extension VoiceLeg {
    /// RFC 6263 §4: shorter than the 30 s for which the shortest-lived of bindings lasts.
    private static let silence = Duration.seconds(15)

    /// Sends what is due.
    func control(_ departures: PacketBatch, _ now: Instant) {
        guard schedule?.isDue(at: now, random: &random) == true else { return }
        let size = sendControl(departures, now, isGoodbye: false)
        schedule?.sent(size, at: now, random: &random)
    }

    /// A NAT forgets a port by which nothing goes out: an empty datagram does (RFC 6263 §4.1). RTCP on the same port is enough.
    func keepOpen(_ departures: PacketBatch, _ now: Instant) {
        guard let plan, plan.receives, !plan.isMultiplexed, !departures.isFull, !latch.target.address.isUnspecified else {
            return
        }
        guard let lastDeparture else {
            self.lastDeparture = now
            return
        }
        guard now - lastDeparture >= Self.silence else { return }
        self.lastDeparture = now
        departures.append(PacketBatch.Entry(port: port, isControl: false, peer: latch.target, time: Instant(), count: 0))
    }

    /// Whether a packet that came by RTP's port is RTCP (RFC 5761 §4).
    func isControl(_ space: UnsafeMutableRawBufferPointer, _ count: Int) -> Bool {
        plan?.isMultiplexed == true && count >= 8 && (192...223).contains(space[1])
    }

    /// Returns the size of what went out, 0 for nothing.
    @discardableResult
    func sendControl(_ departures: PacketBatch, _ now: Instant, isGoodbye: Bool) -> Int {
        // A peer that holds by `c=0.0.0.0` gets no RTCP either (RFC 3264 §8.4); the kernel would send it to ourselves.
        guard let plan, !departures.isFull else { return 0 }
        let peer = plan.isMultiplexed ? latch.target : controlLatch.target
        guard !peer.address.isUnspecified else { return 0 }
        var sender: ControlPacket.SenderInfo?
        if statistics.packetsSent > 0 {
            sender = ControlPacket.SenderInfo(
                time: networkTime(now), timestamp: timestamp, packets: statistics.packetsSent, octets: statistics.octetsSent)
        }
        judge(plan)
        let packet = departures.space(departures.count)
        let size = ControlPacket.write(
            into: packet, ssrc: plan.ssrc, sender: sender, block: receptionBlock(now), name: plan.name,
            metrics: statistics.metrics, isGoodbye: isGoodbye)
        guard let count = protect(packet, size, isControl: true) else { return 0 }
        departures.append(
            PacketBatch.Entry(port: port, isControl: !plan.isMultiplexed, peer: peer, time: Instant(), count: count))
        return count
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

    /// One RTCP packet.
    func receiveControl(_ bytes: UnsafeRawBufferPointer, from source: SocketAddress, at time: Instant) {
        guard let plan, let report = ControlPacket.parse(bytes, about: plan.ssrc),
            plan.isMultiplexed ? latch.accept(source, at: time) : controlLatch.accept(source, at: time)
        else {
            statistics.packetsInvalid &+= 1
            return
        }
        schedule?.received(bytes.count)
        if report.isGoodbye, report.ssrc == remoteSSRC { schedule?.left(at: time) }
        if let senderTime = report.senderTime { peerReport = (senderTime, time) }
        if let metrics = report.metrics { statistics.peerMetrics = metrics }
        guard let block = report.block else { return }
        statistics.remoteLoss = Float(block.fractionLost) / 256
        statistics.remoteJitter = Float(block.jitter) * 1_000 / Float(plan.codec.clockRate)
        encoder.expect(loss: statistics.remoteLoss)
        if block.lastReport != 0 {
            // RFC 3550 §6.4.1: arrival − LSR − DLSR, in 1/65536 s.
            let elapsed = UInt32(truncatingIfNeeded: networkTime(time) >> 16) &- block.lastReport &- block.delay
            // More than ten seconds is a peer's mistake, and so is a negative figure.
            if elapsed < 655_360 { statistics.roundTrip = Float(elapsed) * 1_000 / 65_536 }
        }
    }
}

// MARK: - Quality

extension VoiceLeg {
    /// A period at each card: what we add to the delay beside packets and play-out, in milliseconds.
    private static let cardDelay = 20.0

    /// From the peer's packets to the loudspeaker, and from the microphone to our packets.
    private func endSystemDelay(_ plan: LegPlan) -> Double {
        Double(plan.packetMilliseconds) + Double(playout.figures.delay) + Self.cardDelay
    }

    /// R and MOS of what is heard here (G.107): loss and its bursts, delay, codec, and our own voice as the peer lets it come back.
    func judge(_ plan: LegPlan) {
        if let peer = statistics.peerMetrics {
            statistics.peerRFactor = Float(peer.rFactor ?? 0)
            statistics.peerMeanOpinionScore = Float(peer.conversationalMOS ?? peer.listeningMOS ?? 0)
        }
        guard statistics.packetsReceived > 0 else { return }
        let pattern = losses.summary
        let (listening, conversational) = ratings(plan, pattern)
        statistics.listeningRFactor = Float(listening)
        statistics.listeningOpinionScore = Float(QualityModel.meanOpinionScore(rating: listening))
        statistics.rFactor = Float(conversational)
        statistics.meanOpinionScore = Float(QualityModel.meanOpinionScore(rating: conversational))
        statistics.metrics = metrics(plan, pattern, listening: listening, conversational: conversational)
    }

    private func ratings(_ plan: LegPlan, _ pattern: LossPattern.Summary) -> (listening: Double, conversational: Double) {
        let peer = statistics.peerMetrics
        let loss = Double(pattern.lost + pattern.discarded) / Double(max(pattern.expected, 1))
        let oneWay = (Double(statistics.roundTrip) + endSystemDelay(plan) + (peer?.endSystemDelay ?? endSystemDelay(plan))) / 2
        let echo = peer?.residualEchoReturnLoss.map { QualityModel.talkerEchoLoudness(residualEchoReturnLoss: $0) }
        return (
            QualityModel.rating(loss: loss, burstRatio: pattern.burstRatio, codec: plan.codec),
            QualityModel.rating(
                loss: loss, burstRatio: pattern.burstRatio, codec: plan.codec, delay: oneWay,
                talkerEchoLoudness: echo ?? QualityModel.defaultTalkerEchoLoudness)
        )
    }

    private func metrics(
        _ plan: LegPlan, _ pattern: LossPattern.Summary, listening: Double, conversational: Double
    ) -> VoIPMetrics {
        let expected = Double(max(pattern.expected, 1))
        let packet = playout.figures.packet > 0 ? Double(playout.figures.packet) : Double(plan.packetMilliseconds)
        var metrics = VoIPMetrics()
        metrics.lossRate = Double(pattern.lost) / expected
        metrics.discardRate = Double(pattern.discarded) / expected
        metrics.burstDensity = pattern.burstDensity
        metrics.gapDensity = pattern.gapDensity
        metrics.burstDuration = pattern.burstPackets * packet
        metrics.gapDuration = pattern.gapPackets * packet
        metrics.roundTrip = Double(statistics.roundTrip)
        metrics.endSystemDelay = endSystemDelay(plan)
        metrics.signalLevel = playout.speechLevel
        metrics.noiseLevel = playout.noiseLevel
        metrics.rFactor = conversational
        metrics.listeningMOS = QualityModel.meanOpinionScore(rating: listening)
        metrics.conversationalMOS = QualityModel.meanOpinionScore(rating: conversational)
        metrics.playoutDelay = Double(playout.figures.delay)
        metrics.maximumPlayoutDelay = Double(settings.maximumDelay)
        metrics.absoluteMaximumPlayoutDelay = Double(settings.maximumDelay)
        return metrics
    }
}
