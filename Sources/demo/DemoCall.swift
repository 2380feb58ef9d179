import Rig

/// One call of the story, with what the door told of it.
struct DemoCall {
    var name: String
    var answered: EventStream.Event
    var ended: EventStream.Event

    /// Prints and checks what was heard and measured.
    func judge(_ sound: CallSound, _ story: Story) {
        func number(_ name: String) -> Double { ended[name]?.double ?? -1 }
        func hearing(_ correlation: Correlation) -> String {
            "correlation \(decimal(correlation.value)), \(correlation.found) of \(correlation.windows) seconds"
        }
        func delay(_ seconds: Double?) -> String { seconds.map { "\(decimal($0 * 1_000, 0)) ms" } ?? "unknown" }
        func isSound(_ delay: Double?) -> Bool { delay.map { $0 > 0 && $0 < 0.4 } ?? false }

        story.title("Judgement: \(name)")
        story.check("the phone heard the visitor", sound.phoneHeardVisitor.isHeard, hearing(sound.phoneHeardVisitor))
        story.check("the door heard the resident", sound.doorHeardResident.isHeard, hearing(sound.doorHeardResident))
        story.check("the phone did not hear itself", !sound.phoneHeardItself.isHeard, hearing(sound.phoneHeardItself))
        story.check(
            "delay from mouth to ear under 400 ms", isSound(sound.delayToPhone) && isSound(sound.delayToDoor),
            "to the phone \(delay(sound.delayToPhone)), to the door \(delay(sound.delayToDoor))")
        story.check(
            "packets", number("packets_sent") > 0 && number("packets_received") > 0,
            "\(Int(number("packets_sent"))) sent, \(Int(number("packets_received"))) received")
        story.check(
            "loss at most 1 %", (0...1).contains(number("loss_percent")),
            "\(decimal(number("loss_percent"))) %, jitter \(decimal(number("jitter_ms"))) ms")
        story.check("mean opinion score at least 4", number("mos") >= 4, decimal(number("mos")))
        story.check(
            "the terminal event", ended["reason"]?.string?.isEmpty == false,
            "\(ended["call"]?.string ?? "?") ended: \(ended["reason"]?.string ?? "?"), after \(decimal(number("seconds"), 1)) s")
    }
}
