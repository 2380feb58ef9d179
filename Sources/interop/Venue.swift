import Foundation
import Rig

/// A server that all scenarios of a suite share, and where each takes a seat.
class Venue: @unchecked Sendable {
    let speech: SpeechFiles
    let seats: SeatPool
    /// Its address, which is its domain too.
    var address: String { seats.address }

    init(_ speech: SpeechFiles, _ seats: SeatPool) {
        self.speech = speech
        self.seats = seats
    }

    func stop() {}
}

/// Seats, each given out once.
final class SeatPool: @unchecked Sendable {
    let address: String
    let all: [Seat]
    private let lock = NSLock()
    private var free: [Seat.Kind: [Seat]]

    /// So many seats of each kind at the server of that address.
    init(at address: String, kinds: [Seat.Kind] = Seat.Kind.allCases) {
        self.address = address
        let order = kinds.flatMap { Array(repeating: $0, count: $0.count) }
        all = order.enumerated().map { Seat(number: $0.offset, kind: $0.element, exchange: address) }
        free = Dictionary(grouping: all, by: \.kind)
    }

    func take(_ kind: Seat.Kind) throws -> Seat {
        lock.lock()
        defer { lock.unlock() }
        guard let seat = free[kind]?.popLast() else { throw RigError("all seats of the kind \(kind) are taken") }
        return seat
    }
}

/// A scenario's place at the exchange: numbers for a door and three phones, and what is special about the door's line.
struct Seat: Sendable {
    enum Kind: CaseIterable, Hashable {
        case plain, direct, sha256, timers, reliable, info, qualified, encrypted

        var count: Int { self == .plain ? 60 : 4 }
    }

    var number: Int
    var kind: Kind
    /// The exchange's address.
    var exchange: String

    var digits: String { number < 10 ? "0\(number)" : "\(number)" }
    var door: String { "1" + digits }
    var phone: String { "2" + digits }
    var second: String { "3" + digits }
    var third: String { "4" + digits }
    var all: [String] { [door, phone, second, third] }
    static let password = "a-plain-password"
}
