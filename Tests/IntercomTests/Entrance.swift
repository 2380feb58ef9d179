import Base
import Configuration

@testable import Intercom

extension HouseConfiguration {
    /// An entrance of two doors that are never open together, each with a contact; a button inside, a handle, a tamper switch, a
    /// motion sensor; a light, a gong and a gate. Every line is named as what is on it.
    static var entrance: HouseConfiguration {
        var house = HouseConfiguration()
        for name in ["outer contact", "inner contact", "wing contact", "exit", "handle", "cover", "sensor", "switch", "way out"] {
            house.lines[name] = Line(direction: .input, place: .name(name))
        }
        for name in ["lamp", "outer strike", "inner strike", "light", "gong", "gate"] {
            house.lines[name] = Line(direction: .output, place: .name(name))
        }

        for name in ["outer", "inner"] {
            var door = Door(line: "\(name) strike")
            door.codes = [Secret(name == "outer" ? "11#" : "22#")]
            door.openTooLong = .seconds(30)
            house.doors[name] = door
            house.contacts["\(name) contact"] = contact("\(name) contact", .door, door: name)
        }
        house.doors["inner"]?.lock.interlock = ["outer"]
        house.contacts["exit"] = contact("exit", .exit, door: "outer")
        house.contacts["handle"] = contact("handle", .exit, door: "inner")
        house.contacts["handle"]?.releases = false
        house.contacts["cover"] = contact("cover", .tamper)
        house.contacts["sensor"] = contact("sensor", .motion)

        house.outputs["light"] = Output(line: "light")
        house.outputs["light"]?.mode = .latch
        house.outputs["gong"] = Output(line: "gong")
        house.outputs["gate"] = Output(line: "gate")
        house.outputs["gate"]?.mode = .hold
        house.buttons["switch"] = Button(line: "switch")
        house.buttons["switch"]?.short = .output("light")
        house.buttons["way out"] = Button(line: "way out")
        house.buttons["way out"]?.short = .open(door: "outer")

        house.lamps["lamp"] = Lamp(line: "lamp")
        house.phoneBook["guard"] = PhoneBookEntry(targets: ["sip:guard@10.0.0.9"])
        return house
    }

    static func contact(_ line: String, _ kind: Contact.Kind, door: String? = nil) -> Contact {
        var contact = Contact(line: line, kind: kind)
        contact.door = door
        return contact
    }
}

extension World {
    /// The entrance, whose inputs were read and are all inactive but for those named.
    static func entrance(active: Set<String> = [], _ change: (inout HouseConfiguration) -> Void = { _ in }) -> World {
        var configuration = HouseConfiguration.entrance
        change(&configuration)
        var world = World(configuration)
        for (name, line) in configuration.lines.sorted(by: { $0.key < $1.key }) where line.direction == .input {
            world.tell(.level(line: name, active: active.contains(name)))
        }
        return world
    }

    /// An input becomes active or inactive, and stays so beyond its debounce time.
    mutating func turn(_ line: String, on isActive: Bool) {
        tell(.edge(line: line, active: isActive))
        advance(by: .milliseconds(20))
    }

    /// The names of the events from the first one of these names on, without what only tells of calls and keys.
    var story: [String] {
        log.compactMap { effect in
            guard case .publish(let event) = effect else { return nil }
            let value = event.value("door") ?? event.value("output") ?? event.value("contact")
            guard case .text(let name)? = value else { return nil }
            return "\(event.name) \(name)"
        }
    }

    var alarms: [String] { house.snapshot(at: now).alarms.map { "\($0.kind) \($0.name)" } }

    /// The guard rings up and answers, so that codes can be keyed in.
    mutating func talk() -> CallID {
        tell(.call(target: "guard"))
        let call = placed.last ?? .outgoing(0)
        tell(.answered(call))
        return call
    }
}
