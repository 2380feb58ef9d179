// What a message costs the user agent when one call or registration is there, and when 10,000 are: it should be the same.
import Base
import SIP
import Telephony

func microseconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) * 1e6 + Double(parts.attoseconds) / 1e12
}

func fixed(_ value: Double) -> String {
    let scaled = Int(value * 100 + 0.5)
    return "\(scaled / 100)." + (scaled % 100 < 10 ? "0" : "") + "\(scaled % 100)"
}

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 1)) }

func row(_ name: String, _ few: String, _ many: String, _ ratio: String) {
    print(padded(name, 52) + padded(few, 12) + padded(many, 12) + ratio)
}

/// The least of several rounds, because a machine's other work only ever adds; for each message.
func least(_ rounds: Int, messages: Int, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    return (0..<rounds).map { _ in microseconds(clock.measure(body)) }.min().map { $0 / Double(messages) } ?? 0
}

let few = 1
let many = 10_000

print("# user agent: microseconds for each message with \(few) and with \(many) of them; the ratio should be near 1")
row("name", "with \(few)", "with \(many)", "ratio")

func compare(_ name: String, _ measure: (Int) -> Double) {
    let costs = (measure(few), measure(many))
    row(name, fixed(costs.0) + " us", fixed(costs.1) + " us", fixed(costs.1 / costs.0))
}

compare("a whole call, beside established calls") { count in
    let desk = CallDesk(pending: count)
    return least(15, messages: 400 * 3) {
        for _ in 0..<400 { desk.wholeCall() }
    }
}
compare("OPTIONS in a call, among established calls") { count in
    let desk = CallDesk(pending: count)
    return least(15, messages: 2_000) { desk.ask(2_000) }
}
compare("OPTIONS of a stranger, beside established calls") { count in
    let desk = CallDesk(pending: count)
    return least(15, messages: 2_000) { desk.askOutside(2_000) }
}
compare("a whole call, beside registered accounts") { count in
    let desk = CallDesk(pending: 1, accounts: count)
    return least(15, messages: 400 * 3) {
        for _ in 0..<400 { desk.wholeCall() }
    }
}
compare("a REGISTER and its answer, among registered accounts") { count in
    let desk = CallDesk(pending: 1, accounts: count)
    let rounds = max(10_000 / count, 1)
    return least(3, messages: rounds * count * 2) {
        for _ in 0..<rounds { desk.refreshAll() }
    }
}
