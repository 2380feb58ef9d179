import Base
import Intercom
import Media
import SIP
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
        if hasSound { ledger.soundOpened(call, session(.pcma), at: start) }
        return ledger
    }

    private func session(_ codec: Codec, localPort: UInt16 = 4_000) -> MediaSession {
        MediaSession(
            localPort: localPort, remote: SocketAddress(.v4(0x0A00_0002), port: 7_000),
            remoteControl: SocketAddress(.v4(0x0A00_0002), port: 7_001), codec: codec, sendPayloadType: 8, receivePayloadType: 8,
            sendEventPayloadType: nil, receiveEventPayloadType: nil, sends: true, receives: true, packetTime: .milliseconds(20))
    }

    private func subject(_ callID: String) throws -> QualityReport.Subject {
        QualityReport.Subject(
            account: nil, callID: callID, localTag: "a", remoteTag: "b", local: try URI("sip:door@10.0.0.1"),
            remote: try URI("sip:kitchen@10.0.0.2"), isOriginator: true, address: .v4(0x0A00_0001))
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

    @Test("Nobody is told of a call that is not to be observed; of another, once, when its last figures came")
    func observed() throws {
        for isObserved in [false, true] {
            var ledger = ledger(hasSound: true)
            if isObserved { ledger.observe(call, as: try subject("x"), at: start + .seconds(1)) }
            _ = ledger.statistics(call, figures(7), final: false, at: start + .seconds(2))
            _ = ledger.ended(call, CallEnd(.remoteHangUp), at: start + .seconds(3))
            #expect(ledger.takeObservations().isEmpty)
            _ = ledger.statistics(call, figures(9), final: true, at: start + .seconds(4))
            let told = ledger.takeObservations()
            #expect(told.map(\.figures.packetsReceived) == (isObserved ? [9] : []))
            #expect(told.allSatisfy { $0.isFinal && $0.start == start + .seconds(1) && $0.stop == start + .seconds(3) })
            #expect(ledger.takeObservations().isEmpty)
        }
    }

    @Test("A codec that changes is told of while the call goes on, and not for ever; another peer is another dialog")
    func segments() throws {
        var ledger = ledger(hasSound: true)
        ledger.observe(call, as: try subject("x"), at: start)
        ledger.soundOpened(call, session(.pcma), at: start + .seconds(1))
        #expect(ledger.takeObservations().isEmpty)
        for change in 0..<20 { ledger.soundOpened(call, session(change % 2 == 0 ? .opus : .pcma), at: start + .seconds(2)) }
        let changes = ledger.takeObservations()
        #expect(changes.count == 8 && changes.allSatisfy { !$0.isFinal && $0.start == start })
        #expect(changes.prefix(2).map(\.session.codec) == [.pcma, .opus])
        ledger.soundOpened(call, session(.g722, localPort: 4_002), at: start + .seconds(5))
        ledger.observe(call, as: try subject("y"), at: start + .seconds(5))
        let first = ledger.takeObservations()
        #expect(first.map(\.subject.callID) == ["x"] && first.map(\.isFinal) == [true] && first.map(\.session.codec) == [.pcma])
        _ = ledger.ended(call, CallEnd(.remoteHangUp), at: start + .seconds(9))
        _ = ledger.statistics(call, figures(9), final: true, at: start + .seconds(9))
        let second = ledger.takeObservations()
        #expect(second.map(\.subject.callID) == ["y"] && second.map(\.start) == [start + .seconds(5)])
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
