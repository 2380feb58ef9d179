import Foundation

/// Notices when the machine does not run what it should: a thread that wants to wake every few milliseconds, and is told late.
///
/// What is played here goes on real time. Where its host takes a machine's processors away, sound is late and calls are bad, and
/// that says nothing of the programs.
public final class Metronome: @unchecked Sendable {
    /// Speech survives this, in seconds: two packets, which a phone's jitter buffer holds.
    public static let harmless = 0.04

    private static let beat = 0.005
    private let lock = NSLock()
    private var worst = 0.0
    private var isOn = true

    public init() {
        Thread.detachNewThread {
            var last = Clock.now
            while self.isOn(lateBy: Clock.now - last - Self.beat) {
                last = Clock.now
                Clock.pause(Self.beat)
            }
        }
    }

    private func isOn(lateBy seconds: Double) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        worst = max(worst, seconds)
        return isOn
    }

    /// The longest time, in seconds, that the machine stood still so far.
    public var stillness: Double {
        lock.lock()
        defer { lock.unlock() }
        return worst
    }

    public func stop() {
        lock.lock()
        defer { lock.unlock() }
        isOn = false
    }
}
