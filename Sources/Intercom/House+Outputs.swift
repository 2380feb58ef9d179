import Base
import Configuration

/// What an output is: the lock of a door, or one of its own.
enum OutputName: Sendable, Hashable, Comparable {
    case door(String)
    case output(String)

    var text: String {
        switch self {
        case .door(let name), .output(let name): name
        }
    }
    /// Its kind, as events and messages name it.
    var kind: String { if case .door = self { "door" } else { "output" } }
}

/// Who operates an output.
enum Operator: Sendable, Equatable {
    case code(CallID)
    case button(String)
    case chord(String)
    case contact(String)
    case tool

    init(_ asker: Conversation.Asker) {
        switch asker {
        case .button(let name): self = .button(name)
        case .chord(let name): self = .chord(name)
        }
    }

    var fields: [HouseEvent.Field] {
        switch self {
        case .code(let call): [.init("by", .text("code")), .init("call", .text(call.description))]
        case .button(let name): [.init("by", .text("button")), .init("button", .text(name))]
        case .chord(let name): [.init("by", .text("chord")), .init("chord", .text(name))]
        case .contact(let name): [.init("by", .text("contact")), .init("contact", .text(name))]
        case .tool: [.init("by", .text("tool"))]
        }
    }
}

extension House {
    /// Operates an output as its mode says, unless an interlock forbids it; whether it did.
    @discardableResult
    mutating func operate(
        _ name: OutputName, by user: Operator, at now: Instant, since: Instant? = nil, _ effects: inout [Effect]
    ) -> Bool {
        guard let output = outputs[name] else { return false }
        // Who wants to go out does not lock the door by it.
        let isExit = if case .contact = user { true } else { false }
        if output.settings.mode == .latch, output.isLatched, !isExit {
            outputs[name]?.rest(at: now)
            return true
        }
        guard isFree(name, for: user, at: now, &effects) else { return false }
        switch (output.settings.mode, holder(user)) {
        case (.latch, _): if isExit { outputs[name]?.pulse(at: now) } else { outputs[name]?.latch() }
        case (.hold, let holder?): outputs[name]?.hold(by: holder, at: now)
        case (.pulse, _), (.hold, nil): outputs[name]?.pulse(at: now)
        }
        tellActive(name, by: user, at: since ?? now, &effects)
        return true
    }

    /// Does with an output what the tool says, whatever its mode if it allows it.
    mutating func command(_ command: OutputCommand, _ text: String, at now: Instant, _ effects: inout [Effect]) {
        let name = OutputName.output(text)
        guard let output = outputs[name] else {
            effects.append(.refuse("there is no output \"\(text)\""))
            return
        }
        guard command != .off else {
            outputs[name]?.rest(at: now)
            return
        }
        guard command == .pulse || output.settings.mode != .pulse else {
            effects.append(.refuse("output \"\(text)\" has the mode \"pulse\"; expected pulse or off"))
            return
        }
        guard isFree(name, for: .tool, at: now, &effects) else {
            effects.append(.refuse("output \"\(text)\" is interlocked"))
            return
        }
        switch (command, output.settings.mode) {
        case (.on, .latch): outputs[name]?.latch()
        case (.on, _): outputs[name]?.hold(by: .tool, at: now)
        default: outputs[name]?.pulse(at: now)
        }
        tellActive(name, by: .tool, at: now, &effects)
    }

    /// Opens a door for the tool.
    mutating func open(_ door: String, at now: Instant, _ effects: inout [Effect]) {
        guard doors[door] != nil else {
            effects.append(.refuse("there is no door \"\(door)\""))
            return
        }
        if !operate(.door(door), by: .tool, at: now, &effects) { effects.append(.refuse("door \"\(door)\" is interlocked")) }
    }

    private mutating func tellActive(_ name: OutputName, by user: Operator, at now: Instant, _ effects: inout [Effect]) {
        if case .door(let door) = name { doors[door]?.release(at: now) }
        let event = name.kind == "door" ? "door-released" : "output-on"
        effects.append(.publish(HouseEvent(event, [.init(name.kind, .text(name.text))] + user.fields)))
    }

    /// Who asks for as long as something lasts; a code, or a press that is over, does not.
    private func holder(_ user: Operator) -> Output.Holder? {
        switch user {
        case .code, .chord, .tool: nil
        case .button(let name): isDown(button: name) ? .button(name) : nil
        case .contact(let name): contacts[name]?.isActive ?? false ? .contact(name) : nil
        }
    }

    private func isDown(button: String) -> Bool { buttons.buttons[button]?.isDown ?? false }
}

// MARK: - Interlock

extension House {
    /// Whether no interlock stands against it; told otherwise.
    private func isFree(_ name: OutputName, for user: Operator, at now: Instant, _ effects: inout [Effect]) -> Bool {
        guard let other = obstacle(to: name, at: now) else { return true }
        let fields: [HouseEvent.Field] = [.init(name.kind, .text(name.text)), .init("other", .text(other.text))]
        effects.append(.publish(HouseEvent("\(name.kind)-interlocked", fields + user.fields)))
        return false
    }

    /// What is active or open and may not be so beside it.
    private func obstacle(to name: OutputName, at now: Instant) -> OutputName? {
        interlocks[name, default: []].sorted().first { other in
            if outputs[other]?.isActive(at: now) ?? false { return true }
            if case .door(let door) = other { return doors[door]?.watch.isOpen ?? false }
            return false
        }
    }

    /// Each with all that it may not be active beside; both ways, whichever of them says so.
    static func interlocks(_ configuration: HouseConfiguration) -> [OutputName: Set<OutputName>] {
        var interlocks: [OutputName: Set<OutputName>] = [:]
        func add(_ name: OutputName, _ others: [OutputName]) {
            for other in others where other != name {
                interlocks[name, default: []].insert(other)
                interlocks[other, default: []].insert(name)
            }
        }
        for (name, door) in configuration.doors { add(.door(name), door.lock.interlock.map { .door($0) }) }
        for (name, output) in configuration.outputs { add(.output(name), output.interlock.map { .output($0) }) }
        return interlocks
    }

    /// Brings to rest what stands against an interlock: a door was opened without us, or the configuration is new.
    private mutating func enforceInterlocks(at now: Instant) {
        let conflicts = outputs.keys.filter { outputs[$0]?.isActive(at: now) == true && obstacle(to: $0, at: now) != nil }
        for name in conflicts { outputs[name]?.rest(at: now) }
    }
}

// MARK: - Beginning, settling

extension House {
    /// Sets up locks and outputs; those that are the same on the same line keep their state, all others are at rest.
    mutating func furnishOutputs(old: HouseConfiguration, at now: Instant, _ effects: inout [Effect]) {
        let others = configuration.otherLines(than: old)
        var new: [OutputName: Output] = [:]
        for (name, door) in configuration.doors { new[.door(name)] = Output(door.lock) }
        for (name, output) in configuration.outputs { new[.output(name)] = Output(output) }
        for (name, before) in outputs {
            guard let settings = new[name]?.settings, settings.line == before.settings.line,
                settings.mode == before.settings.mode, !others.contains(settings.line)
            else {
                outputs[name]?.rest(at: now)
                continue
            }
            new[name] = before
            new[name]?.settings = settings
        }
        settleOutputs(at: now, &effects)
        outputs = new
        interlocks = Self.interlocks(configuration)
    }

    /// Tells what outputs became since the last time.
    mutating func settleOutputs(at now: Instant, _ effects: inout [Effect]) {
        let (buttons, contacts) = (buttons.buttons, contacts)
        for name in outputs.keys {
            outputs[name]?.letGo(at: now) { holder in
                switch holder {
                case .button(let name): buttons[name]?.isDown ?? false
                case .contact(let name): contacts[name]?.isActive ?? false
                case .tool: true
                }
            }
        }
        enforceInterlocks(at: now)
        for name in outputs.keys.sorted() {
            if case .door(let door) = name, outputs[name]?.isLatched == true { doors[door]?.watch.excuse(at: now) }
            guard case .atRest(let time)? = outputs[name]?.settle(at: now) ?? nil else { continue }
            if case .door(let door) = name { lock(door, at: time) }
            effects.publish(name.kind == "door" ? "door-locked" : "output-off", [name.kind: .text(name.text)])
        }
    }
}
