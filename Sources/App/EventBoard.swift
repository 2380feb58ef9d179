import Base
import Intercom
import JSON
import Runtime

/// Publishes what happens in the house: to whoever follows the events on the control socket, and to the log.
actor EventBoard {
    nonisolated let loop: Loop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    private let log: Log
    private let wallClock: @Sendable () -> Double
    private var followers: [@Sendable (JSONValue) -> Void] = []
    private(set) var published = 0

    init(loop: Loop, log: Log, wallClock: @escaping @Sendable () -> Double) {
        self.loop = loop
        self.log = log
        self.wallClock = wallClock
    }

    func follow(_ follower: @escaping @Sendable (JSONValue) -> Void) {
        followers.append(follower)
    }

    func publish(_ event: HouseEvent) {
        published += 1
        log.write(.info, event.name, event.values.map { ($0.name, $0.value.text) })
        guard !followers.isEmpty else { return }
        let object = JSONValue.object(
            [
                ("event", .string(event.name)),
                ("time", .double(CallLedger.rounded(wallClock(), 3))),
                ("monotonic", .double(loop.now.duration(from: Instant()))),
            ] + event.values.map { ($0.name, $0.value.json) })
        for follower in followers { follower(object) }
    }
}

extension Instant {
    fileprivate func duration(from start: Instant) -> Double { start.duration(to: self).inSeconds }
}

extension HouseEvent.Value {
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
        case .flag(let flag): flag ? "yes" : "no"
        }
    }

    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? .integer(Int(number)) : .double(number)
        case .flag(let flag): .bool(flag)
        }
    }
}
