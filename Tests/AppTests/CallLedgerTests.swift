import Base
import Intercom
import Media
import Telephony
import Testing

@testable import App

@Suite("Exactly one terminal event for every call")
struct CallLedgerTests {
    private let call = CallID.outgoing(1)
    private let start = Instant()

    private func ledger(hasSound: Bool) -> CallLedger {
        var ledger = CallLedger()
        ledger.start(call, peer: "sip:a@b", at: start)
        if hasSound { ledger.soundOpened(call, encryption: nil) }
        return ledger
    }

    private func figures(_ packets: UInt32) -> LegStatistics {
        var figures = LegStatistics()
        figures.packetsReceived = packets
        return figures
    }

    private func packets(_ event: HouseEvent?) -> HouseEvent.Value? {
        event?.values.first { $0.name == "packets_received" }?.value
    }

    @Test("A call without sound ends with its end")
    func silent() {
        var ledger = ledger(hasSound: false)
        #expect(ledger.ended(call, CallEnd(.busy, status: 486), at: start)?.name == "call-ended")
        #expect(ledger.openCalls == 0)
        #expect(ledger.nextDeadline == nil)
    }

    @Test("A call with sound waits for the last figures")
    func figuresLast() {
        var ledger = ledger(hasSound: true)
        #expect(ledger.statistics(call, figures(10), final: false, at: start) == nil)
        #expect(ledger.ended(call, CallEnd(.remoteHangUp), at: start) == nil)
        #expect(ledger.statistics(call, figures(11), final: false, at: start) == nil)
        let event = ledger.statistics(call, figures(12), final: true, at: start + .milliseconds(20))
        #expect(packets(event) == .number(12))
        #expect(ledger.statistics(call, figures(13), final: true, at: start) == nil)
        #expect(ledger.ended(call, CallEnd(.failed), at: start) == nil)
    }

    @Test("The last figures may come before the end")
    func figuresFirst() {
        var ledger = ledger(hasSound: true)
        #expect(ledger.statistics(call, figures(12), final: true, at: start) == nil)
        let event = ledger.ended(call, CallEnd(.remoteHangUp), at: start)
        #expect(packets(event) == .number(12))
    }

    @Test("An audio thread that says nothing is not waited for longer than a quarter of a second")
    func impatience() throws {
        var ledger = ledger(hasSound: true)
        _ = ledger.statistics(call, figures(7), final: false, at: start)
        #expect(ledger.ended(call, CallEnd(.remoteHangUp), at: start) == nil)
        let deadline = try #require(ledger.nextDeadline)
        #expect(ledger.wake(at: deadline - .milliseconds(1)).isEmpty)
        let events = ledger.wake(at: deadline)
        #expect(events.count == 1)
        #expect(packets(events.first) == .number(7))
        #expect(ledger.wake(at: deadline + .seconds(1)).isEmpty)
    }

    @Test("Talking time counts from the first answer, loss is a share of what was expected, and nothing is infinite")
    func values() throws {
        var ledger = ledger(hasSound: true)
        ledger.answered(call, at: start + .seconds(2))
        ledger.answered(call, at: start + .seconds(3))
        var figures = figures(75)
        figures.packetsLost = 25
        figures.jitter = .infinity
        figures.meanOpinionScore = .nan
        _ = ledger.statistics(call, figures, final: true, at: start)
        let ended = ledger.ended(call, CallEnd(.remoteHangUp), at: start + .seconds(12))
        let event = try #require(ended)
        let values = Dictionary(uniqueKeysWithValues: event.values.map { ($0.name, $0.value) })
        #expect(values["seconds"] == .number(10))
        #expect(values["loss_percent"] == .number(25))
        #expect(values["jitter_ms"] == .number(0) && values["mos"] == .number(0))
        #expect(values["reason"] == .text("remote-hang-up") && values["answered"] == .flag(true))
    }
}
