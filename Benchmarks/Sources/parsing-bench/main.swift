// Parses the same messages with the product's parser and with those of sofia-sip, libosip2 and libre, side by side.
//
// The parties take turns in short rounds and the least time of each counts, because a machine's other work only ever adds.
import Glibc

// One row a message and peer: what we need, what the peer needs, and how many times as long that is.

let rounds = 40
let iterations: UInt32 = 1000

func microseconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) * 1e6 + Double(parts.attoseconds) / 1e12
}

func fixed(_ value: Double, _ digits: Int) -> String {
    let scale = digits == 2 ? 100 : 10
    let scaled = Int(value * Double(scale) + 0.5)
    let fraction = String(scaled % scale)
    return "\(scaled / scale)." + String(repeating: "0", count: digits - fraction.count) + fraction
}

func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 1))
}

func row(_ cells: [String]) {
    print(padded(cells[0], 52) + padded(cells[1], 12) + padded(cells[2], 12) + cells[3])
}

let clock = ContinuousClock()
let parties = [Parser.ours] + Parser.peers
var isSound = true

print("# parsing: microseconds for each message; the ratio is the peer's time over ours, more is better")
row(["name", "ours", "peer", "ratio"])
for (name, bytes) in Messages.all {
    // Nobody is timed who read anything else than the others.
    let summaries = parties.map { $0.run(bytes, 1) }
    for (party, summary) in zip(parties, summaries) where summary == nil || summary != summaries[0] {
        print("\(party.name) does not read \(name) as the others do: \(String(describing: summary))")
        isSound = false
    }
    var least = [Double](repeating: .infinity, count: parties.count)
    for _ in 0..<rounds {
        for (index, party) in parties.enumerated() {
            let start = clock.now
            _ = party.run(bytes, iterations)
            least[index] = min(least[index], microseconds(clock.now - start) / Double(iterations))
        }
    }
    for (index, peer) in Parser.peers.enumerated() {
        row([
            "parse \(name), \(bytes.count) B, \(peer.name)", fixed(least[0], 2), fixed(least[index + 1], 2),
            fixed(least[index + 1] / least[0], 2),
        ])
    }
}
exit(isSound ? 0 : 1)
