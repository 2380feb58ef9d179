import Foundation
import Rig

/// A door that only stands there: how soon it serves, and what waiting costs it.
extension CallBench {
    private static let starts = 20
    private static let idleSeconds = 20.0

    /// From the start of the process to readiness, its card open. The first start, which fills the caches, does not count.
    func start() throws {
        var delays: [Double] = []
        for number in 0...Self.starts {
            let files = try Files(of: try house(), folder: try folder("start-\(number)"))
            let start = Clock.now
            let (door, delay) = (try files.start(), (Clock.now - start) * 1_000)
            door.stop()
            if number > 0 { delays.append(delay) }
        }
        printRow("start to ready, p50", percentile(0.5, delays), nil, "ms")
        printRow("start to ready, most of \(Self.starts)", percentile(1, delays), nil, "ms")
    }

    /// With a registered account and an open card.
    func idle() throws {
        let registrar = try UDPPeer()
        var house = try house()
        house.more += """
            [accounts.door]
            address = "sip:door@\(registrar.address):\(registrar.port)"
            registrar = "sip:\(registrar.address):\(registrar.port);transport=udp"

            """
        let door = try Files(of: house, folder: try folder("idle")).start()
        defer { door.stop() }
        guard let register = registrar.receive(within: 3), register.text.hasPrefix("REGISTER ") else {
            throw RigError("no REGISTER came")
        }
        let more = ["Contact", "Expires"]
        registrar.send(SIPText.response(to: register.text, "200 OK", copying: more), to: register.host, register.port)
        guard door.lines.take(within: 3, where: { $0.contains("registration account=door ready=yes") }) != nil else {
            throw RigError("it did not register:\n" + door.lines.all.joined(separator: "\n"))
        }
        Clock.pause(1)
        let before = try ProcessFigures(of: door.pid)
        Clock.pause(Self.idleSeconds)
        let after = try ProcessFigures(of: door.pid)
        printRow("idle CPU", (after.processorTime - before.processorTime) / Self.idleSeconds * 100, nil, "%")
    }

    /// What portierd needs to run, written before the clock does.
    private struct Files {
        let folder: String

        init(of house: House, folder: String) throws {
            self.folder = folder
            for name in ["drop", "state"] {
                try FileManager.default.createDirectory(atPath: folder + "/" + name, withIntermediateDirectories: true)
            }
            var house = house
            house.more = house.more.replacingOccurrences(of: "level = \"warning\"", with: "level = \"info\"")
            try write(house.text(socket: folder + "/socket", drop: folder + "/drop"), to: folder + "/house.toml")
        }

        /// Returns when it serves.
        func start() throws -> Child {
            let door = try Child(
                try Portierd.program("portierd"),
                ["--config", folder + "/house.toml", "--state", folder + "/state", "--log", "terminal"])
            guard door.lines.take(within: 5, where: { $0.hasPrefix("notice: ready") }) != nil else {
                throw RigError("portierd did not start:\n" + door.lines.all.joined(separator: "\n"))
            }
            return door
        }
    }
}
