import Foundation
import Rig

/// A board in an emulator with a real phone outside: a press on a GPIO line, sound through a sound card, a relay, a killed daemon.
///
/// `run` is the story that `make hil` tells.
final class Board {
    private static let card = "plughw:CARD=Loopback,DEV=1,SUBDEV=0"
    let story: Story
    private let scratch: Scratch
    let shared: String
    private let visitor: WAV
    private let resident: WAV
    var guest: Guest
    let phone: Baresip

    /// Keeps logs and recordings in the folder `shared`, which the guest shares and which may hold files already.
    init(_ story: Story, shared: String, boot: () throws -> Guest) throws {
        self.story = story
        self.shared = shared
        scratch = try Scratch("hil")
        story.title("A board in an emulator, a phone outside of it")
        visitor = try Speech.of(.visitor, atLeast: 120)
        resident = try Speech.of(.resident, atLeast: 60)
        try visitor.write(to: shared + "/visitor.wav")
        try resident.write(to: scratch.file("resident.wav"))
        guest = try boot()
        story.tell(
            "The board is on: \(guest.kernel), its lines are \(Guest.Line.allCases.map(\.rawValue).joined(separator: ", ")).")
        var options = Baresip.Options(microphone: scratch.file("resident.wav"))
        options.answersItself = false
        options.address = Guest.hostAddress
        options.codecs = "PCMA/8000/1,PCMU/8000/1"
        phone = try Baresip(folder: scratch.file("phone"), options: options)
        story.tell("The phone is on: baresip at \(phone.uri).")
    }

    func run() throws {
        try findsItsWay()
        try Rig.write(Door.house(phone: phone.uri, drop: Self.disk + "/drop"), to: shared + "/house.toml")
        let door = try open("door-1")
        try visitorCalls(door)
        try kill(door)
        let second = try open("door-2")
        try callsAgain(second)
        try namesWrongWiring()
        try findsNoRoom(second)
        try becomesAnEntrance(second)
        story.title("It is switched off")
        let code = try guest.run("kill -TERM \(second.pid); wait \(second.pid)").code
        story.check("portierd ended in peace", code == 0, code == 0 ? "" : "exit code \(code)")
        phone.stop()
        story.check("the board switched itself off", try guest.powerOff() == 0)
    }

    private func open(_ name: String) throws -> Door {
        let start = Clock.now
        let door = try Door(guest, name: name)
        story.tell("The door station is on, \(decimal((Clock.now - start) * 1_000, 0)) ms after it was started.")
        for line in [Guest.Line.light, .strike] {
            story.check("\(line.rawValue) is inactive at the start", try !guest.isHigh(line))
        }
        return door
    }

    /// A visitor's finger: down until the phone rings.
    func press() throws {
        phone.forget()
        try guest.pull(.bell, up: true)
        try phone.event("CALL_INCOMING", within: 10)
        try guest.pull(.bell, up: false)
    }

    func visitorCalls(_ door: Door) throws {
        story.title("A visitor presses the bell")
        _ = try guest.start("aplay -q -D \(Self.card) /run/host/visitor.wav", output: "/run/host/aplay.log")
        try press()
        story.check("a pulse on \(Guest.Line.bell.rawValue) rings the phone", true)
        try door.event("call-ringing")
        let changes = try blinks(for: 3)
        story.check("the lamp's line blinks while it rings", changes >= 3, "\(changes) changes in 3 s")

        try phone.accept()
        try door.event("call-answered")
        // Only what is heard in the call shall be on the tape.
        let tape = "arecord -q -D \(Self.card) -t wav -f S16_LE -r 8000 -c 1 /run/heard.wav"
        let recorder = try guest.start(tape, output: "/run/host/arecord.log")
        story.tell("They talk.")
        Clock.pause(8)
        try guest.perform("kill -INT \(recorder); wait \(recorder); cp /run/heard.wav /run/host/door-heard.wav")

        try enterCode("the code moves \(Guest.Line.strike.rawValue)")
        story.check("and it falls back after its time", guest.comes(.strike, high: false, within: 6))
        try phone.hangUp()
        let ended = try door.event("call-ended")
        let dark = guest.comes(.light, high: false, within: 5)
        story.check("the lamp's line is dark after the call", dark)
        try judge(ended)
    }

    private func openInCall(_ door: Door, _ what: String) throws {
        try press()
        try phone.accept()
        try door.event("call-answered")
        try enterCode(what)
    }

    private func enterCode(_ what: String) throws {
        try phone.send(keys: "4711#")
        story.check(what, guest.comes(.strike, high: true, within: 5))
    }

    /// How often the lamp's line changes.
    private func blinks(for seconds: Double) throws -> Int {
        let end = Clock.now + seconds
        var (changes, last) = (0, try guest.isHigh(.light))
        while Clock.now < end {
            let now = try guest.isHigh(.light)
            if now != last { changes += 1 }
            last = now
            Clock.pause(0.02)
        }
        return changes
    }

    private func judge(_ ended: Door.Event) throws {
        func hearing(_ correlation: Correlation) -> String {
            "correlation \(decimal(correlation.value)), \(correlation.found) of \(correlation.windows) seconds"
        }
        let tape = try WAV(path: shared + "/door-heard.wav")
        guard let heard = phone.heard.first?.sound else { throw RigError("the phone recorded nothing") }
        let there = Correlation(of: heard, with: visitor)
        let here = Correlation(of: tape, with: resident)
        let itself = Correlation(of: heard, with: resident)
        story.check("the phone heard what went into the card", there.isHeard, hearing(there))
        story.check("what came out of the card was the phone's", here.isHeard, hearing(here))
        story.check("the phone did not hear itself", !itself.isHeard, hearing(itself))
        let figures = ["packets_sent", "packets_received", "loss_percent", "jitter_ms", "mos"]
        story.tell(figures.map { "\($0) \(decimal(ended.number($0) ?? -1))" }.joined(separator: ", "))
    }

    /// In the middle of a call with the relay pulled.
    private func kill(_ door: Door) throws {
        story.title("portierd is killed while the door is open")
        try openInCall(door, "the code moves \(Guest.Line.strike.rawValue) again")
        // In one line of shell, so that the relay's own time cannot be what ends it.
        let line = "cat /run/STRIKE/value; kill -9 \(door.pid); wait \(door.pid); cat /run/STRIKE/value /run/LIGHT/value"
        // The shell has something to say of its own when a program is killed.
        let levels = try guest.perform(line).split(separator: "\n").map(String.init).filter { $0 == "0" || $0 == "1" }
        story.check("the relay's line was active when it was killed", levels.first == "1", levels.joined(separator: " "))
        story.check("kill -9 leaves the relay's line inactive, and the lamp's", levels.dropFirst() == ["0", "0"])
        try phone.hangUp()
    }

    private func callsAgain(_ door: Door) throws {
        story.title("portierd runs again")
        try openInCall(door, "after the restart a press calls, and the code opens")
        try phone.hangUp()
        try door.event("call-ended")
        let rest = guest.comes(.strike, high: false, within: 6)
        story.check("the relay's line is at rest again", rest)
    }
}
