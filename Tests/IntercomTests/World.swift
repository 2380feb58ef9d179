import Base
import Configuration

@testable import Intercom

/// A house under test: presses, calls and time go in; what it did is kept in words.
struct World {
    private(set) var house: House
    private(set) var now = Instant()
    private(set) var log: [Effect] = []
    /// What the outputs are.
    private(set) var active: Set<String> = []
    private(set) var tone: HouseTone?
    private(set) var connected: Set<CallID> = []

    init(_ configuration: HouseConfiguration = .villa) {
        house = House(configuration: configuration, at: now)
        settleDue()
    }

    // MARK: What happens

    @discardableResult
    mutating func tell(_ event: Event) -> [Effect] {
        let effects = house.handle(event, at: now)
        take(effects)
        settleDue()
        return effects
    }

    /// Several things that are handled in one go, before any deadline that has come.
    mutating func tellAtOnce(_ events: [Event]) {
        for event in events { take(house.handle(event, at: now)) }
        settleDue()
    }

    /// Presses and lets go, with 60 ms in between; what it led to, all in all.
    @discardableResult
    mutating func press(_ line: String = "bell", for duration: Duration = .milliseconds(60)) -> [Effect] {
        let start = log.count
        tell(.edge(line: line, active: true))
        advance(by: duration)
        tell(.edge(line: line, active: false))
        advance(by: .milliseconds(30))
        return Array(log[start...])
    }

    mutating func advance(by duration: Duration) {
        let end = now + duration
        while let deadline = house.nextDeadline, deadline <= end {
            now = max(now, deadline)
            take(house.wake(at: now))
        }
        now = end
    }

    mutating func key(_ keys: String, call: CallID) {
        for key in keys { tell(.digit(call, key)) }
    }

    private mutating func settleDue() {
        while let deadline = house.nextDeadline, deadline <= now { take(house.wake(at: now)) }
    }

    private mutating func take(_ effects: [Effect]) {
        log += effects
        for effect in effects {
            switch effect {
            case .setLine(let line, let level):
                let isActive = level > 0
                precondition(active.contains(line) != isActive, "told again what a line is already")
                if isActive { active.insert(line) } else { active.remove(line) }
            case .tone(let new):
                precondition(new != tone, "told again what the tone is already")
                tone = new
            case .connectSound(let call, let isConnected):
                precondition(connected.contains(call) != isConnected, "told again what is heard already")
                if isConnected { connected.insert(call) } else { connected.remove(call) }
            default: break
            }
        }
    }

    // MARK: What came of it

    func shows(_ lamp: String) -> String? { house.snapshot(at: now).lamps.first { $0.name == lamp }?.shows }

    /// The calls that were placed, in order.
    var placed: [CallID] {
        log.compactMap { if case .placeCall(let call, _, _, _) = $0 { call } else { nil } }
    }

    func events(_ name: String) -> [HouseEvent] {
        log.compactMap { if case .publish(let event) = $0, event.name == name { event } else { nil } }
    }

    func count(_ effect: Effect) -> Int { log.count { $0 == effect } }
}

extension [Effect] {
    /// The effects on calls only, in their order.
    var onCalls: [Effect] {
        filter {
            switch $0 {
            case .placeCall, .ring, .answer, .reject, .forbid, .hangUp, .hold, .resume, .sendDigits, .transfer: true
            default: false
            }
        }
    }
}

extension HouseEvent {
    func value(_ name: String) -> Value? { values.first { $0.name == name }?.value }
}

extension HouseConfiguration {
    /// A villa: a bell with a lamp and a door; a family with two phones, a janitor, and a concierge behind a PBX.
    static var villa: HouseConfiguration {
        var house = HouseConfiguration()
        for name in ["bell", "second"] { house.lines[name] = Line(direction: .input, place: .name(name)) }
        for name in ["light", "second-light", "strike", "gate"] {
            house.lines[name] = Line(direction: .output, place: .name(name))
        }

        var bell = Button(line: "bell")
        bell.short = .call(.entry("janitor"))
        bell.lamp = "bell"
        house.buttons["bell"] = bell
        var second = Button(line: "second")
        second.short = .call(.entry("family"))
        second.long = .hangUp
        second.lamp = "second"
        house.buttons["second"] = second

        house.lamps["bell"] = Lamp(line: "light")
        house.lamps["second"] = Lamp(line: "second-light")

        var front = Door(line: "strike")
        front.codes = [Secret("4711#")]
        house.doors["front"] = front

        house.phoneBook["janitor"] = PhoneBookEntry(targets: ["sip:janitor@10.0.0.30"])
        var family = PhoneBookEntry(targets: ["sip:201@10.0.0.20", "sip:202@10.0.0.21"])
        family.order = .together
        house.phoneBook["family"] = family
        var concierge = PhoneBookEntry(targets: ["sip:1@pbx.example"])
        concierge.account = "pbx"
        house.phoneBook["concierge"] = concierge
        var pbx = Account(address: "sip:door@pbx.example")
        pbx.registrar = "sip:pbx.example"
        house.accounts["pbx"] = pbx

        house.answering.automatic = [.entry("family"), .address(user: "operator", host: nil)]
        return house
    }
}

extension Caller {
    static let stranger = Caller(address: "someone@192.0.2.7")
    static let family = Caller(address: "202@10.0.0.21")
}
