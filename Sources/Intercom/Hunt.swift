import Base
import Configuration

/// Finds someone who answers among several phones: one after the other, or all at once.
struct Hunt: Sendable, Equatable {
    enum Output: Equatable {
        case place(CallID, uri: String)
        case stop(CallID, CallOutcome)
        /// This one answered; all others were stopped.
        case reached(CallID, uri: String)
        /// Nobody is left.
        case failed(CallOutcome)
    }

    /// How long after its ring time a call that still rings is given up here, though the user agent should have done so.
    static let grace = Duration.seconds(2)

    private struct Leg: Sendable, Equatable {
        var call: CallID
        var uri: String
        var deadline: Instant
        var rings = false
        var hasEarlyMedia = false
    }

    let targets: [String]
    let order: HouseConfiguration.PhoneBookEntry.Order
    let ringTime: Duration
    let account: String?
    /// The first call's number; the others follow.
    private let firstNumber: UInt32
    private var next = 0
    private var legs: [Leg] = []
    private var worst: CallOutcome?

    init(
        targets: [String], order: HouseConfiguration.PhoneBookEntry.Order, ringTime: Duration, account: String?,
        firstNumber: UInt32
    ) {
        self.targets = targets
        self.order = order
        self.ringTime = ringTime
        self.account = account
        self.firstNumber = firstNumber
    }

    mutating func start(at now: Instant) -> [Output] {
        var outputs: [Output] = []
        repeat {
            guard let output = placeNext(at: now) else { break }
            outputs.append(output)
        } while order == .together
        return outputs.isEmpty ? [.failed(.failed)] : outputs
    }

    private mutating func placeNext(at now: Instant) -> Output? {
        guard next < targets.count else { return nil }
        let leg = Leg(
            call: .outgoing(firstNumber &+ UInt32(truncatingIfNeeded: next)), uri: targets[next],
            deadline: now + ringTime + Self.grace)
        next += 1
        legs.append(leg)
        return .place(leg.call, uri: leg.uri)
    }

    mutating func ringing(_ call: CallID, earlyMedia: Bool) {
        guard let index = legs.firstIndex(where: { $0.call == call }) else { return }
        legs[index].rings = true
        if earlyMedia { legs[index].hasEarlyMedia = true }
    }

    mutating func answered(_ call: CallID) -> [Output] {
        guard let leg = legs.first(where: { $0.call == call }) else { return [] }
        let others = legs.filter { $0.call != call }
        legs = []
        return others.map { .stop($0.call, .answeredElsewhere) } + [.reached(call, uri: leg.uri)]
    }

    mutating func ended(_ call: CallID, _ outcome: CallOutcome, at now: Instant) -> [Output] {
        guard let index = legs.firstIndex(where: { $0.call == call }) else { return [] }
        legs.remove(at: index)
        worst = worst.map { outcome.weight > $0.weight ? outcome : $0 } ?? outcome
        if let output = placeNext(at: now) { return [output] }
        return legs.isEmpty ? [.failed(worst ?? .failed)] : []
    }

    mutating func abandon() -> [Output] {
        defer { legs = [] }
        return legs.map { .stop($0.call, .hungUpHere) }
    }

    mutating func wake(at now: Instant) -> [Output] {
        var outputs: [Output] = []
        for leg in legs where leg.deadline <= now {
            outputs.append(.stop(leg.call, .noAnswer))
            outputs += ended(leg.call, .noAnswer, at: now)
        }
        return outputs
    }

    var nextDeadline: Instant? { legs.map(\.deadline).min() }
    var rings: Bool { legs.contains { $0.rings } }
    /// The call whose own ringing tone is to be heard.
    var earlyMedia: CallID? { legs.first { $0.hasEarlyMedia }?.call }
    var calls: [(call: CallID, uri: String, rings: Bool)] { legs.map { ($0.call, $0.uri, $0.rings) } }
    func contains(_ call: CallID) -> Bool { legs.contains { $0.call == call } }
}

extension CallOutcome {
    /// How much it tells a visitor: of several phones, one that rang is more than one that was busy.
    fileprivate var weight: Int {
        switch self {
        case .noAnswer, .timeLimit: 4
        case .busy: 3
        case .refused, .hungUpThere: 2
        case .unreachable: 1
        default: 0
        }
    }
}
