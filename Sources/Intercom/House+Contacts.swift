import Base
import Configuration

extension House {
    mutating func take(_ changes: [ContactPanel.Change], at now: Instant, _ effects: inout [Effect]) {
        for change in changes {
            guard let settings = contacts[change.name]?.settings else { continue }
            let name = change.name
            switch settings.kind {
            case .door: doorChanged(settings.door ?? "", at: change.time, isFirst: change.isFirst, now, &effects)
            case .tamper:
                effects.publish(change.isActive ? "tampered" : "tamper-ended", ["contact": .text(name)])
                if change.isActive { alarm("\(name) was tampered with", at: now, &effects) }
            case .exit:
                // Held since before the start it asks for nothing, as a button that is down.
                if !change.isFirst || !settings.releases { exit(name, settings, change, now, &effects) }
            case .motion:
                effects.publish(change.isActive ? "motion" : "motion-ended", ["contact": .text(name)])
            }
        }
    }

    private mutating func exit(
        _ name: String, _ settings: HouseConfiguration.Contact, _ change: ContactPanel.Change, _ now: Instant,
        _ effects: inout [Effect]
    ) {
        guard let door = settings.door, doors[door] != nil else { return }
        guard change.isActive else {
            if !settings.releases { lock(door, at: change.time) }
            return
        }
        effects.publish("exit-requested", ["contact": .text(name), "door": .text(door)])
        if settings.releases {
            operate(.door(door), by: .contact(name), at: now, since: change.time, &effects)
        } else {
            doors[door]?.release(at: change.time)
        }
    }

    /// From that time on only the shunt time is left, unless something else still allows to open the door.
    mutating func lock(_ door: String, at time: Instant) {
        let asks = contacts.contacts.values.contains { contact in
            contact.settings.kind == .exit && !contact.settings.releases && contact.settings.door == door && contact.isActive
        }
        guard !asks, outputs[.door(door)]?.isActive(at: time) != true else { return }
        doors[door]?.watch.lock(at: time)
    }

    /// One of the door's contacts changed. A door with two wings is open while one of them is.
    private mutating func doorChanged(_ name: String, at time: Instant, isFirst: Bool, _ now: Instant, _ effects: inout [Effect])
    {
        guard let door = doors[name] else { return }
        let isOpen = contacts.contacts.values.contains { $0.settings.kind == .door && $0.settings.door == name && $0.isActive }
        guard isOpen != door.watch.isOpen else { return }
        effects.publish(isOpen ? "door-opened" : "door-closed", ["door": .text(name)])
        guard isOpen else {
            doors[name]?.watch.close()
            return
        }
        if isFirst {
            // It was open before we were there: nobody can say how.
            doors[name]?.watch.begin(isOpen: true, at: time)
        } else if doors[name]?.open(at: time) ?? false {
            effects.publish("door-forced", ["door": .text(name)])
            alarm("door \(name) was forced", at: now, &effects)
        }
        if door.settings.relocksOnOpen { outputs[.door(name)]?.rest(at: now) }
    }

    /// `nil` for a door without a contact, or one that was not read yet.
    func isOpen(door name: String) -> Bool? {
        let known = contacts.contacts.values.contains {
            $0.settings.kind == .door && $0.settings.door == name && $0.isKnown
        }
        return known ? doors[name]?.watch.isOpen : nil
    }

    var doorDeadline: Instant? {
        doors.reduce(nil) { deadline, door in
            let isLatched = outputs[.door(door.key)]?.isLatched ?? false
            return earliest(
                deadline, door.value.watch.nextDeadline(limit: door.value.settings.openTooLong, isLatched: isLatched))
        }
    }

    mutating func wakeDoors(at now: Instant, _ effects: inout [Effect]) {
        for name in doors.keys.sorted() {
            let (limit, isLatched) = (doors[name]?.settings.openTooLong, outputs[.door(name)]?.isLatched ?? false)
            guard doors[name]?.watch.wake(at: now, limit: limit, isLatched: isLatched) ?? false else { continue }
            effects.publish("door-open-too-long", ["door": .text(name), "seconds": .number((limit ?? .zero).inSeconds)])
            alarm("door \(name) is open too long", at: now, &effects)
        }
    }

    /// How long an alarm that comes again is not texted again: a contact that somebody plays with must not flood a phone.
    private static let textPause = Duration.seconds(60)

    /// Sends the text to whom the configuration wants told.
    private mutating func alarm(_ text: String, at now: Instant, _ effects: inout [Effect]) {
        guard let entry = configuration.alarms.message else { return }
        textedAlarms = textedAlarms.filter { now < $0.value + Self.textPause }
        guard textedAlarms[text] == nil else { return }
        textedAlarms[text] = now
        message(entry, text, &effects)
    }

    /// What is not as it should be at the door.
    var alarms: [HouseSnapshot.Alarm] {
        let tampered = contacts.contacts.filter { $0.value.settings.kind == .tamper && $0.value.isActive }.keys
        let forced = doors.filter { $0.value.watch.isForced }.keys
        let tooLong = doors.filter { $0.value.watch.isOpenTooLong }.keys
        return tampered.sorted().map { .init(kind: "tampered", name: $0) }
            + forced.sorted().map { .init(kind: "door-forced", name: $0) }
            + tooLong.sorted().map { .init(kind: "door-open-too-long", name: $0) }
    }

    /// Sets up contacts; those that are the same on the same line keep their state.
    mutating func furnishContacts(old: HouseConfiguration) {
        let before = contacts
        contacts = ContactPanel(configuration)
        let others = configuration.otherLines(than: old)
        contacts.keep(from: before) { !others.contains($0) }
    }

    /// New contacts are what their lines were last, and doors what their contacts are. Lines that were opened anew are told later.
    mutating func readContacts(at now: Instant, _ effects: inout [Effect]) {
        for (line, isActive) in inputs.sorted(by: { $0.key < $1.key }) where contacts.isUnknown(line) {
            take(contacts.begin(line, isActive: isActive, at: now), at: now, &effects)
        }
        for name in doors.keys.sorted() { doorChanged(name, at: now, isFirst: true, now, &effects) }
    }
}
