import Base
import Synchronization

/// The house's sound, one period at a time: packets in, loudspeaker and microphone, packets out.
///
/// `process` is the audio thread's: it allocates nothing and waits for nothing. `submit` and `nextReport` are control's.
/// The rest of the state is touched by `process` alone.
public final class VoiceEngine: @unchecked Sendable {
    public let settings: VoiceSettings
    private let mailbox: PlanMailbox
    private let reports = ReportRing()
    private let periodCount = Atomic<UInt64>(0)

    private let legs: [VoiceLeg]
    private var plan: Unmanaged<PreparedPlan>?
    private let highPass: HighPass
    private var path: EchoPath
    private var localTone: ToneGenerator
    private var chime: ToneGenerator
    private var chimeSequence: UInt32 = 0
    private let mix: UnsafeMutableBufferPointer<Int32>
    private let loudspeakerGain: Float
    private var activePorts: UInt64 = 0
    private var nextSecond: Instant?

    public init(_ settings: VoiceSettings) {
        self.settings = settings
        mailbox = PlanMailbox(ports: settings.ports)
        G711.prepare()
        ToneGenerator.prepare()
        var random = RandomSource(seed: settings.seed)
        let reports = reports
        legs = (0..<settings.ports).map {
            VoiceLeg(port: $0, settings, reports: reports, random: RandomSource(seed: random.next()))
        }
        highPass = HighPass(frequency: settings.highPass, sampleRate: settings.sampleRate, frames: settings.framesPerPeriod)
        path = EchoPath(settings)
        localTone = ToneGenerator(sampleRate: settings.sampleRate)
        chime = ToneGenerator(sampleRate: settings.sampleRate)
        mix = .allocate(capacity: settings.framesPerPeriod)
        mix.initialize(repeating: 0)
        loudspeakerGain = Gain.factor(settings.loudspeakerGain)
    }

    deinit {
        mix.deallocate()
    }

    // MARK: Control's side

    /// Hands over what is to be done from the next period on. From one thread.
    public func submit(_ plan: VoicePlan) { mailbox.submit(plan) }

    /// The next report, until there is none. From one thread.
    public func nextReport() -> VoiceReport? { reports.next() }

    public var hasReports: Bool { reports.hasReports }

    /// Periods since the start; from any thread.
    public var periods: UInt64 { periodCount.load(ordering: .relaxed) }

    // MARK: The audio thread's side

    /// One bit for each port pair that the plan uses: only these need be looked at.
    public var portsInUse: UInt64 { activePorts }

    /// One period.
    ///
    /// - Parameters:
    ///   - captured: `framesPerPeriod` samples from the microphone.
    ///   - playback: filled with as many for the loudspeaker.
    ///   - arrivals: what the sockets received since the last period.
    ///   - departures: emptied, then filled with what is to be sent.
    ///   - delay: samples from the loudspeaker's buffer to the microphone's, for the echo canceller; 0 where unknown.
    public func process(
        captured: UnsafeBufferPointer<Int16>, playback: UnsafeMutableBufferPointer<Int16>, arrivals: PacketBatch,
        departures: PacketBatch, now: Instant, delay: Int = 0
    ) {
        departures.removeAll()
        adoptPlan(departures, now)
        receive(arrivals, now)

        mix.update(repeating: 0)
        var isSounding = false
        for leg in legs where leg.isActive {
            leg.play(into: mix, now)
            isSounding = isSounding || leg.isTalking
        }
        localTone.add(to: mix)
        chime.add(to: mix)
        for index in mix.indices {
            playback[index] = Int16(clamping: loudspeakerGain == 1 ? Int(mix[index]) : Int(Float(mix[index]) * loudspeakerGain))
        }

        // The canceller also runs while nobody listens but the loudspeaker sounds, so that it knows the room when it counts.
        if isSounding || localTone.tone != nil || chime.tone != nil {
            let clean = path.process(highPass.process(captured), delay: delay)
            for leg in legs where leg.isActive { leg.send(clean, settings.framesPerPeriod, departures, now) }
        } else if let silence = captured.baseAddress {
            for leg in legs where leg.isActive { leg.send(silence, settings.framesPerPeriod, departures, now) }
        }
        path.played(playback)
        tellStatistics(now)
        periodCount.add(1, ordering: .relaxed)
    }

    private func adoptPlan(_ departures: PacketBatch, _ now: Instant) {
        guard let new = mailbox.take() else { return }
        new._withUnsafeGuaranteedRef { new in
            var ports: UInt64 = 0
            for index in 0..<new.legs.count { ports |= 1 << UInt64(new.legs[index].port) }
            for leg in legs where leg.isActive {
                var remains = false
                for index in 0..<new.legs.count where new.legs[index].port == leg.port && new.legs[index].call == leg.plan?.call {
                    remains = true
                }
                if !remains { leg.stop(departures, now) }
            }
            for index in 0..<new.legs.count { legs[new.legs[index].port].follow(new.legs[index], now) }
            activePorts = ports
            if localTone.tone != new.localTone { localTone.play(new.localTone) }
            if let oneShot = new.chime, oneShot.sequence != chimeSequence {
                chimeSequence = oneShot.sequence
                chime.play(oneShot.tone)
            }
        }
        plan = new
        mailbox.adopt(new)
    }

    private func receive(_ arrivals: PacketBatch, _ now: Instant) {
        for index in 0..<arrivals.count {
            let entry = arrivals[index]
            guard legs.indices.contains(entry.port) else { continue }
            let leg = legs[entry.port]
            guard leg.isActive else { continue }
            let isControl = entry.isControl || leg.isControl(arrivals.space(index), entry.count)
            guard let bytes = leg.unprotect(arrivals.space(index), entry.count, isControl: isControl) else { continue }
            if isControl {
                leg.receiveControl(bytes, from: entry.peer, at: entry.time)
            } else {
                leg.receive(bytes, from: entry.peer, at: entry.time)
            }
        }
    }

    private func tellStatistics(_ now: Instant) {
        guard now >= nextSecond ?? now else { return }
        nextSecond = now + .seconds(1)
        let echo = path.takeFigures()
        for leg in legs where leg.isActive { leg.tellStatistics(now, echo: echo, final: false) }
    }
}
