import Base
import Media
import Telephony

/// A call, or a part of it, about which a collector wants a report, and what is known of it when that is over.
struct CallObservation: Sendable, Equatable {
    var subject: QualityReport.Subject
    var session: MediaSession
    var figures = LegStatistics()
    var start: Instant
    var stop: Instant
    /// The dialog is over, not only this codec.
    var isFinal = true
}

extension QualityReport {
    /// `time` says when an instant was, in seconds since 1970.
    init(_ observation: CallObservation, time: (Instant) -> Double) {
        let (session, figures) = (observation.session, observation.figures)
        self.init(
            subject: observation.subject, isFinal: observation.isFinal,
            local: End(SocketAddress(observation.subject.address, port: session.localPort), ssrc: figures.ssrc),
            remote: End(session.remote, ssrc: figures.remoteSSRC ?? 0), start: time(observation.start),
            stop: time(observation.stop), localMetrics: Metrics(local: session, figures),
            remoteMetrics: Metrics(remote: session, figures))
    }
}

extension QualityReport.Metrics {
    /// What we measured of the peer's stream.
    fileprivate init(local session: MediaSession, _ figures: LegStatistics) {
        self.init(session, payloadType: session.receivePayloadType)
        guard let metrics = figures.metrics else {
            // Nothing came at all (RFC 6035 §4.6.2.7.1).
            lossRate = session.receives ? 1 : nil
            return
        }
        take(metrics)
        packetTime = figures.remotePacketTime > 0 ? Double(figures.remotePacketTime) : nil
        jitter = Double(figures.jitter)
        if let peer = figures.peerMetrics { oneWayDelay = Self.oneWay(metrics, metrics, peer) }
        listeningR = Double(figures.listeningRFactor)
        listeningMOS = Double(figures.listeningOpinionScore)
        conversationalR = Double(figures.rFactor)
        conversationalMOS = Double(figures.meanOpinionScore)
        algorithm = "G.107"
    }

    /// What the peer told us by RTCP XR of our stream; `nil` when it told nothing.
    fileprivate init?(remote session: MediaSession, _ figures: LegStatistics) {
        guard let metrics = figures.peerMetrics else { return nil }
        self.init(session, payloadType: session.sendPayloadType)
        take(metrics)
        packetTime = session.packetTime.inSeconds * 1_000
        jitter = Double(figures.remoteJitter)
        if let own = figures.metrics { oneWayDelay = Self.oneWay(metrics, metrics, own) }
    }

    private init(_ session: MediaSession, payloadType: UInt8) {
        self.init()
        let codec = session.codec
        self.payloadType = payloadType
        payloadName = codec == .opus ? "opus" : codec.name.uppercased()
        // No other codec here knows silence, and Opus only where it is agreed on.
        suppressesSilence = codec == .opus && session.opus.usesDTX
        // Opus changes its band as it likes (RFC 7587 §3.1).
        sampleRates = codec == .opus ? [8_000, codec.clockRate] : [codec.clockRate]
    }

    private mutating func take(_ metrics: VoIPMetrics) {
        concealment = metrics.concealment
        adaptation = metrics.adaptation
        adjustmentRate = metrics.adjustmentRate
        playoutDelay = metrics.playoutDelay
        maximumPlayoutDelay = metrics.maximumPlayoutDelay
        absoluteMaximumPlayoutDelay = metrics.absoluteMaximumPlayoutDelay
        lossRate = metrics.lossRate
        discardRate = metrics.discardRate
        burstDensity = metrics.burstDensity
        burstDuration = metrics.burstDuration
        gapDensity = metrics.gapDensity
        gapDuration = metrics.gapDuration
        minimumGap = metrics.minimumGap > 0 ? metrics.minimumGap : nil
        // 0 is "not measured yet" (RFC 3611 §4.7.3).
        roundTrip = metrics.roundTrip > 0 ? metrics.roundTrip : nil
        endSystemDelay = metrics.endSystemDelay > 0 ? metrics.endSystemDelay : nil
        signalLevel = metrics.signalLevel
        noiseLevel = metrics.noiseLevel
        residualEchoReturnLoss = metrics.residualEchoReturnLoss
        conversationalR = metrics.rFactor
        externalR = metrics.externalRFactor
        listeningMOS = metrics.listeningMOS
        conversationalMOS = metrics.conversationalMOS
    }

    /// RFC 6035 §4.6.2.9.3: half of the round trip and of what is inside both ends.
    private static func oneWay(_ trip: VoIPMetrics, _ one: VoIPMetrics, _ other: VoIPMetrics) -> Double? {
        guard trip.roundTrip > 0 else { return nil }
        return (trip.roundTrip + one.endSystemDelay + other.endSystemDelay) / 2
    }
}
