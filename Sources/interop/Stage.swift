import Foundation
import Rig

/// A scenario's own folder, door and peers; all of them are ended with it.
final class Stage {
    let scratch: Scratch
    let speech: SpeechFiles
    private(set) var doors: [Portierd] = []
    private var phones: [Baresip] = []
    private var peers: [SIPp] = []
    var linphones: [Linphone] = []

    /// What the scenarios of the suite have in common, if anything.
    let venue: Venue?

    init(_ speech: SpeechFiles, at venue: Venue? = nil) throws {
        self.speech = speech
        self.venue = venue
        scratch = try Scratch("interop")
    }

    func clear() {
        for phone in phones { phone.stop() }
        for phone in linphones { phone.stop() }
        for peer in peers { peer.stop() }
        for door in doors { door.stop() }
    }

    /// Keeps the logs of what failed, for who looks into it.
    func keep(as name: String) {
        clear()
        let folder =
            FileManager.default.currentDirectoryPath + "/.build/interop-failed/" + name.replacingOccurrences(of: "/", with: " ")
        try? FileManager.default.removeItem(atPath: folder)
        try? FileManager.default.createDirectory(
            atPath: (folder as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try? FileManager.default.copyItem(atPath: scratch.path, toPath: folder)
    }

    /// A phone that answers by itself, unless changed.
    func phone(_ change: (inout Baresip.Options) -> Void = { _ in }) throws -> Baresip {
        var options = Baresip.Options(microphone: speech.residentFile)
        change(&options)
        let phone = try Baresip(folder: scratch.file("phone-\(phones.count + 1)"), options: options)
        phones.append(phone)
        return phone
    }

    /// A door whose bell calls the given targets, and that answers them by itself.
    func door(calling targets: [String] = [], _ change: (inout House) -> Void = { _ in }) throws -> Portierd {
        var house = try House()
        let number = doors.count + 1
        house.phoneBook = [("phone", targets.isEmpty ? ["sip:phone@127.0.0.1:9"] : targets)]
        house.automatic = ["phone"]
        house.microphone = speech.visitorFile
        house.loudspeaker = scratch.file("door-\(number).wav")
        change(&house)
        let door = try Portierd(house, folder: scratch.file("door-\(number)"))
        doors.append(door)
        return door
    }

    /// A door that answers every caller of the loopback network by itself.
    func openDoor(_ change: (inout House) -> Void = { _ in }) throws -> Portierd {
        try door { house in
            house.trusted = ["127.0.0.0/8"]
            house.automatic = ["*@*"]
            change(&house)
        }
    }

    /// SIPp as a phone that is called.
    func called(_ scenario: String, keys: [String: String] = [:], seconds: Int = 20) throws -> SIPp {
        let peer = try SIPp(scenario, keys: keys, seconds: seconds, in: scratch)
        peers.append(peer)
        return peer
    }

    /// SIPp as a caller of the door.
    func caller(_ scenario: String, of door: Portierd, seconds: Int = 20) throws -> SIPp {
        let peer = try SIPp(scenario, calling: ("127.0.0.1", door.house.sipPort), seconds: seconds, in: scratch)
        peers.append(peer)
        return peer
    }
}

// MARK: - Expectations

/// Says what was expected when it is not so.
func expect(_ isTrue: Bool, _ what: @autoclosure () throws -> String) throws {
    guard isTrue else { throw RigError(try what()) }
}

extension Stage {
    /// The call's terminal event, which has to be the only one and to give this reason.
    @discardableResult
    func end(of door: Portierd, because reasons: String..., within seconds: Double = 5) throws -> EventStream.Event {
        let ended = try door.events.next("call-ended", within: seconds)
        let reason = ended["reason"]?.string ?? "none"
        try expect(reasons.contains(reason), "the call ended as \(reason), expected \(reasons.joined(separator: " or "))")
        return ended
    }

    /// That nothing is left of any call: no call, no lit lamp, no pulled relay.
    func expectRest(_ door: Portierd) throws {
        // The lamp may still tell the visitor that it was busy.
        let rest = Clock.poll(within: 8, every: 0.05) { () -> Bool? in
            guard let state = try? door.tool.state() else { return nil }
            return state["calls"]?.array?.isEmpty == true && state["active_lines"]?.array?.isEmpty == true ? true : nil
        }
        try expect(rest == true, "the door did not come to rest")
    }

    /// Stops the door and searches what it played in that time for what the resident says.
    func doorHeard(_ door: Portierd, from start: EventStream.Event, to end: EventStream.Event) throws -> Correlation {
        guard let origin = door.soundOrigin else { throw RigError("the door recorded nothing") }
        try expect(door.stop() == 0, "portierd did not end in peace")
        return Correlation(
            of: try WAV(path: door.house.loudspeaker)[start.time - origin..<end.time - origin], with: speech.resident)
    }

    /// The call goes on for so long and the phone hangs up: nothing may be left of it, and each must have heard the other.
    func talk(
        _ door: Portierd, _ phone: Baresip, since answered: EventStream.Event, for seconds: Double = 5
    ) throws -> String {
        Clock.pause(seconds)
        try phone.hangUp()
        let ended = try end(of: door, because: "remote-hang-up", within: 8)
        try expectRest(door)
        return try expectSpeech(door, phone, from: answered, to: ended)
    }

    /// Stops both and proves by their recordings that each side heard the other in the phone's last call.
    func expectSpeech(
        _ door: Portierd, _ phone: Baresip, from answered: EventStream.Event, to ended: EventStream.Event
    ) throws -> String {
        guard let origin = door.soundOrigin else { throw RigError("the door recorded nothing") }
        try expect(door.stop() == 0, "portierd did not end in peace")
        phone.stop()
        guard let heard = phone.heard.last else { throw RigError("the phone recorded nothing") }
        let sound = CallSound(
            visitor: speech.visitor, resident: speech.resident, phone: heard, phoneSpoken: phone.spoken.last,
            door: try WAV(path: door.house.loudspeaker), doorOrigin: origin, interval: answered.time..<ended.time)
        let (there, here) = (sound.phoneHeardVisitor, sound.doorHeardResident)
        try expect(there.isHeard, "the phone did not hear the door (\(there.found) of \(there.windows) s)")
        try expect(here.isHeard, "the door did not hear the phone (\(here.found) of \(here.windows) s)")
        try expect(!sound.phoneHeardItself.isHeard, "the phone heard itself")
        return "heard \(decimal(there.value)) there, \(decimal(here.value)) here; MOS \(decimal(ended["mos"]?.double ?? 0))"
    }
}
