import Base

/// One call's sound: an RTP stream each way and its RTCP. Made once for each port pair, then only used by the audio thread.
final class VoiceLeg {
    let port: Int
    let settings: VoiceSettings
    let reports: ReportRing
    var random: RandomSource

    /// Digits that wait to be sent lie in the plan, which lives as long as it is followed.
    var plan: LegPlan?
    var statistics = LegStatistics()

    // Receiving.
    var latch = PeerLatch(SocketAddress(.anyIPv4, port: 0))
    var controlLatch = PeerLatch(SocketAddress(.anyIPv4, port: 0))
    var reception = ReceptionStatistics()
    var remoteSSRC: UInt32?
    var strangers = 0
    /// The peer has a new key: its next source is believed at once.
    var isRekeyed = false
    var events = TelephoneEventReceiver()
    let inbandKeys: InbandKeys
    let playout: Playout
    /// One period of the peer's speech.
    let heard: UnsafeMutableBufferPointer<Int16>
    var lastArrival: Instant?
    var listeningSince: Instant?
    var silentSeconds: UInt32 = 0

    // Sending.
    var sequence: UInt16 = 0
    var timestamp: UInt32 = 0
    let speech: UnsafeMutablePointer<Int16>
    var speechCount = 0
    let encoder: SpeechEncoder
    var wasSending = false
    var eventSender = TelephoneEventSender()
    var digitSequence: UInt32 = 0
    var tone: ToneGenerator
    var toneSequence: UInt32 = 0
    let toneMix: UnsafeMutableBufferPointer<Int32>

    // RTCP.
    var schedule: ControlSchedule?
    var losses = LossPattern()
    /// When anything last went out by the port of RTP.
    var lastDeparture: Instant?
    var peerReport: (time: UInt32, arrival: Instant)?

    /// 60 ms at 16 kHz and a period.
    static let capacity = 1_280

    init(port: Int, _ settings: VoiceSettings, reports: ReportRing, random: RandomSource) {
        self.port = port
        self.settings = settings
        self.reports = reports
        self.random = random
        playout = Playout(
            sampleRate: settings.sampleRate, minimumDelay: settings.minimumDelay, maximumDelay: settings.maximumDelay)
        inbandKeys = InbandKeys(sampleRate: settings.sampleRate, capacity: settings.framesPerPeriod)
        heard = .allocate(capacity: settings.framesPerPeriod)
        heard.initialize(repeating: 0)
        speech = .allocate(capacity: Self.capacity)
        speech.initialize(repeating: 0, count: Self.capacity)
        encoder = SpeechEncoder(sampleRate: settings.sampleRate)
        tone = ToneGenerator(sampleRate: settings.sampleRate)
        toneMix = .allocate(capacity: settings.framesPerPeriod)
        toneMix.initialize(repeating: 0)
    }

    deinit {
        heard.deallocate()
        speech.deallocate()
        toneMix.deallocate()
    }

    var isActive: Bool { plan != nil }
    /// Someone at the other end may hear the house or be heard.
    var isTalking: Bool { plan.map { $0.sends || $0.receives } ?? false }

    /// Does from now on what `new` says; a new call on this port starts from nothing.
    func follow(_ new: LegPlan, _ now: Instant) {
        if plan?.call != new.call { start(new, now) }
        latch.describe(new.remote)
        controlLatch.describe(new.remoteControl)
        if new.toneSequence != toneSequence, new.toneSequence != 0 {
            toneSequence = new.toneSequence
            tone.play(new.tone)
        }
        if let old = plan, old.protection.receiver != new.protection.receiver { isRekeyed = true }
        if new.receives, plan?.receives != true {
            listeningSince = now
            silentSeconds = 0
        }
        if new.hearsInbandKeys, plan?.hearsInbandKeys != true { inbandKeys.reset() }
        if plan?.opus != new.opus { encoder.obey(new.opus) }
        plan = new
    }

    private func start(_ new: LegPlan, _ now: Instant) {
        statistics = LegStatistics()
        latch = PeerLatch(new.remote)
        controlLatch = PeerLatch(new.remoteControl)
        reception = ReceptionStatistics()
        remoteSSRC = nil
        strangers = 0
        isRekeyed = false
        events.reset()
        playout.reset()
        lastArrival = nil
        listeningSince = nil
        silentSeconds = 0
        // In the lower half, so that the peer cannot mistake a loss at the start for a roll-over (RFC 3711 §3.3.1).
        sequence = UInt16(truncatingIfNeeded: random.next()) & 0x7FFF
        timestamp = UInt32(truncatingIfNeeded: random.next())
        speechCount = 0
        encoder.reset()
        wasSending = false
        eventSender = TelephoneEventSender()
        // Digits of this call that the plan already has are new to it; those of the call before are not there.
        digitSequence = 0
        toneSequence = 0
        tone.play(nil)
        schedule = ControlSchedule(
            octets: Double(new.codec.octetsASecond), size: ControlPacket.usualSize, at: now, random: &random)
        losses = LossPattern()
        lastDeparture = nil
        peerReport = nil
        plan = nil
    }

    /// The call is over: says good-bye, and the last figures.
    func stop(_ departures: PacketBatch, _ now: Instant) {
        guard plan != nil else { return }
        sendControl(departures, now, isGoodbye: true)
        tellStatistics(now, echo: nil, final: true)
        plan = nil
    }
}

// MARK: - Figures

extension VoiceLeg {
    func tellStatistics(_ now: Instant, echo: EchoFigures?, final: Bool) {
        guard let plan else { return }
        if !final { tellSilence(plan, now) }
        statistics.packetsLost = reception.lost
        let figures = playout.figures
        statistics.packetsLate = figures.late
        statistics.packetsRecovered = UInt32(clamping: losses.recovered)
        statistics.playoutTarget = figures.target
        statistics.concealed = milliseconds(figures.concealed)
        statistics.stretched = milliseconds(figures.stretched)
        statistics.shortened = milliseconds(figures.shortened)
        statistics.jitter = reception.jitterMilliseconds
        statistics.playoutDelay = figures.delay
        statistics.remotePacketTime = figures.packet
        (statistics.ssrc, statistics.remoteSSRC) = (plan.ssrc, remoteSSRC)
        if let echo {
            statistics.echo = echo
            if echo.enhancement != 0 { statistics.echoReturnLossEnhancement = echo.enhancement }
        }
        judge(plan)
        reports.write(.statistics(plan.call, statistics, final: final))
    }

    /// Samples as milliseconds.
    private func milliseconds(_ samples: UInt64) -> UInt32 {
        UInt32(clamping: samples / UInt64(max(1, settings.sampleRate / 1_000)))
    }

    private func tellSilence(_ plan: LegPlan, _ now: Instant) {
        guard plan.receives, let since = listeningSince else { return }
        let quiet = now - max(lastArrival ?? since, since)
        let seconds = UInt32(clamping: quiet.components.seconds)
        guard seconds != silentSeconds else { return }
        silentSeconds = seconds
        if seconds > 0 { reports.write(.silent(plan.call, seconds: seconds)) }
    }
}
