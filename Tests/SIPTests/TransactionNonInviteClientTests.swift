import Base
import SIP
import Testing

@Suite("NonInviteClient: RFC 3261 §17.1.2")
struct TransactionNonInviteClientTests {
    @Test("Unanswered, its pause doubles up to T2 and it gives up after 64·T1")
    func unanswered() {
        var (transaction, outputs) = NonInviteClient.start(at: Instant())
        var times: [Int64] = []
        while let deadline = transaction.nextDeadline {
            times.append((deadline - Instant()).milliseconds)
            outputs += transaction.wake(at: deadline)
        }
        #expect(times == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
        #expect(outputs == Array(repeating: .sendRequest, count: 11) + [.timedOut])
    }

    @Test("After a provisional response it is sent every T2, and still gives up after 64·T1")
    func proceeding() {
        var (transaction, outputs) = NonInviteClient.start(at: Instant())
        #expect(transaction.receive(status: 100, at: Instant() + .milliseconds(100)) == [.deliver(status: 100)])
        var times: [Int64] = []
        while let deadline = transaction.nextDeadline {
            times.append((deadline - Instant()).milliseconds)
            outputs += transaction.wake(at: deadline)
        }
        #expect(times == [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500, 32000])
        #expect(outputs.last == .timedOut)
    }

    @Test("A final response is delivered once and its copies are absorbed for T4", arguments: [200, 302, 401, 481, 500, 603])
    func completed(status: Int) {
        var transaction = NonInviteClient.start(at: Instant()).0
        #expect(transaction.receive(status: status, at: Instant()) == [.deliver(status: status)])
        #expect(transaction.receive(status: status, at: Instant()) == [])
        #expect(transaction.receive(status: 100, at: Instant()) == [])
        #expect(transaction.nextDeadline == Instant() + .seconds(5))
        #expect(transaction.wake(at: Instant() + .seconds(5)) == [])
        #expect(transaction.isTerminated)
    }

    @Test("Over a reliable transport it is sent once and ends with the answer")
    func reliable() {
        var (transaction, outputs) = NonInviteClient.start(isReliable: true, at: Instant())
        #expect(outputs == [.sendRequest])
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        outputs = transaction.receive(status: 200, at: Instant())
        #expect(outputs == [.deliver(status: 200)])
        #expect(transaction.isTerminated)
    }
}
