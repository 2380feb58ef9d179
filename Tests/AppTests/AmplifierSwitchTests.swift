import Base
import Intercom
import Simulator
import Testing

@testable import App

@Suite("The loudspeaker's amplifier")
struct AmplifierSwitchTests {
    private let start = Instant()
    private let call = CallID.outgoing(1)

    /// What comes out until nothing is left to be done, with the time of each in milliseconds.
    private func run(_ amplifier: inout AmplifierSwitch, from now: Instant, for time: Duration) -> [(
        Int64, AmplifierSwitch.Output
    )] {
        var told: [(Int64, AmplifierSwitch.Output)] = []
        while let deadline = amplifier.nextDeadline, deadline <= now + time {
            let milliseconds = (deadline - start) / .milliseconds(1)
            told += amplifier.wake(at: deadline).map { (Int64(milliseconds), $0) }
        }
        return told
    }

    @Test("It goes on at once, what is heard follows in order when it is up, and it goes off after a rest")
    func chime() {
        var amplifier = AmplifierSwitch()
        #expect(amplifier.handle(.chime(.chime), at: start) == [.amplifier(true)])
        #expect(amplifier.handle(.tone(.ringBack), at: start + .milliseconds(20)) == [])
        #expect(amplifier.handle(.tone(nil), at: start + .milliseconds(30)) == [])
        let told = run(&amplifier, from: start, for: .seconds(10))
        #expect(told.map(\.0) == [50, 50, 50, 3_050])
        #expect(told.map(\.1) == [.play(.chime(.chime)), .play(.tone(.ringBack)), .play(.tone(nil)), .amplifier(false)])
        #expect(amplifier.nextDeadline == nil)
    }

    @Test("It stays on as long as somebody is heard or a tone sounds, and what comes meanwhile is played at once")
    func talking() {
        var amplifier = AmplifierSwitch()
        #expect(amplifier.handle(.connect(call, true), at: start) == [.amplifier(true)])
        #expect(run(&amplifier, from: start, for: .seconds(600)).map(\.1) == [.play(.connect(call, true))])
        let later = start + .seconds(600)
        #expect(amplifier.handle(.tone(.busy), at: later) == [.play(.tone(.busy))])
        #expect(amplifier.handle(.connect(call, false), at: later) == [.play(.connect(call, false))])
        #expect(amplifier.nextDeadline == nil)
        #expect(amplifier.handle(.tone(nil), at: later) == [.play(.tone(nil))])
        // A key's click begins the rest anew.
        #expect(amplifier.handle(.chime(.key), at: later + .seconds(2)) == [.play(.chime(.key))])
        #expect(amplifier.nextDeadline == later + .seconds(5))
        #expect(amplifier.wake(at: later + .seconds(4)) == [])
        #expect(amplifier.wake(at: later + .seconds(5)) == [.amplifier(false)])
    }

    @Test("What is not heard does not switch it")
    func silence() {
        var amplifier = AmplifierSwitch()
        #expect(amplifier.handle(.tone(nil), at: start) == [.play(.tone(nil))])
        #expect(amplifier.handle(.connect(call, false), at: start) == [.play(.connect(call, false))])
        #expect(amplifier == AmplifierSwitch())
    }
}

@Suite("The loudspeaker's amplifier in the whole daemon")
struct AmplifierStories {
    @Test("A press switches it on before anything is heard; it stays on while they talk, and goes off when all is quiet")
    func call() throws {
        let strike = "strike = { direction = \"output\", line = \"strike\" }"
        let house = Street.configuration(
            [strike: strike + "\namplifier = { direction = \"output\", line = \"amplifier\" }"],
            adding: "[sound]\namplifier = \"amplifier\"\n")
        let street = try Street(house)
        street.kitchen.behave(.answers(after: .seconds(5)), sound: Street.kitchenSound)
        #expect(!street.house.isActive("amplifier"))
        street.house.press("bell")
        for _ in 0..<300 where !street.house.isActive("amplifier") { street.advance(.milliseconds(10)) }
        #expect(street.house.isActive("amplifier"))
        #expect(street.house.voice.plan.localTone == nil && street.house.voice.plan.localChime == nil)
        street.advance(AmplifierSwitch.lead + .milliseconds(10))
        #expect(street.house.voice.plan.localTone != nil || street.house.voice.plan.localChime != nil)

        street.advance(.seconds(10))
        #expect(street.house.voice.leg(of: .outgoing(1))?.receives == true)
        #expect(street.house.lines.changes(of: "amplifier").map(\.active) == [true])
        try #require(street.kitchen.answeredCall()).request("BYE")
        street.advance(.seconds(10))
        #expect(street.house.lines.changes(of: "amplifier").map(\.active) == [true, false])
        #expect(street.endings == ["remote-hang-up"])
    }
}
