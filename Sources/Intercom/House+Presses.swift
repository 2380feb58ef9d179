import Base
import Configuration

extension House {
    mutating func edge(_ line: String, _ active: Bool, at time: Instant, _ now: Instant, _ effects: inout [Effect]) {
        for name in buttons.keys.sorted() where buttons[name]?.settings.line == line {
            for kind in buttons[name]?.edge(isDown: active, at: time) ?? [] {
                pressed(name, kind, isCommand: false, at: now, &effects)
            }
        }
    }

    /// One press is one attempt; a second press of the same button ends it.
    mutating func pressed(_ name: String, _ kind: PressKind, isCommand: Bool, at now: Instant, _ effects: inout [Effect]) {
        guard let button = configuration.buttons[name] else {
            effects.append(.refuse("there is no button \"\(name)\""))
            return
        }
        effects.publish("pressed", ["button": .text(name), "kind": .text(kind.rawValue)])
        switch kind == .short ? button.short : button.long {
        case .hangUp?:
            finish(&effects)
        case .call(let target)?:
            effects.append(.chime(.key))
            pressedToCall(target, button: name, at: now, &effects)
        case nil:
            if isCommand { effects.append(.refuse("a \(kind.rawValue) press of \"\(name)\" does nothing")) }
        }
    }

    private mutating func pressedToCall(
        _ target: HouseConfiguration.Target, button: String, at now: Instant, _ effects: inout [Effect]
    ) {
        guard let conversation else {
            start(target, button: button, at: now, &effects)
            return
        }
        switch conversation.stage {
        case .ringingHere:
            self.conversation?.button = button
            answerCaller(at: now, &effects)
        case _ where conversation.button == button:
            finish(&effects)
        case .waiting, .hunting:
            // Nobody answered yet: the visitor means somebody else.
            finish(&effects)
            start(target, button: button, at: now, &effects)
        case .answering, .talking:
            // Others talk: who presses now hears and sees that it is busy, and they go on.
            effects.append(.chime(.wrong))
            signal = Signal(kind: .busy, button: button, until: now + configuration.calls.signalTime)
        }
    }
}

extension [Effect] {
    /// Publishes an event; the values stand in the order that they are written in.
    mutating func publish(_ name: String, _ values: KeyValuePairs<String, HouseEvent.Value>) {
        append(.publish(HouseEvent(name, values.map { HouseEvent.Field($0.key, $0.value) })))
    }
}
