import Foundation
import Rig

extension Board {
    /// Lines that are not there, a chip that is not there, lines that somebody holds: each is named, the rest goes on, and nothing is moved.
    func namesWrongWiring() throws {
        story.title("Others are started with wrong wiring beside it")
        let house = Door.house(phone: phone.uri)
        // The first line that is asked for: those after it stay free.
        let line = "\"\(Guest.Line.bell.rawValue)\""
        try names(
            "a line that no chip has is named", house.replacingOccurrences(of: line, with: "\"NOWHERE\""),
            because: "(line 'NOWHERE'): no GPIO chip has a line of this name")
        try names(
            "a chip that is not there is named", house.replacingOccurrences(of: line, with: line + ", chip = \"absent\""),
            because: "on GPIO chip 'absent'): there is no GPIO chip of this name or label")
        try names("a line that is in use is named with its holder", house, because: "held by 'portier'")
        story.check("no output was moved by that", try !guest.isHigh(.strike) && !guest.isHigh(.light))
    }

    /// Starts one with ports of its own, so that the lines are what stands in its way.
    private func names(_ what: String, _ house: String, because reason: String) throws {
        let changes = [
            ("[sip]", "[sip]\nport = 5070"), ("[sound]", "[sound]\nrtp_ports = \"41000-41015\""),
            ("control.sock", "other.sock"),
        ]
        try Rig.write(changes.reduce(house) { $0.replacingOccurrences(of: $1.0, with: $1.1) }, to: shared + "/wrong.toml")
        let answer = try guest.run("timeout 3 portierd --config /run/host/wrong.toml --log terminal 2>&1", within: 15)
        let told = answer.text.split(separator: "\n").filter { $0.hasPrefix("error: line-missing") }
        let isWell = answer.text.contains("notice: ready") && answer.text.contains("notice: stopped")
        story.check(what, isWell && told.contains { $0.contains(reason) }, told.first.map(String.init) ?? answer.text)
    }
}
