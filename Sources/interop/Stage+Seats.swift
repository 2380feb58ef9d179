import Foundation
import Rig

// A door and its phones with numbers at a server.

extension Stage {
    func seat(_ kind: Seat.Kind = .plain) throws -> Seat {
        guard let venue else { throw RigError("this scenario needs a server") }
        return try venue.seats.take(kind)
    }

    /// A phone that registers as `number`, and answers by itself unless changed.
    func phone(_ number: String, at seat: Seat, _ change: (inout Baresip.Options) -> Void = { _ in }) throws -> Baresip {
        try phone { options in
            options.user = number
            options.registrar = (seat.exchange, Seat.password)
            change(&options)
        }
    }

    /// A door that registers, whose bell calls `number`, and that answers every call from the exchange by itself.
    func door(
        at seat: Seat, calling number: String? = nil, by transport: String = "udp", ringTime: String = "30s",
        account: String = "",
        _ change: (inout House) -> Void = { _ in }
    ) throws -> Portierd {
        let parameter = transport == "udp" ? "" : ";transport=\(transport)"
        let door = try door { house in
            house.phoneBook = []
            house.target = "exchange"
            house.automatic = ["*@*"]
            house.more = """
                [phone_book.exchange]
                targets = ["sip:\(number ?? seat.phone)@\(seat.exchange)\(parameter)"]
                account = "house"
                ring_time = "\(ringTime)"
                [accounts.house]
                address = "sip:\(seat.door)@\(seat.exchange)"
                registrar = "sip:\(seat.exchange)\(parameter)"
                password = "\(Seat.password)"
                expires = "60s"
                \(account)
                """
            change(&house)
        }
        try register(door)
        return door
    }

    /// A seat, its phone, and a door whose bell calls that.
    func pair(_ kind: Seat.Kind = .plain) throws -> (seat: Seat, phone: Baresip, door: Portierd) {
        let seat = try seat(kind)
        return (seat, try phone(seat.phone, at: seat), try door(at: seat))
    }

    /// Waits until the exchange knows the door.
    func register(_ door: Portierd, within seconds: Double = 8) throws {
        let account = try door.tool.account("house", within: seconds)
        try expect(account["expires_in"] != nil, "the door was not registered: \(account["failure"]?.string ?? "")")
    }

    /// Presses, and returns the event of the answer.
    func press(_ door: Portierd, within seconds: Double = 8) throws -> EventStream.Event {
        try door.tool.press("bell")
        return try door.events.next("call-answered", within: seconds)
    }

    /// That the door heard `speech` between two events, in a recording that is still growing or is done.
    @discardableResult
    func expectHeard(
        _ speech: WAV, by door: Portierd, from start: Double, to end: Double, as what: String
    ) throws -> Correlation {
        guard let origin = door.soundOrigin else { throw RigError("the door recorded nothing") }
        let sound = try WAV(path: door.house.loudspeaker)[max(0, start - origin)..<max(0.1, end - origin)]
        let found = Correlation(of: sound, with: speech)
        try expect(found.isHeard, "the door did not hear \(what) (\(found.found) of \(found.windows) s)")
        return found
    }

    /// The same of a phone's last call, the seconds being those of its recording.
    @discardableResult
    func expectHeard(_ speech: WAV, by phone: Baresip, last seconds: Double? = nil, as what: String) throws -> Correlation {
        guard let heard = phone.heard.last?.sound else { throw RigError("the phone recorded nothing") }
        let from = seconds.map { max(0, heard.seconds - $0) } ?? 0
        let found = Correlation(of: heard[from..<heard.seconds], with: speech)
        try expect(found.isHeard, "the phone did not hear \(what) (\(found.found) of \(found.windows) s)")
        return found
    }
}
