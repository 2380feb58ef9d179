import Base
import Configuration
import Testing

@testable import Intercom

private func hunt(_ order: HouseConfiguration.PhoneBookEntry.Order, _ count: Int = 3) -> Hunt {
    Hunt(
        targets: (1...count).map { "sip:\($0)@h" }, order: order, ringTime: .seconds(20), account: nil, firstNumber: 7)
}

private let start = Instant()
private let (first, second, third) = (CallID.outgoing(7), CallID.outgoing(8), CallID.outgoing(9))

@Suite("Hunting for somebody who answers")
struct HuntTests {
    @Test(
        "In turn, one rings at a time; who is busy, refuses or does not answer is followed by the next",
        arguments: [
            CallOutcome.busy, .refused, .noAnswer, .unreachable, .failed,
        ])
    func inTurn(outcome: CallOutcome) {
        var hunt = hunt(.inTurn)
        #expect(hunt.start(at: start) == [.place(first, uri: "sip:1@h")])
        #expect(hunt.ended(first, outcome, at: start) == [.place(second, uri: "sip:2@h")])
        #expect(hunt.answered(second) == [.reached(second, uri: "sip:2@h")])
        #expect(hunt.nextDeadline == nil)
    }

    @Test("Together, all ring, and the answer stops the others")
    func together() {
        var hunt = hunt(.together)
        #expect(
            hunt.start(at: start) == [
                .place(first, uri: "sip:1@h"), .place(second, uri: "sip:2@h"), .place(third, uri: "sip:3@h"),
            ])
        #expect(hunt.ended(first, .busy, at: start) == [])
        #expect(hunt.answered(third) == [.stop(second, .answeredElsewhere), .reached(third, uri: "sip:3@h")])
        // An answer that crosses the CANCEL.
        #expect(hunt.answered(second) == [])
    }

    @Test(
        "When nobody is left, the visitor hears what tells most",
        arguments: [
            ([CallOutcome.busy, .busy, .busy], CallOutcome.busy), ([.busy, .noAnswer, .refused], .noAnswer),
            ([.unreachable, .refused, .failed], .refused), ([.failed, .unreachable, .failed], .unreachable),
            ([.refused, .busy, .refused], .busy),
        ])
    func failed(outcomes: [CallOutcome], expected: CallOutcome) {
        for order in HouseConfiguration.PhoneBookEntry.Order.allCases {
            var hunt = hunt(order)
            _ = hunt.start(at: start)
            var outputs: [Hunt.Output] = []
            for (call, outcome) in zip([first, second, third], outcomes) { outputs = hunt.ended(call, outcome, at: start) }
            #expect(outputs == [.failed(expected)])
        }
    }

    @Test("A phone that rings beyond its time is stopped, and the next one called")
    func ringTime() {
        var hunt = hunt(.inTurn, 2)
        _ = hunt.start(at: start)
        #expect(hunt.nextDeadline == start + .seconds(22))
        #expect(
            hunt.wake(at: start + .seconds(22)) == [.stop(first, .noAnswer), .place(second, uri: "sip:2@h")])
        #expect(hunt.wake(at: start + .seconds(44)) == [.stop(second, .noAnswer), .failed(.noAnswer)])
        #expect(hunt.nextDeadline == nil)
    }

    @Test("Given up, all calls that are still there are stopped")
    func abandoned() {
        var hunt = hunt(.together)
        _ = hunt.start(at: start)
        _ = hunt.ended(second, .busy, at: start)
        #expect(hunt.abandon() == [.stop(first, .hungUpHere), .stop(third, .hungUpHere)])
    }

    @Test("In the house: the answer of one phone stops the other, and only the answered one is heard")
    func house() {
        var world = World()
        world.press("second")
        let (one, two) = (world.placed[0], world.placed[1])
        world.tell(.ringing(one, earlyMedia: false))
        world.tell(.ringing(two, earlyMedia: true))
        #expect(world.connected == [two])
        let effects = world.tell(.answered(one))
        #expect(effects.onCalls == [.hangUp(two, .answeredElsewhere)])
        #expect(world.connected == [one])
        world.tell(.ended(two, .answeredElsewhere))
        #expect(world.connected == [one])
        #expect(world.shows("second") == "talking")
        #expect(world.events("call-started").count == 2)
        #expect(world.events("call-answered").count == 1)
    }
}
