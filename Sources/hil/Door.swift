import Foundation
import Rig

/// portierd in the guest, on real lines and a real sound card; its log lies where the host reads it, too.
final class Door {
    /// An event as the log tells it: `info: call-ended call=out-1 mos=4.2`.
    struct Event {
        var name: String
        var line: String
        private var values: [String: String] = [:]

        init?(_ line: Substring) {
            let words = line.split(separator: " ")
            guard words.count >= 2, words[0].hasSuffix(":") else { return nil }
            name = String(words[1])
            self.line = String(line)
            for word in words.dropFirst(2) {
                let pair = word.split(separator: "=", maxSplits: 1)
                if pair.count == 2 { values[String(pair[0])] = String(pair[1]) }
            }
        }

        func text(_ name: String) -> String? { values[name] }

        func number(_ name: String) -> Double? { values[name].flatMap { Double($0) } }
    }

    private let guest: Guest
    private let name: String
    /// Its process number in the guest.
    let pid: Int
    private var taken = 0

    /// Starts it and waits until it serves.
    init(_ guest: Guest, name: String) throws {
        self.guest = guest
        self.name = name
        // By a pipe, as the journal takes it: a write into the shared folder would make the daemon wait for the host.
        try guest.perform("mkfifo /run/\(name); cat /run/\(name) >/run/host/\(name).log &")
        pid = try guest.start(
            "portierd --config /run/host/house.toml --state /var/lib/portier --log terminal", output: "/run/\(name)")
        try serves(within: 20)
    }

    /// Follows the one that systemd started, by the journal.
    init(_ guest: Guest, followed name: String) throws {
        self.guest = guest
        self.name = name
        // The shell is there before the system has started.
        let number = Clock.poll(within: 120, every: 0.5) { () -> Int? in
            guard let text = try? guest.perform("systemctl show --property=MainPID --value portierd") else { return nil }
            return Int(text).flatMap { $0 > 0 ? $0 : nil }
        }
        guard let number else { throw RigError("systemd did not start portierd in the guest within 120 s") }
        pid = number
        try? FileManager.default.removeItem(atPath: "\(guest.shared)/\(name).log")
        // What a terminal would show before each event is missing there.
        let log = "{ journalctl --unit=portierd --follow --no-tail --output=cat | sed -u 's/^/journal: /'; }"
        _ = try guest.start(log, output: "/run/host/\(name).log")
        try serves(within: 60)
    }

    private func serves(within seconds: Double) throws {
        do {
            try event("ready", within: seconds)
        } catch {
            throw RigError("portierd did not start in the guest:\n\(log)")
        }
    }

    /// What it wrote into its log.
    var log: String { (try? String(contentsOfFile: "\(guest.shared)/\(name).log", encoding: .utf8)) ?? "" }

    /// The next event of that name that came after those that were taken.
    @discardableResult
    func event(_ name: String, within seconds: Double = 10) throws -> Event {
        let found = Clock.poll(within: seconds, every: 0.02) { () -> Event? in
            // A line that is still being written waits for its end.
            let lines = log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            for (index, line) in lines.enumerated() where index >= taken {
                guard let event = Event(line), event.name == name else { continue }
                taken = index + 1
                return event
            }
            return nil
        }
        if let found { return found }
        throw RigError("the event \(name) did not come within \(seconds) s:\n\(log)")
    }

    /// How often it has told that.
    func count(_ name: String) -> Int { log.split(separator: "\n").count { Event($0)?.name == name } }

    /// What the house has: a bell with its lamp, a button for measuring, a strike that a code opens.
    ///
    /// `lamp` is the lamp's name, by which one configuration is told from another; `more` is added.
    static func house(phone: String, lamp: String = "bell", drop: String = "", more: String = "") -> String {
        """
        [board]
        kind = "gpio"

        [lines]
        bell   = { direction = "input", line = "\(Guest.Line.bell.rawValue)" }
        probe  = { direction = "input", line = "\(Guest.Line.probe.rawValue)" }
        light  = { direction = "output", line = "\(Guest.Line.light.rawValue)" }
        strike = { direction = "output", line = "\(Guest.Line.strike.rawValue)" }

        [buttons.bell]
        line = "bell"
        lamp = "\(lamp)"
        short = { call = "phone" }

        [buttons.probe]
        line = "probe"
        short = { call = "probe" }

        [lamps.\(lamp)]
        line = "light"

        [doors.front]
        line = "strike"
        pulse = "3s"
        codes = ["4711#"]

        [phone_book.phone]
        targets = ["\(phone)"]

        [phone_book.probe]
        targets = ["sip:probe@127.0.0.1:5070;transport=udp"]

        [sip]
        user = "door"

        [sound]
        card = "plughw:CARD=Loopback,DEV=0,SUBDEV=0"
        codecs = ["pcma", "pcmu"]

        [drop]
        folder = "\(drop)"

        [control]
        socket = "/run/portier/control.sock"

        \(more)
        """
    }
}
