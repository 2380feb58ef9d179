import Base
import Configuration

extension House {
    mutating func wakeButtons(at now: Instant, _ effects: inout [Effect]) {
        take(buttons.wake(at: now), at: now, &effects)
    }

    mutating func take(_ presses: [ButtonPanel.Press], at now: Instant, _ effects: inout [Effect]) {
        for press in presses {
            switch press {
            case .button(let name, let kind): pressed(name, kind, isCommand: false, at: now, &effects)
            case .chord(let name): chordPressed(name, at: now, &effects)
            }
        }
    }

    /// One press is one attempt; a second press of the same button ends it.
    mutating func pressed(_ name: String, _ kind: PressKind, isCommand: Bool, at now: Instant, _ effects: inout [Effect]) {
        guard let button = configuration.buttons[name] else {
            effects.append(.refuse("there is no button \"\(name)\""))
            return
        }
        lastPresses[name] = kind
        effects.publish("pressed", ["button": .text(name), "kind": .text(kind.rawValue)])
        let action =
            switch kind {
            case .short: button.short
            case .double: button.double
            case .long: button.long
            }
        if let action {
            act(action, by: .button(name), at: now, &effects)
        } else if isCommand {
            effects.append(.refuse("a \(kind.rawValue) press of \"\(name)\" does nothing"))
        }
    }

    mutating func chordPressed(_ name: String, at now: Instant, _ effects: inout [Effect]) {
        guard let chord = configuration.chords[name] else {
            effects.append(.refuse("there is no chord \"\(name)\""))
            return
        }
        effects.publish("chord-pressed", ["chord": .text(name)])
        act(chord.action, by: .chord(name), at: now, &effects)
    }

    private mutating func act(
        _ action: HouseConfiguration.Action, by asker: Conversation.Asker, at now: Instant, _ effects: inout [Effect]
    ) {
        switch action {
        case .hangUp:
            finish(&effects)
        case .call(let target):
            effects.append(.chime(.key))
            pressedToCall(target, by: asker, at: now, &effects)
        case .open(let door):
            operate(.door(door), by: Operator(asker), at: now, &effects)
        case .output(let output):
            operate(.output(output), by: Operator(asker), at: now, &effects)
        }
    }

    private mutating func pressedToCall(
        _ target: HouseConfiguration.Target, by asker: Conversation.Asker, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let conversation else {
            start(target, by: asker, at: now, &effects)
            return
        }
        switch conversation.stage {
        case .ringingHere:
            self.conversation?.asker = asker
            answerCaller(at: now, &effects)
        case _ where conversation.asker == asker:
            finish(&effects)
        case .waiting, .hunting:
            // Nobody answered yet: the visitor means somebody else.
            finish(&effects)
            start(target, by: asker, at: now, &effects)
        case .answering, .talking:
            // Others talk: who presses now hears and sees that it is busy, and they go on.
            effects.append(.chime(.wrong))
            signal = Signal(kind: .busy, button: asker.button, until: now + configuration.calls.signalTime)
        }
    }
}

extension [Effect] {
    /// Publishes an event; the values stand in the order that they are written in.
    mutating func publish(_ name: String, _ values: KeyValuePairs<String, HouseEvent.Value>) {
        append(.publish(HouseEvent(name, values.map { HouseEvent.Field($0.key, $0.value) })))
    }
}
