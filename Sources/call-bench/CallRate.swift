import Foundation
import Rig

/// How many calls a second are answered and ended, and what each costs: portierd, baresip and Asterisk in the same run.
struct CallRate {
    struct Figures {
        /// Calls a second.
        var rate: Double
        /// Processor time of a call, in milliseconds.
        var cost: Double
        /// Requests that the caller had to send again.
        var repeated = 0
    }

    private let bench: CallBench
    private static let calls = 4_000
    private static let longSeries = 100_000

    init(_ bench: CallBench) { self.bench = bench }

    /// One row for each peer and figure; then a long series of calls to portierd alone.
    func run() throws {
        let phone = try bench.silentPhone("rate-phone")
        defer { phone.stop() }
        let baresip = try figures(of: phone.child, "phone", phone.address, phone.port, [1, 4])
        let exchange = try? BenchExchange(bench.folder("exchange"))
        let asterisk = try exchange.map { exchange in
            try figures(of: exchange.child, "600", exchange.address, 5060, [1, 2, 4, 8])
        }
        exchange?.stop()
        if exchange == nil { print("# Asterisk is left out: no chroot (tools/chroot.sh makes it for `make interop-asterisk`)") }

        let (door, house) = try bench.openDoor("rate-door")
        defer { door.stop() }
        _ = try CallLoad.run(calls: 1_000, to: "door", at: "127.0.0.1", house.sipPort)
        let resident = try ProcessFigures(of: door.child.pid).resident
        let ours = try figures(of: door.child, "door", "127.0.0.1", house.sipPort, [1])

        printHeading(
            "calls answered and ended: the ratio is ours over the peer's in calls a second, the peer's over ours in time")
        row("one at a time, baresip", ours, baresip, 1)
        row("one at a time, Asterisk", ours, asterisk, 1)
        best("baresip", ours, baresip)
        best("Asterisk", ours, asterisk)

        let series = try CallLoad.run(calls: Self.longSeries, to: "door", at: "127.0.0.1", house.sipPort)
        let after = try ProcessFigures(of: door.child.pid).resident
        printRow("calls a second in a row of \(Self.longSeries)", String(format: "%.0f", series.rate), "-", "-")
        printRow("resident after 1,000 calls", Double(resident) / 1_000, nil, "MB")
        printRow("resident after \(Self.longSeries + Self.calls + 1_000) calls", Double(after) / 1_000, nil, "MB")
    }

    private func row(_ name: String, _ ours: [Int: Figures], _ peer: [Int: Figures]?, _ atOnce: Int) {
        guard let own = ours[atOnce], let other = peer?[atOnce] else { return }
        print(name, own, other)
    }

    /// The peer may have as many calls at once as suit it; ours takes one.
    private func best(_ name: String, _ ours: [Int: Figures], _ peer: [Int: Figures]?) {
        guard let own = ours[1], let peer, let most = peer.max(by: { $0.value.rate < $1.value.rate }),
            let least = peer.values.map(\.cost).min()
        else { return }
        print("\(name) at its best, \(most.key) at once", own, Figures(rate: most.value.rate, cost: least))
    }

    private func print(_ name: String, _ ours: Figures, _ peer: Figures) {
        let rates = (ours.rate, peer.rate)
        printRow(
            "calls/s, \(name)", String(format: "%.0f", rates.0), String(format: "%.0f", rates.1),
            String(format: "%.2f", rates.0 / rates.1))
        printRow("CPU a call, \(name)", ours.cost, peer.cost, "ms")
    }

    private func print(_ text: String) { Swift.print(text) }

    private func figures(of child: Child, _ user: String, _ host: String, _ port: UInt16, _ atOnce: [Int]) throws -> [Int:
        Figures]
    {
        var result: [Int: Figures] = [:]
        for number in atOnce {
            _ = try CallLoad.run(calls: 200, atOnce: number, to: user, at: host, port)
            let before = try ProcessFigures.total(of: child.pid)
            let load = try CallLoad.run(calls: Self.calls, atOnce: number, to: user, at: host, port)
            let spent = try ProcessFigures.total(of: child.pid) - before
            result[number] = Figures(rate: load.rate, cost: spent * 1_000 / Double(load.calls), repeated: load.repeated)
            if load.repeated > 0 { print("# \(child.name), \(number) at once: \(load.repeated) requests sent again") }
        }
        return result
    }
}

/// An Asterisk that lets anybody of this machine in, and echoes.
struct BenchExchange {
    let address = Ports.address()
    private let asterisk: Asterisk

    /// Throws when there is no chroot: making one is not a benchmark's business.
    init(_ folder: String) throws {
        let chroot = try Chroot(made: "asterisk")
        let configuration = """
            [udp]
            type=transport
            protocol=udp
            bind=\(address):5060

            [anybody]
            type=endpoint
            context=house
            disallow=all
            allow=alaw,ulaw
            direct_media=no
            media_address=\(address)
            bind_rtp_to_media_address=yes

            [anybody]
            type=identify
            endpoint=anybody
            match=127.0.0.0/8

            """
        asterisk = try Asterisk(
            .pjsip, in: chroot, folder: folder, address: address, files: ["pjsip.conf": configuration])
    }

    var child: Child { get throws { try asterisk.running } }

    func stop() { asterisk.stop() }
}
