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
        log.write(.info, event.name, texts: event.values.map { ($0.name, $0.value.text) })
        guard !followers.isEmpty else { return }
        var object: JSONObject = [
            "event": .string(event.name), "time": .number(CallLedger.rounded(wallClock(), 3)),
            "monotonic": .number((loop.now - Instant()).inSeconds),
        ]
        for field in event.values { object[field.name] = field.value.json }
        for follower in followers { follower(.object(object)) }
    }
}

extension HouseEvent.Value {
    var text: String {
        switch self {
        case .text(let text): text
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? String(Int64(number)) : String(number)
        case .flag(let flag): flag ? "yes" : "no"
        }
    }

    var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): number == number.rounded() && abs(number) < 1e15 ? .integer(Int64(number)) : .number(number)
        case .flag(let flag): .bool(flag)
        }
    }
}
