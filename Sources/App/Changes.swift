import Configuration

extension HouseConfiguration {
    /// What differs in `new`, a line for each section, in words for whoever dropped it; no values, for they may be secret.
    func changes(to new: HouseConfiguration) -> [String] {
        var lines: [String] = []
        func section<Value: Equatable>(_ name: String, _ old: Value, _ new: Value, note: String = "") {
            if old != new { lines.append("\(name): changed\(note)") }
        }
        func table<Value: Equatable>(_ name: String, _ old: [String: Value], _ new: [String: Value]) {
            let changes =
                new.keys.filter { old[$0] == nil }.map { "+" + $0 } + old.keys.filter { new[$0] == nil }.map { "-" + $0 }
                + new.keys.filter { old[$0] != nil && old[$0] != new[$0] }.map { "~" + $0 }
            if !changes.isEmpty { lines.append("\(name): " + changes.sorted().joined(separator: " ")) }
        }
        section("board", board, new.board)
        table("lines", self.lines, new.lines)
        table("buttons", buttons, new.buttons)
        table("lamps", lamps, new.lamps)
        table("doors", doors, new.doors)
        table("phone_book", phoneBook, new.phoneBook)
        table("accounts", accounts, new.accounts)
        section("answering", answering, new.answering)
        section("trust", trust, new.trust)
        section("sip", sip, new.sip, note: sip.port == new.sip.port ? "" : "; the port takes effect after a restart")
        section("sound", sound, new.sound, note: soundNeedsRestart(new) ? "; card, ports and filters take effect after a restart" : "")
        section("calls", calls, new.calls)
        section("drop", drop, new.drop, note: "; takes effect after a restart")
        section("control", control, new.control, note: "; takes effect after a restart")
        section("log", log, new.log)
        return lines
    }

    private func soundNeedsRestart(_ new: HouseConfiguration) -> Bool {
        var same = new.sound
        same.codecs = sound.codecs
        return same != sound
    }
}
