import Foundation

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(width - text.count, 1)) }

func printRow(_ name: String, _ ours: String, _ peer: String, _ ratio: String) {
    print(padded(name, 52) + padded(ours, 12) + padded(peer, 12) + ratio)
}

func printHeading(_ text: String) {
    print("# " + text)
    printRow("name", "ours", "peer", "ratio")
}

/// A figure and its unit; the peer's where there is one.
func printRow(_ name: String, _ ours: Double, _ peer: Double?, _ unit: String) {
    func text(_ value: Double) -> String { String(format: "%.2f %@", value, unit) }
    printRow(name, text(ours), peer.map(text) ?? "-", peer.map { String(format: "%.2f", $0 / ours) } ?? "-")
}

/// The value below which this share of all lies.
func percentile(_ share: Double, _ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted[min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
}
