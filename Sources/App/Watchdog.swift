import Base
import Runtime

/// Feeds systemd's watchdog for as long as everything moves: the Loop, which runs this, the audio periods, and SIP's port, which
/// hears itself.
///
/// `@unchecked`: made and used on the Loop's thread, where its alarm goes off; that must be Sendable.
final class Watchdog: @unchecked Sendable {
    /// How far what moves has come.
    struct Progress: Sendable, Equatable {
        /// Audio periods.
        var periods: UInt64
        /// Probes of SIP's port that came back.
        var echoes: UInt64
    }

    private let alarm: Alarm
    private var last = Progress(periods: 0, echoes: 0)
    /// What was said to stand still, so that it is said once.
    private var still: [String] = []

    /// Looks three times in an `interval`; `probe` tries SIP's port, and `progress` is asked before that.
    init(
        on loop: Loop, interval: Duration, log: Log, progress: @escaping @Sendable () -> Progress,
        probe: @escaping @Sendable () -> Void, feed: @escaping @Sendable () -> Void
    ) {
        alarm = Alarm(on: loop)
        alarm.handler = { [weak self] in
            guard let self else { return }
            let still = look(progress())
            if still.isEmpty { feed() }
            if still != self.still, !still.isEmpty { log.error("stands-still", ["what": still.joined(separator: ", ")]) }
            self.still = still
            probe()
            alarm.set(after: interval / 3)
        }
        probe()
        alarm.set(after: interval / 3)
    }

    /// What has not moved since the last look. A port that never heard itself, by a firewall's will, proves nothing.
    private func look(_ progress: Progress) -> [String] {
        defer { last = progress }
        var still: [String] = []
        if progress.periods == last.periods { still.append("sound") }
        if progress.echoes == last.echoes, progress.echoes > 0 { still.append("sip") }
        return still
    }
}
