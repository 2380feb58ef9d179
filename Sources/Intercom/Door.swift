import Base
import Configuration
import Crypto

/// A door's key codes with their lock-out, and what its contact says. Its lock is one of the house's outputs.
///
/// The lock-out outlives calls: who hangs up and calls again does not start over.
struct Door: Sendable, Equatable {
    var settings: HouseConfiguration.Door
    var watch = DoorWatch()
    /// Wrong codes since the last right one or the last lock-out.
    private(set) var wrongCodes = 0
    /// Lock-outs since the last right code; each is twice as long as the one before.
    private var lockOuts = 0
    private var lockedUntil: Instant?

    init(_ settings: HouseConfiguration.Door) {
        self.settings = settings
    }

    enum Verdict: Equatable {
        case right
        case wrong
        /// The codes are locked out, and were before: right or wrong, nothing is told and nothing counts.
        case locked
        /// This wrong code was one too many.
        case lockedOut(Duration)
    }

    /// Whether one of the door's codes is what was keyed in; as long in finding out, whichever it is.
    func knows(_ keys: [UInt8]) -> Bool {
        let hash = UInt8(ascii: "#")
        let ended = keys.last == hash ? Array(keys.dropLast()) : keys
        var found = false
        for code in settings.codes {
            let code = Array(code.revealed.utf8)
            let whole = isEqualInConstantTime(keys, code)
            let withoutEnd = isEqualInConstantTime(ended, code)
            found = (whole || withoutEnd) || found
        }
        return found
    }

    /// Judges a code that is complete. `isRight` and `isForAnother` say whose code it is.
    mutating func judge(isRight: Bool, isForAnother: Bool, at now: Instant) -> Verdict? {
        if isLocked(at: now) { return isForAnother ? nil : .locked }
        if isRight {
            (wrongCodes, lockOuts, lockedUntil) = (0, 0, nil)
            return .right
        }
        guard !isForAnother else { return nil }
        wrongCodes += 1
        guard wrongCodes >= settings.wrongCodes else { return .wrong }
        let duration = lockOutDuration
        wrongCodes = 0
        lockOuts += 1
        lockedUntil = now + duration
        return .lockedOut(duration)
    }

    private var lockOutDuration: Duration {
        var duration = settings.lockOut
        for _ in 0..<lockOuts where duration < settings.lockOutLimit { duration += duration }
        return min(duration, settings.lockOutLimit)
    }

    mutating func release(at time: Instant) { watch.release(at: time, shunt: settings.shunt) }

    /// The door was opened; whether by force.
    mutating func open(at time: Instant) -> Bool { watch.open(at: time, shunt: settings.shunt) }

    func isLocked(at now: Instant) -> Bool { lockedUntil.map { now < $0 } ?? false }

    func lockedOut(at now: Instant) -> Duration { lockedUntil.map { max(.zero, $0 - now) } ?? .zero }
}
