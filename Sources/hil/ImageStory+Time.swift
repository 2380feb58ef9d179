import Foundation
import Rig

extension ImageStory {
    /// From the kernel's start until calls are possible, beside the same image's start without portierd.
    func measureStart() throws {
        story.title("From the kernel's start to calls")
        var times: [Bool: [Double]] = [:]
        // In turn, because an emulator gets faster and slower with whatever else its computer does.
        for round in 0..<6 {
            let isWith = round % 2 == 0
            let card = try flash(house())
            defer { card.remove() }
            let guest = try boot(card, .kernel(words: isWith ? "" : "systemd.mask=portierd.service"))
            let seconds = try isWith ? callsPossible(guest) : multiUser(guest)
            story.tell(
                "\(isWith ? "With portierd, calls are possible" : "Without it, multi-user.target is reached") after \(decimal(seconds)) s."
            )
            times[isWith, default: []].append(seconds)
            guest.child.stop(patience: 0)
        }
        let (with, without) = (median(times[true] ?? []), median(times[false] ?? []))
        let most = 1.15
        story.check(
            "calls are possible at most \(most) times as late as multi-user.target", with <= without * most,
            "\(decimal(with)) s and \(decimal(without)) s, \(decimal(with / without)) times")
    }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

    /// When it served, was registered and had its sound card, by the journal's monotonic clock.
    private func callsPossible(_ guest: Guest) throws -> Double {
        try Door(guest, followed: "door-time").registered()
        let text = try guest.perform("journalctl --unit=portierd --output=short-monotonic")
        let times = text.split(separator: "\n").filter { line in
            [": ready", ": registration ", ": sound-card-open"].contains { line.contains($0) }
        }.compactMap { line in
            // `[   12.345678] portier portierd[123]: ready …`
            Double(line.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" }.trimmingCharacters(in: .whitespaces))
        }
        guard let last = times.max() else { throw RigError("the journal does not tell when calls were possible:\n\(text)") }
        return last
    }

    private func multiUser(_ guest: Guest) throws -> Double {
        let line = "systemctl show --property=ActiveEnterTimestampMonotonic --value multi-user.target"
        let found = Clock.poll(within: 120, every: 0.5) { () -> Double? in
            guard let text = try? guest.perform(line), let microseconds = Double(text), microseconds > 0 else { return nil }
            return microseconds / 1e6
        }
        guard let found else { throw RigError("multi-user.target was not reached within 120 s") }
        return found
    }
}
