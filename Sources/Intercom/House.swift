import Base
import Configuration

/// The house's behaviour as one value: what a press, a call, a key code or a new configuration does.
///
/// There is one conversation at a time. What lamps, relays, the tone and the sound should be follows from the state, and only
/// what differs from before is told (`settle`): so everything is at rest again once nothing goes on, however it ended.
public struct House: Sendable {
    var configuration: HouseConfiguration
    var buttons: ButtonPanel
    /// What each button was last pressed as.
    var lastPresses: [String: PressKind] = [:]
    var lamps: [String: Lamp] = [:]
    var doors: [String: Door] = [:]
    /// The locks of doors, and the outputs of their own.
    var outputs: [OutputName: Output] = [:]
    var interlocks: [OutputName: Set<OutputName>] = [:]
    var contacts = ContactPanel(HouseConfiguration())
    /// Alarms that were sent as texts, and when.
    var textedAlarms: [String: Instant] = [:]
    /// What each input was last, before debouncing.
    var inputs: [String: Bool] = [:]
    var conversation: Conversation?
    var signal: Signal?
    /// Accounts that can carry calls, and those that were said not to.
    var readyAccounts: Set<String> = []
    var failedAccounts: Set<String> = []
    var faults: Set<String> = []
    var nextCall: UInt32 = 1
    private(set) var isStopped = false

    /// What was told last.
    /// Of outputs that are not inactive, in percent.
    private var levels: [String: Int] = [:]
    private var tone: HouseTone?
    private var connected: CallID?
    /// When the outputs were last settled; before the first time, the start.
    private var settledAt: Instant
    private var isSettled = false

    public init(configuration: HouseConfiguration, at now: Instant) {
        self.configuration = configuration
        settledAt = now
        buttons = ButtonPanel(configuration)
        var effects: [Effect] = []
        furnish(old: configuration, at: now, &effects)
    }

    /// Tells what happened; the effects are to be performed in their order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
        guard !isStopped else { return Self.refusalWhenStopped(event) }
        var effects: [Effect] = []
        settleOutputs(at: now, &effects)
        switch event {
        case .edge(let line, let active, let time, let isDebounced):
            let time = min(time ?? now, now)
            take(buttons.edge(line, isDown: active, at: time, isDebounced: isDebounced), at: now, &effects)
            inputs[line] = active
            take(contacts.edge(line, isActive: active, at: time, isDebounced: isDebounced), at: now, &effects)
        case .level(let line, let active):
            buttons.begin(line, isDown: active)
            inputs[line] = active
            take(contacts.begin(line, isActive: active, at: now), at: now, &effects)
        case .linesOpened(let names): linesOpened(names)
        case .lineFound(let line): lineFound(line, at: now)
        case .pressed(let button, let kind): pressed(button, kind, isCommand: true, at: now, &effects)
        case .chordPressed(let chord): chordPressed(chord, at: now, &effects)
        case .incoming(let call, let caller): incoming(call, caller, at: now, &effects)
        case .ringing(let call, let earlyMedia): ringing(call, earlyMedia, &effects)
        case .answered(let call): answered(call, at: now, &effects)
        case .digit(let call, let key, let method): digit(call, key, method, at: now, &effects)
        case .heldByPeer(let call, let isHeld): held(call, byPeer: true, isHeld, &effects)
        case .held(let call, let isHeld): held(call, byPeer: false, isHeld, &effects)
        case .transferred(let call, let peer): transferred(call, peer, &effects)
        case .transferFailed(let call, let reason):
            effects.publish("transfer-failed", ["call": .text(call.description), "reason": .text(reason)])
        case .ended(let call, let outcome): ended(call, outcome, at: now, &effects)
        case .registration(let account, let ready): registration(account, ready, at: now, &effects)
        case .call(let target): call(target, at: now, &effects)
        case .answer(let call): answer(call, at: now, &effects)
        case .hangUp(let call): hangUp(call, &effects)
        case .hold(let call): hold(call, true, &effects)
        case .resume(let call): hold(call, false, &effects)
        case .sendDigits(let call, let digits): sendDigits(call, digits, &effects)
        case .transfer(let call, let target): transfer(call, target, &effects)
        case .message(let target, let text): message(target, text, &effects)
        case .open(let door): open(door, at: now, &effects)
        case .output(let name, let command): self.command(command, name, at: now, &effects)
        case .talkAsked(let call): talkAsked(call, at: now, &effects)
        case .holdAsked(let call): holdAsked(call, &effects)
        case .fault(let name, let isPresent): if isPresent { faults.insert(name) } else { faults.remove(name) }
        case .configured(let configuration): reconfigure(configuration, at: now, &effects)
        case .stop: stop(at: now, &effects)
        }
        settle(at: now, &effects)
        return effects
    }

    /// Lets time pass; call it when `nextDeadline` has come.
    public mutating func wake(at now: Instant) -> [Effect] {
        guard !isStopped else { return [] }
        var effects: [Effect] = []
        settleOutputs(at: now, &effects)
        take(contacts.wake(at: now), at: now, &effects)
        wakeDoors(at: now, &effects)
        wakeButtons(at: now, &effects)
        wakeConversation(at: now, &effects)
        if let signal, signal.until <= now { self.signal = nil }
        settle(at: now, &effects)
        return effects
    }

    public var nextDeadline: Instant? {
        guard !isStopped else { return nil }
        guard isSettled else { return settledAt }
        var deadline = earliest(conversation?.nextDeadline, signal?.until)
        deadline = earliest(deadline, buttons.nextDeadline)
        for lamp in lamps.values { deadline = earliest(deadline, lamp.nextChange(after: settledAt)) }
        for output in outputs.values { deadline = earliest(deadline, output.nextDeadline(after: settledAt)) }
        return earliest(earliest(deadline, contacts.nextDeadline), doorDeadline)
    }
}

// MARK: - Outputs follow from the state

extension House {
    private mutating func settle(at now: Instant, _ effects: inout [Effect]) {
        isSettled = true
        settledAt = now
        settleSound(&effects)
        settleOutputs(at: now, &effects)
        var desired: [String: Int] = [:]
        if !isStopped {
            for name in lamps.keys {
                let state = lampState(name)
                lamps[name]?.show(state, at: now)
                for (line, level) in lamps[name]?.levels(at: now) ?? [] where level > 0 { desired[line] = level }
            }
            for output in outputs.values where output.isActive(at: now) { desired[output.settings.line] = 100 }
        }
        for line in levels.keys.sorted() where desired[line] == nil { effects.append(.setLine(line, level: 0)) }
        for (line, level) in desired.sorted(by: { $0.key < $1.key }) where levels[line] != level {
            effects.append(.setLine(line, level: level))
        }
        levels = desired
    }

    private mutating func settleSound(_ effects: inout [Effect]) {
        if let old = connected, old != conversation?.connected { effects.append(.connectSound(old, false)) }
        if let new = conversation?.connected, new != connected { effects.append(.connectSound(new, true)) }
        connected = conversation?.connected
        let desired = conversation == nil ? signal?.tone : conversation?.tone
        guard desired != tone else { return }
        tone = desired
        effects.append(.tone(desired))
    }

    /// A lamp follows the calls of the buttons that name it; calls of no button, and lamps of no button, are for all.
    private func lampState(_ name: String) -> LampState {
        func concerns(_ button: String?) -> Bool {
            guard let button, let settings = configuration.buttons[button] else { return true }
            return settings.lamp == name || !configuration.buttons.values.contains { $0.lamp == name }
        }
        if let conversation, concerns(conversation.button) { return conversation.lampState }
        if let signal, concerns(signal.button) { return signal.lampState }
        guard alarms.isEmpty else { return .alarm }
        return faults.isEmpty && failedAccounts.isEmpty ? .idle : .fault
    }
}

// MARK: - Beginning, change and end

extension House {
    /// Sets up buttons, lamps, doors, outputs and contacts as configured; what was there under the same name keeps its state.
    private mutating func furnish(old: HouseConfiguration, at now: Instant, _ effects: inout [Effect]) {
        let (oldButtons, oldLamps, oldDoors) = (buttons, lamps, doors)
        buttons = ButtonPanel(configuration)
        buttons.keep(from: oldButtons)
        lastPresses = lastPresses.filter { configuration.buttons[$0.key] != nil }
        lamps = [:]
        for (name, settings) in configuration.lamps {
            lamps[name] = oldLamps[name]?.with(settings) ?? Lamp(settings, at: now)
        }
        doors = [:]
        for (name, settings) in configuration.doors {
            var door = oldDoors[name] ?? Door(settings)
            door.settings = settings
            doors[name] = door
        }
        furnishOutputs(old: old, at: now, &effects)
        furnishContacts(old: old)
    }

    private mutating func reconfigure(_ new: HouseConfiguration, at now: Instant, _ effects: inout [Effect]) {
        let old = configuration
        configuration = new
        linesOpened(new.otherLines(than: old))
        furnish(old: old, at: now, &effects)
        readContacts(at: now, &effects)
        let unchanged = new.accounts.filter { name, account in
            old.accounts[name]?.address == account.address && old.accounts[name]?.registrar == account.registrar
        }
        readyAccounts.formIntersection(unchanged.keys)
        failedAccounts.formIntersection(unchanged.keys)
        resumeWaiting(at: now, &effects)
    }

    private mutating func linesOpened(_ names: Set<String>) {
        for name in names {
            levels[name] = nil
            inputs[name] = nil
            buttons.begin(name, isDown: false)
        }
    }

    /// What was to be opened while its line was missing is not opened now, when nobody is there any more.
    private mutating func lineFound(_ line: String, at now: Instant) {
        levels[line] = nil
        for name in outputs.keys where outputs[name]?.settings.line == line { outputs[name]?.rest(at: now) }
    }

    private mutating func stop(at now: Instant, _ effects: inout [Effect]) {
        finish(&effects)
        signal = nil
        for name in outputs.keys { outputs[name]?.rest(at: now) }
        isStopped = true
    }

    /// Calls that come while the house goes down are refused, commands too; all else is late news.
    private static func refusalWhenStopped(_ event: Event) -> [Effect] {
        switch event {
        case .incoming(let call, _): [.reject(call, busy: false)]
        case .pressed, .chordPressed, .call, .answer, .hangUp, .hold, .resume, .sendDigits, .transfer, .message, .open, .output:
            [.refuse("portierd is stopping")]
        default: []
        }
    }
}

// MARK: - For people

extension House {
    public func snapshot(at now: Instant) -> HouseSnapshot {
        var snapshot = HouseSnapshot()
        snapshot.lamps = lamps.sorted { $0.key < $1.key }.map { name, lamp in
            HouseSnapshot.Lamp(name: name, shows: lamp.shows.rawValue, light: lamp.light(at: now))
        }
        snapshot.buttons = buttons.buttons.sorted { $0.key < $1.key }.map { name, button in
            HouseSnapshot.Button(name: name, isDown: button.isDown, lastPress: lastPresses[name]?.rawValue)
        }
        snapshot.chords = buttons.chords.sorted { $0.key < $1.key }.map { name, chord in
            HouseSnapshot.Chord(name: name, isHeld: chord.heldSince != nil)
        }
        snapshot.doors = doors.sorted { $0.key < $1.key }.map { name, door in
            HouseSnapshot.Door(
                name: name, isReleased: outputs[.door(name)]?.isActive(at: now) ?? false, isOpen: isOpen(door: name),
                wrongCodes: door.wrongCodes, lockedOut: door.lockedOut(at: now))
        }
        snapshot.outputs = outputs.keys.sorted().compactMap { name in
            guard case .output(let text) = name, let output = outputs[name] else { return nil }
            return .init(name: text, mode: output.settings.mode.rawValue, isActive: output.isActive(at: now))
        }
        snapshot.contacts = contacts.contacts.sorted { $0.key < $1.key }.map { name, contact in
            .init(name: name, kind: contact.settings.kind.rawValue, isActive: contact.isKnown ? contact.isActive : nil)
        }
        snapshot.alarms = alarms
        snapshot.calls = conversation?.snapshots ?? []
        snapshot.accounts = configuration.accounts.keys.sorted().map { HouseSnapshot.Account(name: $0, isReady: isReady($0)) }
        snapshot.faults = faults.sorted()
        snapshot.activeLines = levels.keys.sorted()
        return snapshot
    }
}

extension Conversation {
    fileprivate var snapshots: [HouseSnapshot.Call] {
        if case .hunting(let hunt) = stage {
            return hunt.calls.map { call in
                HouseSnapshot.Call(
                    call: call.call, peer: call.uri, state: call.rings ? "ringing" : "calling", isHeldHere: false,
                    isHeldByPeer: false)
            }
        }
        guard let call else { return [] }
        let state =
            switch stage {
            case .ringingHere: "ringing"
            case .answering: "answering"
            default: "talking"
            }
        return [
            HouseSnapshot.Call(call: call, peer: peer, state: state, isHeldHere: isHeldHere, isHeldByPeer: isHeldByPeer)
        ]
    }
}
