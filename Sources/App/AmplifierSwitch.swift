import Base
import Intercom

/// Switches the loudspeaker's amplifier: on before anything is heard, and off again when nothing has been for a while.
///
/// What is to be heard waits until the amplifier is up, so that its click is not followed by half a tone. Nothing that only the
/// other end hears comes by here.
struct AmplifierSwitch: Equatable {
    /// What the house wants heard at the door, as its effects say it.
    enum Sound: Equatable {
        case connect(CallID, Bool)
        case tone(HouseTone?)
        case chime(HouseTone)
    }

    enum Output: Equatable {
        case amplifier(Bool)
        case play(Sound)
    }

    private enum State: Equatable {
        case off
        /// Its supply settles; what came meanwhile waits, in order.
        case rising(until: Instant, waiting: [Sound])
        /// When it goes off if nothing comes; `nil` while something is heard.
        case on(until: Instant?)
    }

    /// Amplifiers of a few watts are up after 1 to 40 ms.
    static let lead: Duration = .milliseconds(50)
    /// Longer than any chime, and than the pauses in which people search their keys.
    static let rest: Duration = .seconds(3)

    private var state = State.off
    private var connected: Set<CallID> = []
    private var tone: HouseTone?

    var isOn: Bool { state != .off }

    var nextDeadline: Instant? {
        switch state {
        case .off: nil
        case .rising(let until, _): until
        case .on(let until): until
        }
    }

    mutating func handle(_ sound: Sound, at now: Instant) -> [Output] {
        let isHeard = note(sound)
        switch state {
        case .off:
            guard isHeard else { return [.play(sound)] }
            state = .rising(until: now + Self.lead, waiting: [sound])
            return [.amplifier(true)]
        case .rising(let until, let waiting):
            state = .rising(until: until, waiting: waiting + [sound])
            return []
        case .on:
            settle(at: now)
            return [.play(sound)]
        }
    }

    mutating func wake(at now: Instant) -> [Output] {
        switch state {
        case .rising(let until, let waiting) where until <= now:
            settle(at: now)
            return waiting.map { .play($0) }
        case .on(.some(let until)) where until <= now:
            state = .off
            return [.amplifier(false)]
        default: return []
        }
    }

    /// Whether it is something that is heard.
    private mutating func note(_ sound: Sound) -> Bool {
        switch sound {
        case .connect(let call, true): connected.insert(call)
        case .connect(let call, false): connected.remove(call)
        case .tone(let tone): self.tone = tone
        case .chime: return true
        }
        return isSounding
    }

    private var isSounding: Bool { tone != nil || !connected.isEmpty }

    private mutating func settle(at now: Instant) {
        state = .on(until: isSounding ? nil : now + Self.rest)
    }
}
