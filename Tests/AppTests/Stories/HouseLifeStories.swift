import Base
import Configuration
import Intercom
import JSON
import Media
import Simulator
import Testing

@Suite("The life of a house: registration, new configurations, faults, the end")
struct HouseLifeStories {
    private static let account = """
        [accounts.pbx]
        address = "sip:door@pbx.example"
        registrar = "sip:pbx.example"
        password = "hunter2-hunter2"

        [phone_book.office]
        targets = ["sip:201@pbx.example"]
        account = "pbx"

        """

    /// A house whose bell calls by an account.
    private func withAccount(starts: Bool = true) throws -> (Street, SimulatedRegistrar) {
        let text = Street.configuration(["short = { call = \"flat\" }": "short = { call = \"office\" }"], adding: Self.account)
        let street = try Street(text, starts: false)
        let registrar = SimulatedRegistrar(on: street.network, at: Street.pbxAddress)
        registrar.policy.passwords = ["door": "hunter2-hunter2"]
        registrar.otherwise = { peer, item in
            if item.message.summary == "INVITE" { peer.respond(to: item, 200, "OK", sdp: ScriptedSDP.audio(Street.atticSound)) }
            if item.message.method == "BYE" { peer.respond(to: item, 200, "OK") }
        }
        if starts { street.house.start() }
        return (street, registrar)
    }

    @Test("A press before the registration waits for it, and then goes")
    func pressedEarly() throws {
        let (street, registrar) = try withAccount(starts: false)
        registrar.faults = [.status(503, fields: ["Retry-After: 5"])]
        street.house.start()
        street.advance(.milliseconds(500))
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(!registrar.peer.summaries.contains("INVITE"))
        #expect(street.house.events("call-waiting").count == 1)
        street.advance(.seconds(6))
        #expect(registrar.peer.summaries.contains("INVITE"))
        #expect(street.house.voice.plan.legs.count == 1)
    }

    @Test("A press without a registration is refused, heard and seen")
    func neverRegistered() throws {
        let (street, registrar) = try withAccount(starts: false)
        street.network.detach(registrar.peer.address)
        street.house.start()
        street.house.press("bell")
        street.advance(.seconds(14))
        #expect(street.house.events("call-refused").count == 1)
        #expect(street.house.voice.plan.localTone == .refused || street.house.voice.plan.localTone == .busy)
        street.advance(.seconds(600))
        #expect(street.house.voice.plan.localTone == nil)
        #expect(street.house.lamp("light", over: .seconds(10)).contains("2900"))
    }

    @Test("For a week the house stays registered and its memory of calls stays small")
    func week() throws {
        let (street, registrar) = try withAccount()
        for _ in 0..<(7 * 24) {
            street.house.press("bell")
            street.advance(.seconds(30))
            street.house.press("bell")
            street.advance(.seconds(3_570))
            #expect(registrar.isRegistered("sip:door@pbx.example"))
        }
        #expect(street.endings == Array(repeating: "local-hang-up", count: 7 * 24))
        #expect(registrar.violations.isEmpty)
        #expect(street.house.state["calls"]?.array?.count ?? 0 == 0)
    }

    @Test("A good configuration dropped during a call changes the house and not the call")
    func goodDrop() throws {
        let (street, registrar) = try withAccount()
        street.advance(.seconds(2))
        street.house.press("bell")
        street.advance(.seconds(2))
        let before = registrar.peer.summaries.count
        let leg = street.house.voice.plan.legs
        let text = Street.configuration(["codes = [\"4711#\"]": "codes = [\"0815#\"]"], adding: Self.account)
        #expect(street.house.drop(text).isApplied)
        street.advance(.seconds(10))
        #expect(registrar.peer.summaries.count == before)
        #expect(street.house.voice.plan.legs == leg)
        #expect(street.endings.isEmpty)
        street.house.hearsKeys("0815#", in: .outgoing(1))
        #expect(street.house.isActive("strike"))
        // The bell calls the flat from now on.
        street.house.press("bell")
        street.advance(.seconds(2))
        street.kitchen.behave(.neverAnswers, sound: Street.kitchenSound)
        street.house.press("bell")
        street.advance(.seconds(2))
        #expect(street.kitchen.summaries == ["INVITE"])
    }

    @Test("A bad configuration is rejected with its place, and changes nothing")
    func badDrop() throws {
        let street = try Street()
        let call = street.talking()
        let text = Street.configuration(
            ["line = \"light\"\n\n[doors": "line = \"lihgt\"\n\n[doors"], adding: "[calls]\nring_time = 30\n")
        guard case .rejected(let error) = street.house.drop(text, name: "new.toml") else {
            Issue.record("taken")
            return
        }
        #expect(error.problems.count == 2)
        #expect("\(error)".contains("new.toml:"))
        #expect(street.house.events("configuration-refused").count == 1)
        street.house.hearsKeys("4711#", in: call)
        #expect(street.house.isActive("strike"))
        #expect(street.endings.isEmpty)
    }

    @Test("Without room on the disk a good configuration is refused, told and shown; with room it is taken")
    func dropWithoutRoom() throws {
        let street = try Street()
        let text = Street.configuration(["codes = [\"4711#\"]": "codes = [\"0815#\"]"])
        guard case .failed(let reasons) = street.house.drop(text, room: text.utf8.count) else {
            Issue.record("taken")
            return
        }
        #expect(reasons.count == 1 && reasons.first?.hasPrefix("no room on the disk") == true)
        #expect(street.house.events("configuration-refused").count == 1)
        #expect(street.house.state["faults"] == ["configuration", "storage"])
        let call = street.talking()
        street.house.hearsKeys("0815#", in: call)
        #expect(!street.house.isActive("strike"))
        street.house.hearsKeys("4711#", in: call)
        #expect(street.house.isActive("strike"))
        #expect(street.house.drop(text, room: text.utf8.count + 1 << 20).isApplied)
        #expect(street.house.state["faults"]?.array?.contains("configuration") == false)
    }

    @Test("An empty file is what a power cut left of one: it is refused, told and shown, and the house stays what it was")
    func dropEmpty() throws {
        let street = try Street()
        guard case .failed(let reasons) = street.house.drop("") else {
            Issue.record("taken")
            return
        }
        #expect(reasons.count == 1 && reasons.first?.hasPrefix("it is empty") == true)
        #expect(street.house.events("configuration-refused").count == 1)
        #expect(street.house.state["faults"] == ["configuration"])
        let call = street.talking()
        street.house.hearsKeys("4711#", in: call)
        #expect(street.house.isActive("strike"))
    }

    @Test("New lines take the place of the old ones while a call goes on, and outputs start at rest")
    func newLines() throws {
        let street = try Street()
        _ = street.talking()
        #expect(street.house.isActive("light"))
        let text = Street.configuration(["contact = {": "handle = {", "line = \"contact\" }": "line = \"handle\" }"])
        #expect(street.house.drop(text).isApplied)
        street.advance(.seconds(1))
        #expect(street.endings.isEmpty && street.house.voice.plan.legs.count == 1)
        #expect(street.house.isActive("light"))
        street.house.press("bell")
        street.advance(.seconds(1))
        #expect(street.endings == ["local-hang-up"])
    }

    @Test("Without a sound card calls still signal, the lamp shows a fault, and events say so")
    func lostCard() throws {
        let street = try Street()
        street.house.card("Device or resource busy")
        street.advance(.seconds(10))
        #expect(street.house.events("sound-card-lost").count == 1)
        #expect(street.house.lamp("light", over: .seconds(10)).contains("2900"))
        let call = street.talking()
        #expect(street.house.voice.leg(of: call) != nil)
        street.house.press("bell")
        street.advance(.seconds(1))
        street.house.card(nil)
        street.advance(.seconds(5))
        #expect(street.house.events("sound-card-open").count == 1)
        #expect(street.house.lamp("light", over: .seconds(4)) == "off")
    }

    @Test("Told to stop, the house hangs up, unregisters and brings lamp and relay to rest")
    func stop() throws {
        let (street, registrar) = try withAccount()
        street.advance(.seconds(2))
        street.house.press("bell")
        street.advance(.seconds(2))
        street.house.hearsKeys("4711#", in: .outgoing(1))
        #expect(street.house.isActive("strike") && street.house.isActive("light"))
        street.house.stop()
        street.advance(.seconds(2))
        #expect(street.house.isStopped)
        #expect(registrar.peer.summaries.contains("BYE"))
        #expect(!registrar.isRegistered("sip:door@pbx.example"))
        street.house.close()
        #expect(street.house.lines.changes(of: "strike").last?.active == false)
        #expect(street.house.lines.changes(of: "light").last?.active == false)
        #expect(street.endings.count == 1)
    }

    @Test("The password is in no event, state or log")
    func secrets() throws {
        let (street, _) = try withAccount()
        street.advance(.seconds(700))
        #expect(street.house.log.contains("regist"))
        for text in [street.house.log, "\(street.house.events)", "\(street.house.state)"] { #expect(!text.contains("hunter2")) }
    }

    @Test("Whatever happens for hours, every call ends exactly once and all comes to rest", arguments: UInt64(1)...6)
    func chaos(seed: UInt64) throws {
        let street = try Street(
            Street.configuration(Street.together, adding: "[answering]\nautomatic = [\"attic\"]\n"), seed: seed)
        street.network.conditions = .init(delay: .milliseconds(20), jitter: .milliseconds(60), loss: 0.1, duplication: 0.05)
        var random = RandomSource(seed: seed)
        for round in 0..<200 {
            switch Int.random(in: 0..<9, using: &random) {
            case 0...2: street.house.press("bell", for: .milliseconds(Int.random(in: 5...400, using: &random)))
            case 3: street.house.press("second")
            case 4:
                street.kitchen.behave(
                    .answers(after: .milliseconds(Int.random(in: 0...8_000, using: &random))), sound: Street.kitchenSound)
            case 5:
                street.attic.behave(
                    .refuses([404, 480, 486, 500, 503, 603].randomElement(using: &random) ?? 486), sound: Street.atticSound)
            case 6: street.attic.behave(.answers(after: .seconds(1)), sound: Street.atticSound)
            case 7:
                _ = street.kitchenCalls(
                    callID: "chaos-\(round)", from: Bool.random(using: &random) ? street.kitchen : street.attic)
            default: street.house.hearsKeys("4711#", in: .outgoing(UInt32.random(in: 1...20, using: &random)))
            }
            street.advance(.milliseconds(Int.random(in: 1...15_000, using: &random)))
        }
        street.kitchen.behave(.neverAnswers, sound: Street.kitchenSound)
        street.attic.behave(.neverAnswers, sound: Street.atticSound)
        street.advance(.seconds(900))
        let started = street.house.events("call-started")
        let ended = street.house.events("call-ended").compactMap { $0["call"]?.string }
        #expect(ended.count == Set(ended).count)
        #expect(Set(started.compactMap { $0["call"]?.string }).subtracting(ended) == [])
        #expect(ended.count > 30 && started.count > 30)
        #expect(street.house.voice.plan.legs.isEmpty && street.house.voice.plan.localTone == nil)
        #expect(!street.house.isActive("strike") && !street.house.isActive("light"))
    }
}
