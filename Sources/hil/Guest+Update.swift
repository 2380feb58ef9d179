import Foundation
import JSON
import Rig

extension Guest {
    /// What a board says of a bundle, beside it.
    struct Verdict {
        var isApplied: Bool
        var text: String
    }

    /// Gives it the bundle `name` as an uploader would: under another name until it is whole.
    func drop(_ bundle: String, as name: String) throws {
        try perform(
            "cp /run/host/\(bundle).raucb /data/update/.\(name) && mv /data/update/.\(name) /data/update/\(name).raucb",
            within: 120)
    }

    /// What it says of the bundle `name` by now.
    func verdictNow(on name: String) throws -> Verdict? {
        for kind in ["applied", "rejected"] {
            let answer = try run("cat /data/update/\(name).\(kind)")
            if answer.code == 0 { return Verdict(isApplied: kind == "applied", text: answer.text.replacing("\n", with: "; ")) }
        }
        return nil
    }

    func verdict(on name: String, within seconds: Double) throws -> Verdict {
        let end = Clock.now + seconds
        while Clock.now < end {
            if let verdict = try verdictNow(on: name) { return verdict }
            Clock.pause(0.5)
        }
        let journal = try perform("journalctl --no-pager --unit=portier-update --unit=portier-confirm --unit=rauc | tail -n 30")
        throw RigError("nothing was said of the bundle '\(name)' within \(seconds) s:\n\(journal)")
    }

    /// Waits until the bundle `name` is in the other slot, which is what comes before the board starts anew.
    func installed(_ name: String, within seconds: Double) throws {
        let said = "installed \(name)"
        child.type(
            "0 while [ -e /data/update/\(name).raucb ] && [ ! -e /data/update/\(name).rejected ]; do sleep 0.2; done; "
                + "cat /data/update/\(name).rejected 2>/dev/null || echo \(said)")
        guard let line = child.lines.take(within: seconds, where: { $0 == said || $0 == "= 0 0" }), line == said else {
            throw RigError(
                "the bundle '\(name)' was not installed within \(seconds) s: \(try verdictNow(on: name)?.text ?? "no verdict")")
        }
    }

    /// The slot that starts next.
    func primarySlot() throws -> String { try perform("/usr/lib/portier/slots get-primary") }

    /// What portierd says of itself.
    func state() throws -> JSONValue { try JSONValue(parsing: try perform("portier state --json")) }
}
