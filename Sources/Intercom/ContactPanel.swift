import Base
import Configuration

/// All contacts: edges in, changes out, in the order of their times, however late the edges are handled.
struct ContactPanel: Sendable, Equatable {
    private(set) var contacts: [String: Contact] = [:]

    struct Change: Sendable, Equatable {
        var name: String
        var isActive: Bool
        var time: Instant
        /// The line was never read before: nobody saw it become so.
        var isFirst = false
    }

    init(_ configuration: HouseConfiguration) {
        contacts = configuration.contacts.mapValues { settings in
            Contact(settings, debounce: configuration.lines[settings.line]?.debounce ?? .zero)
        }
    }

    func isUnknown(_ line: String) -> Bool { contacts.values.contains { $0.settings.line == line && !$0.isKnown } }

    subscript(name: String) -> Contact? { contacts[name] }

    /// What goes on in contacts goes on if neither they nor their lines changed.
    mutating func keep(from old: ContactPanel, where isSameLine: (String) -> Bool) {
        for (name, before) in old.contacts {
            guard let now = contacts[name], now.settings == before.settings, isSameLine(now.settings.line) else { continue }
            contacts[name] = before
        }
    }

    /// What a line is, just read. Those whose line was read for the first time are told if they are active.
    mutating func begin(_ line: String, isActive: Bool, at now: Instant) -> [Change] {
        contacts.keys.sorted().filter { contacts[$0]?.settings.line == line }.compactMap { name in
            let isFirst = contacts[name]?.isKnown == false
            guard let isActive = contacts[name]?.begin(isActive: isActive, at: now) ?? nil else { return nil }
            return Change(name: name, isActive: isActive, time: now, isFirst: isFirst)
        }
    }

    mutating func edge(_ line: String, isActive: Bool, at time: Instant, isDebounced: Bool) -> [Change] {
        let changes = wake(at: time)
        for name in contacts.keys where contacts[name]?.settings.line == line {
            contacts[name]?.edge(isActive: isActive, at: time, isDebounced: isDebounced)
        }
        return changes + wake(at: time)
    }

    /// Lets time pass, from one deadline to the next.
    mutating func wake(at now: Instant) -> [Change] {
        var changes: [Change] = []
        while let deadline = nextDeadline, deadline <= now {
            for name in inOrder {
                if let isActive = contacts[name]?.settle(at: deadline) ?? nil {
                    changes.append(Change(name: name, isActive: isActive, time: deadline))
                }
            }
        }
        return changes
    }

    /// Requests to exit come first: who asks and opens at the same time has asked.
    private var inOrder: [String] {
        let names = contacts.keys.sorted()
        return names.filter { contacts[$0]?.settings.kind == .exit } + names.filter { contacts[$0]?.settings.kind != .exit }
    }

    var nextDeadline: Instant? {
        contacts.values.reduce(nil) { earliest($0, $1.nextDeadline) }
    }
}
