import Base
import Configuration

/// What a lamp tells people.
enum LampState: String, Sendable, Equatable {
    case idle, calling, ringing, talking, busy, refused
    case noAnswer = "no-answer"
    case fault, alarm
}

/// A lamp that shows a state by its pattern.
struct Lamp: Sendable, Equatable {
    let settings: HouseConfiguration.Lamp
    private(set) var shows = LampState.idle
    /// When the pattern began.
    private var since: Instant

    init(_ settings: HouseConfiguration.Lamp, at now: Instant) {
        self.settings = settings
        since = now
    }

    /// The same lamp with other settings; a pattern that goes on keeps its beat.
    func with(_ settings: HouseConfiguration.Lamp) -> Lamp {
        var lamp = Lamp(settings, at: since)
        lamp.shows = shows
        return lamp
    }

    mutating func show(_ state: LampState, at now: Instant) {
        guard state != shows else { return }
        shows = state
        since = now
    }

    func light(at now: Instant) -> Light { pattern.phase(after: now - since).light }

    /// How bright each of its lines is to be, in percent.
    func levels(at now: Instant) -> [(line: String, level: Int)] {
        let light = light(at: now)
        switch settings.outputs {
        case .one(let line): return [(line, light.levels.max() ?? 0)]
        case .colours(let red, let green, let blue): return [(red, light.red), (green, light.green), (blue, light.blue)]
        }
    }

    /// When it next goes from one step of its pattern to another; `nil` for a steady one.
    func nextChange(after now: Instant) -> Instant? { pattern.phase(after: now - since).remaining.map { now + $0 } }

    private var pattern: LampPattern {
        switch shows {
        case .idle: settings.idle
        case .calling: settings.calling
        case .ringing: settings.ringing
        case .talking: settings.talking
        case .busy: settings.busy
        case .refused: settings.refused
        case .noAnswer: settings.noAnswer
        case .fault: settings.fault
        case .alarm: settings.alarm
        }
    }
}

extension LampPattern {
    /// What the lamp shows so long after the pattern began, and how long the step then still lasts.
    fileprivate func phase(after elapsed: Duration) -> (light: Light, remaining: Duration?) {
        switch self {
        case .steady(let light):
            return (light, nil)
        case .steps(let steps):
            let cycle = steps.reduce(0) { $0 + $1.duration.nanoseconds }
            guard cycle > 0 else { return (.off, nil) }
            var offset = max(0, elapsed.nanoseconds) % cycle
            for step in steps {
                if offset < step.duration.nanoseconds {
                    return (step.light, .nanoseconds(step.duration.nanoseconds - offset))
                }
                offset -= step.duration.nanoseconds
            }
            return (.off, nil)
        }
    }
}
