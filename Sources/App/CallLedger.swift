import Base
import Intercom
import Media
import Telephony

/// Writes down the life of every call, so that each ends with exactly one terminal event that has all its figures.
///
/// The user agent says why a call ended, the audio thread says how it sounded; whichever comes last closes the account.
/// A call without sound, or whose last figures do not come in `patience`, is closed with what is known.
struct CallLedger: Sendable {
    /// How long a call that ended waits for the audio thread's final figures.
    static let patience = Duration.milliseconds(250)

    private struct Entry: Sendable {
        var peer: String
        var started: Instant
        var answered: Instant?
        var statistics: LegStatistics?
        var hadSound = false
        var session: MediaSession?
        var observation: CallObservation?
        /// Reports about it while it went on.
        var interimReports = 0
        var soundClosed = false
        var end: CallEnd?
        var ended: Instant?
    }

    private var entries: [CallID: Entry] = [:]
    private var observations: [CallObservation] = []
    /// A peer that changes its codec for ever shall not make reports for ever.
    private static let interimLimit = 8

    var openCalls: Int { entries.count }

    mutating func start(_ call: CallID, peer: String, at now: Instant) {
        guard entries[call] == nil else { return }
        entries[call] = Entry(peer: peer, started: now)
    }

    mutating func answered(_ call: CallID, at now: Instant) {
        if entries[call]?.answered == nil { entries[call]?.answered = now }
    }

    /// The call's sound begins, or goes on otherwise.
    mutating func soundOpened(_ call: CallID, _ session: MediaSession, at now: Instant) {
        entries[call]?.hadSound = true
        entries[call]?.session = session
        guard let old = entries[call]?.observation?.session else { return }
        if old.localPort != session.localPort {
            // With another peer, whose dialog is another: `observe` follows.
            observed(call, isFinal: true, at: now)
            entries[call]?.observation = nil
        } else {
            if old.codec != session.codec, entries[call].map({ $0.interimReports < Self.interimLimit }) ?? false {
                entries[call]?.interimReports += 1
                observed(call, isFinal: false, at: now)
            }
            entries[call]?.observation?.session = session
        }
    }

    /// How this call sounds is to be reported, under these names.
    mutating func observe(_ call: CallID, as subject: QualityReport.Subject, at now: Instant) {
        guard let session = entries[call]?.session else { return }
        entries[call]?.observation = CallObservation(subject: subject, session: session, start: now, stop: now)
    }

    private mutating func observed(_ call: CallID, isFinal: Bool, at now: Instant) {
        guard let entry = entries[call], var observation = entry.observation else { return }
        observation.figures = entry.statistics ?? LegStatistics()
        observation.stop = now
        observation.isFinal = isFinal
        observations.append(observation)
    }

    /// What is to be reported since this was asked last.
    mutating func takeObservations() -> [CallObservation] {
        defer { observations = [] }
        return observations
    }

    mutating func statistics(_ call: CallID, _ figures: LegStatistics, final: Bool, at now: Instant) -> HouseEvent? {
        guard entries[call] != nil else { return nil }
        entries[call]?.statistics = figures
        if final { entries[call]?.soundClosed = true }
        return close(call, at: now)
    }

    mutating func ended(_ call: CallID, _ end: CallEnd, at now: Instant) -> HouseEvent? {
        guard let entry = entries[call], entry.end == nil else { return nil }
        entries[call]?.end = end
        entries[call]?.ended = now
        return close(call, at: now)
    }

    /// The terminal event, once the end is known and the sound is closed or has been waited for.
    private mutating func close(_ call: CallID, at now: Instant) -> HouseEvent? {
        guard let entry = entries[call], let end = entry.end, let ended = entry.ended else { return nil }
        guard !entry.hadSound || entry.soundClosed || now - ended >= Self.patience else { return nil }
        observed(call, isFinal: true, at: ended)
        entries[call] = nil
        return Self.terminalEvent(call, entry, end, ended)
    }

    var nextDeadline: Instant? {
        entries.values.compactMap { $0.ended.map { $0 + Self.patience } }.min()
    }

    mutating func wake(at now: Instant) -> [HouseEvent] {
        entries.keys.sorted().compactMap { close($0, at: now) }
    }

    private static func terminalEvent(_ call: CallID, _ entry: Entry, _ end: CallEnd, _ ended: Instant) -> HouseEvent {
        let talked = entry.answered.map { (ended - $0).inSeconds } ?? 0
        var fields: [HouseEvent.Field] = [
            .init("call", .text(call.description)),
            .init("peer", .text(entry.peer)),
            .init("direction", .text(call.isOutgoing ? "outgoing" : "incoming")),
            .init("reason", .text(end.cause.rawValue)),
        ]
        if let status = end.status { fields.append(.init("status", .number(Double(status)))) }
        if let cause = end.networkCause { fields.append(.init("q850", .number(Double(cause)))) }
        if let text = end.text { fields.append(.init("text", .text(text))) }
        fields += [
            .init("answered", .flag(entry.answered != nil)),
            .init("seconds", .number(rounded(talked, 3))),
        ]
        let figures = entry.statistics ?? LegStatistics()
        let expected = Double(figures.packetsReceived) + Double(max(figures.packetsLost, 0))
        fields += [
            .init("packets_sent", .number(Double(figures.packetsSent))),
            .init("packets_received", .number(Double(figures.packetsReceived))),
            .init("packets_lost", .number(Double(figures.packetsLost))),
            .init("packets_recovered", .number(Double(figures.packetsRecovered))),
            .init("packets_late", .number(Double(figures.packetsLate))),
            .init("loss_percent", .number(expected == 0 ? 0 : rounded(100 * Double(max(figures.packetsLost, 0)) / expected, 2))),
            .init("jitter_ms", .number(rounded(Double(figures.jitter), 2))),
            .init("round_trip_ms", .number(rounded(Double(figures.roundTrip), 2))),
            .init("playout_ms", .number(rounded(Double(figures.playoutDelay), 1))),
            .init("mouth_to_ear_ms", .number(rounded(Double(figures.mouthToEar), 0))),
            .init("playout_target_ms", .number(rounded(Double(figures.playoutTarget), 1))),
            .init("concealed_ms", .number(Double(figures.concealed))),
            .init("stretched_ms", .number(Double(figures.stretched))),
            .init("shortened_ms", .number(Double(figures.shortened))),
            .init("remote_loss_percent", .number(rounded(100 * Double(figures.remoteLoss), 2))),
            .init("remote_jitter_ms", .number(rounded(Double(figures.remoteJitter), 2))),
            .init("r_factor", .number(rounded(Double(figures.rFactor), 1))),
            .init("mos", .number(rounded(Double(figures.meanOpinionScore), 2))),
            .init("listening_mos", .number(rounded(Double(figures.listeningOpinionScore), 2))),
        ]
        if figures.peerMetrics != nil {
            fields += [
                .init("remote_r_factor", .number(rounded(Double(figures.peerRFactor), 0))),
                .init("remote_mos", .number(rounded(Double(figures.peerMeanOpinionScore), 1))),
            ]
        }
        if let encryption = entry.session?.keys?.suite.rawValue {
            fields += [
                .init("encryption", .text(encryption)),
                .init("authentication_failures", .number(Double(figures.authenticationFailures))),
                .init("replays", .number(Double(figures.replays))),
            ]
        }
        if figures.echoReturnLossEnhancement != 0 {
            fields += [
                .init("erle_db", .number(rounded(Double(figures.echoReturnLossEnhancement), 1))),
                .init("echo_delay_ms", .number(rounded(Double(figures.echo.delay), 1))),
                .init("drift_ppm", .number(rounded(Double(figures.echo.drift), 0))),
                .init("clipping_percent", .number(rounded(100 * Double(figures.echo.clipping), 2))),
                .init("double_talk_percent", .number(rounded(100 * Double(figures.echo.doubleTalk), 0))),
            ]
        }
        return HouseEvent("call-ended", fields)
    }

    /// The number with so many decimal places, for people and for short JSON.
    static func rounded(_ value: Double, _ places: Int) -> Double {
        guard value.isFinite else { return 0 }
        let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
        return (value * scale).rounded() / scale
    }
}
