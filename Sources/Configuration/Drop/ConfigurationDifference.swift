/// What is different between two configurations, by section and name; short enough to be read at a glance.
public struct ConfigurationDifference: Sendable, Equatable, CustomStringConvertible {
    public struct Section: Sendable, Equatable {
        public var name: String
        /// Names of what came, went, or is otherwise; sorted. All empty for a section without names that is otherwise.
        public var added: [String] = []
        public var removed: [String] = []
        public var changed: [String] = []
    }

    /// Only those with a difference, in the order of the configuration.
    public private(set) var sections: [Section] = []

    public init(from old: HouseConfiguration, to new: HouseConfiguration) {
        compare("board", old.board, new.board)
        compare("lines", old.lines, new.lines)
        compare("buttons", old.buttons, new.buttons)
        compare("chords", old.chords, new.chords)
        compare("lamps", old.lamps, new.lamps)
        compare("doors", old.doors, new.doors)
        compare("outputs", old.outputs, new.outputs)
        compare("contacts", old.contacts, new.contacts)
        compare("alarms", old.alarms, new.alarms)
        compare("phone_book", old.phoneBook, new.phoneBook)
        compare("accounts", old.accounts, new.accounts)
        compare("callers", old.callers, new.callers)
        compare("answering", old.answering, new.answering)
        compare("trust", old.trust, new.trust)
        compare("sip", old.sip, new.sip)
        compare("sound", old.sound, new.sound)
        compare("calls", old.calls, new.calls)
        compare("drop", old.drop, new.drop)
        compare("control", old.control, new.control)
        compare("log", old.log, new.log)
    }

    private mutating func compare<Value: Equatable>(_ name: String, _ old: Value, _ new: Value) {
        if old != new { sections.append(Section(name: name)) }
    }

    private mutating func compare<Value: Equatable>(_ name: String, _ old: [String: Value], _ new: [String: Value]) {
        var section = Section(name: name)
        section.added = new.keys.filter { old[$0] == nil }.sorted()
        section.removed = old.keys.filter { new[$0] == nil }.sorted()
        section.changed = old.keys.filter { new[$0] != nil && new[$0] != old[$0] }.sorted()
        if old != new { sections.append(section) }
    }

    public var isEmpty: Bool { sections.isEmpty }

    /// Such as `accounts: +pbx; lamps: ~bell -old; sound`.
    public var description: String {
        isEmpty ? "nothing" : sections.map(\.description).joined(separator: "; ")
    }
}

extension ConfigurationDifference.Section: CustomStringConvertible {
    public var description: String {
        let names = added.map { "+" + $0 } + changed.map { "~" + $0 } + removed.map { "-" + $0 }
        return names.isEmpty ? name : "\(name): \(names.joined(separator: " "))"
    }
}
