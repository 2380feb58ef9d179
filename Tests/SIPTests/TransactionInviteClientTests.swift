import Base
import SIP
import Testing

@Suite("InviteClient: RFC 3261 §17.1.1 with RFC 6026")
struct TransactionInviteClientTests {
    @Test("Unanswered, it sends seven INVITEs and gives up after 64·T1")
    func unanswered() {
        var (transaction, outputs) = InviteClient.start(at: Instant())
        var times: [Int64] = []
        while let deadline = transaction.nextDeadline {
            times.append((deadline - Instant()).milliseconds)
            outputs += transaction.wake(at: deadline)
        }
        #expect(outputs == Array(repeating: .sendRequest, count: 7) + [.timedOut])
        #expect(times == [500, 1500, 3500, 7500, 15500, 31500, 32000])
        #expect(transaction.isTerminated)
    }

    @Test("A provisional response stops retransmission", arguments: [100, 180, 183, 199])
    func provisional(status: Int) {
        var transaction = InviteClient.start(at: Instant()).0
        #expect(transaction.receive(status: status, at: Instant()) == [.deliver(status: status)])
        #expect(transaction.nextDeadline == nil)
        #expect(transaction.receive(status: 180, at: Instant()) == [.deliver(status: 180)])
    }

    @Test("A refusal is acknowledged each time and delivered once", arguments: [300, 401, 486, 503, 603, 699], [nil, 180])
    func refused(status: Int, provisional: Int?) {
        var transaction = InviteClient.start(at: Instant()).0
        if let provisional { _ = transaction.receive(status: provisional, at: Instant()) }
        #expect(transaction.receive(status: status, at: Instant()) == [.sendAck, .deliver(status: status)])
        #expect(transaction.receive(status: status, at: Instant()) == [.sendAck])
        #expect(transaction.receive(status: 180, at: Instant()) == [])
        #expect(transaction.receive(status: 200, at: Instant()) == [])
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        #expect(transaction.wake(at: Instant() + .seconds(32)) == [])
        #expect(transaction.isTerminated)
    }

    @Test("Every 2xx of the next 64·T1 is delivered and none is acknowledged here", arguments: [nil, 100, 180])
    func accepted(provisional: Int?) {
        var transaction = InviteClient.start(at: Instant()).0
        if let provisional { _ = transaction.receive(status: provisional, at: Instant()) }
        #expect(transaction.receive(status: 200, at: Instant()) == [.deliver(status: 200)])
        #expect(transaction.receive(status: 200, at: Instant() + .seconds(1)) == [.deliver(status: 200)])
        #expect(transaction.receive(status: 202, at: Instant() + .seconds(2)) == [.deliver(status: 202)])
        #expect(transaction.receive(status: 486, at: Instant() + .seconds(3)) == [])
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        #expect(transaction.wake(at: Instant() + .seconds(32)) == [])
        #expect(transaction.receive(status: 200, at: Instant() + .seconds(33)) == [])
    }

    @Test("Over a reliable transport it is sent once, and nothing is absorbed afterwards")
    func reliable() {
        var (transaction, outputs) = InviteClient.start(isReliable: true, at: Instant())
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        var refused = transaction
        outputs += transaction.wake(at: Instant() + .seconds(32))
        #expect(outputs == [.sendRequest, .timedOut])
        #expect(refused.receive(status: 404, at: Instant()) == [.sendAck, .deliver(status: 404)])
        #expect(refused.isTerminated)
    }

    @Test("A wake before its time does nothing")
    func early() {
        var transaction = InviteClient.start(at: Instant()).0
        #expect(transaction.wake(at: Instant() + .milliseconds(499)) == [])
        #expect(transaction.nextDeadline == Instant() + .milliseconds(500))
    }
}
