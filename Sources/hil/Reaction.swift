import Foundation
import Rig

/// From an edge to the INVITE on the wire, both told inside of a guest whose clock counts instructions, beside the least that
/// such a board takes.
struct Reaction {
    /// What a line has that does not say otherwise.
    private static let debounce = 20.0
    /// What people do not notice, after the debounce.
    private static let bound = 5.0
    private static let presses = 200

    let story: Story
    let guest: Guest

    init(_ story: Story, _ guest: Guest) {
        self.story = story
        self.guest = guest
    }

    func run() throws {
        let least = try times(.free, "/run/chip \(Guest.Line.allCases.firstIndex(of: .free) ?? 0)")
        let pressed = try times(.probe).map { $0 - Self.debounce }
        let whole = pressed.count == Self.presses && least.count == Self.presses
        if story.check("each of \(Self.presses) presses is an INVITE", whole) {
            story.check(
                "none before its \(decimal(Self.debounce, 0)) ms of debounce", pressed[0] >= 0,
                "first after \(decimal(pressed[0])) ms")
            story.check(
                "99 of 100 at most \(decimal(Self.bound, 0)) ms after it", percentile(99, of: pressed) <= Self.bound,
                told(pressed))
            story.tell("Edge to datagram without portierd: \(told(least)).")
        }
    }

    /// In milliseconds, the shortest first.
    private func times(_ line: Guest.Line, _ more: String = "") throws -> [Double] {
        let text = try guest.perform("press /run/\(line.rawValue)/pull \(Self.presses) \(more)", within: 240)
        return text.split(separator: "\n").compactMap { Double($0) }.map { $0 / 1e6 }.sorted()
    }

    private func percentile(_ share: Int, of times: [Double]) -> Double { times[times.count * share / 100 - 1] }

    private func told(_ times: [Double]) -> String {
        "median \(decimal(percentile(50, of: times))) ms, p99 \(decimal(percentile(99, of: times))) ms, "
            + "most \(decimal(percentile(100, of: times))) ms"
    }
}
