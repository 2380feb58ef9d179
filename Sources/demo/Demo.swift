import Foundation
import Rig

/// The story that `make demo` tells, and the checks of what remains of it.
final class Demo {
    let story: Story
    private let output: String
    private let scratch: Scratch
    private let visitor: WAV
    private let resident: WAV
    let phone: Baresip
    let door: Portierd
    var calls: [DemoCall] = []

    init(_ story: Story, output: String) throws {
        self.story = story
        self.output = output
        try? FileManager.default.removeItem(atPath: output)
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        scratch = try Scratch("demo")

        story.title("Portier: a door station and a phone")
        visitor = try Speech.of(.visitor, atLeast: 60)
        resident = try Speech.of(.resident, atLeast: 60)
        try visitor.write(to: output + "/visitor-says.wav")
        try resident.write(to: output + "/resident-says.wav")
        story.tell("A visitor and a resident know what to say (\(output)/…-says.wav).")

        var options = Baresip.Options(microphone: output + "/resident-says.wav")
        options.answersItself = false
        phone = try Baresip(folder: scratch.file("phone"), options: options)
        story.tell("The phone is on: baresip at \(phone.uri).")

        var house = try House()
        house.phoneBook = [("phone", [phone.uri])]
        house.automatic = ["phone"]
        house.microphone = output + "/visitor-says.wav"
        house.loudspeaker = output + "/door-heard-all.wav"
        door = try Portierd(house, folder: scratch.file("door")) { event in Narrator.tell(event, story) }
        story.tell("The door station is on: portierd at \(house.uri), lines simulated, files for a sound card.")
    }

    func run() throws {
        try visitorCalls()
        try phoneCalls()
        story.title("It is switched off")
        let origin = door.soundOrigin
        phone.stop()
        let code = door.stop()
        story.check("portierd ended in peace", code == 0, code == 0 ? "" : "exit code \(code.map(String.init) ?? "none")")
        try judge(doorOrigin: origin)
    }

    private func visitorCalls() throws {
        story.title("A visitor presses the bell")
        try door.tool.press("bell")
        story.check("the press is an event", door.events.comes("pressed", within: 2))
        try phone.event("CALL_INCOMING")
        story.tell("The phone rings.")
        try door.events.next("call-ringing")
        let lights = watchLamp(for: 1.5)
        story.tell("The lamp: \(String(lights.map { $0 ? "●" : "○" }))")
        story.check("the lamp blinks while the phone rings", lights.contains(true) && lights.contains(false))

        try phone.accept()
        story.tell("The resident picks up.")
        let answered = try door.events.next("call-answered")
        story.tell("They talk.")
        Clock.pause(4.5)
        story.tell("The resident presses 4 7 1 1 # on the phone.")
        try phone.send(keys: "4711#")
        let opened = door.events.comes("door-released", within: 5)
        story.check("the key code opens the door", opened)
        story.check("the relay is pulled", try door.tool.activeLines().contains("strike"))
        let closed = Clock.poll(within: 3, every: 0.05) { try? door.tool.activeLines().contains("strike") ? nil : true }
        story.check("and let go after its second", closed == true)
        try phone.hangUp()
        story.tell("The resident hangs up.")
        try finish("visitor to phone", answered)
    }

    private func phoneCalls() throws {
        story.title("The phone calls the door")
        try phone.dial(door.house.uri)
        try phone.event("CALL_ESTABLISHED")
        let answered = try door.events.next("call-answered")
        story.check("the door answers by itself", answered["automatic"]?.bool == true)
        Clock.pause(1.5)
        try dropFiles()
        let calls = try door.tool.state()["calls"]?.array?.count
        story.check("the call goes on meanwhile", calls == 1)
        story.tell("The resident presses the new code, 0 8 1 5 #.")
        try phone.send(keys: "0815#")
        story.check("the new key code opens the door", door.events.comes("door-released", within: 5))
        Clock.pause(3)
        try door.tool.run("hangup")
        story.tell("The door hangs up.")
        try phone.event("CALL_CLOSED")
        try finish("phone to door", answered)
    }

    /// One right and one wrong configuration, uploaded while people talk.
    private func dropFiles() throws {
        var house = door.house
        house.codes = ["0815#"]
        let text = house.text(socket: door.folder + "/socket", drop: door.folder + "/drop")
        story.tell("A new configuration is uploaded: another key code.")
        let good = try door.drop(text, as: "new-code.toml")
        story.tell("\(good.name): \(Narrator.brief(good.text))")
        story.check("a right file is applied", good.name.hasSuffix(".applied"))

        story.tell("Another one is uploaded, with a slip of the pen.")
        let bad = try door.drop(text.replacingOccurrences(of: "ulse = \"1s\"", with: "uls = \"1s\""), as: "slip.toml")
        story.tell("\(bad.name): \(Narrator.brief(bad.text))")
        story.check("a wrong file is rejected, with its line", bad.name.hasSuffix(".rejected") && bad.text.contains("slip.toml:"))
    }

    private func finish(_ name: String, _ answered: EventStream.Event) throws {
        let ended = try door.events.next("call-ended")
        calls.append(DemoCall(name: name, answered: answered, ended: ended))
        story.check("one terminal event tells the end", !door.events.comes("call-ended", within: 0.5))
        let rest = Clock.poll(within: 3, every: 0.05) { (try? door.tool.activeLines())?.isEmpty == true ? true : nil }
        story.check("lamp and relay are at rest", rest == true)
    }

    private func watchLamp(for seconds: Double) -> [Bool] {
        let end = Clock.now + seconds
        var lights: [Bool] = []
        while Clock.now < end {
            if let lamp = try? door.tool.lamp("bell") { lights.append(lamp.isLit) }
            Clock.pause(0.05)
        }
        return lights
    }

    private func judge(doorOrigin: Double?) throws {
        let doorTape = try WAV(path: door.house.loudspeaker)
        let (heard, spoken) = (phone.heard, phone.spoken)
        guard let doorOrigin, heard.count == calls.count else {
            return story.fail("recordings of both calls (\(heard.count) of \(calls.count))")
        }
        for (index, call) in calls.enumerated() {
            let interval = call.answered.time..<call.ended.time
            let sound = CallSound(
                visitor: visitor, resident: resident, phone: heard[index],
                phoneSpoken: index < spoken.count ? spoken[index] : nil, door: doorTape, doorOrigin: doorOrigin,
                interval: interval)
            let part = interval.lowerBound - doorOrigin..<interval.upperBound - doorOrigin
            try doorTape[part].write(to: "\(output)/call-\(index + 1)-door-heard.wav")
            try heard[index].sound.write(to: "\(output)/call-\(index + 1)-phone-heard.wav")
            call.judge(sound, story)
        }
        story.title("Listen yourself: \(output)/call-…-heard.wav")
    }
}
