import Base
import SIP
import Testing

@Suite("NonInviteServer: RFC 3261 §17.2.2 with RFC 4320")
struct TransactionNonInviteServerTests {
    @Test("Copies of the request are absorbed before the answer and get it again after, for 64·T1")
    func completed() {
        var transaction = NonInviteServer(at: Instant())
        #expect(transaction.receiveRetransmission() == [])
        #expect(transaction.respond(status: 200, at: Instant()) == [.sendResponse])
        #expect(transaction.receiveRetransmission() == [.sendResponse])
        #expect(transaction.respond(status: 500, at: Instant()) == [])
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        #expect(transaction.wake(at: Instant() + .seconds(32)) == [])
        #expect(transaction.isTerminated)
        #expect(transaction.receiveRetransmission() == [])
    }

    @Test("100 is sent no earlier than T2 after the request, and other provisional responses never")
    func trying() {
        var transaction = NonInviteServer(at: Instant())
        #expect(transaction.respond(status: 100, at: Instant() + .seconds(3)) == [])
        #expect(transaction.respond(status: 180, at: Instant() + .seconds(5)) == [])
        #expect(transaction.respond(status: 100, at: Instant() + .seconds(5)) == [.sendResponse])
        #expect(transaction.receiveRetransmission() == [.sendResponse])
    }

    @Test("408 is never sent")
    func timeout() {
        var transaction = NonInviteServer(at: Instant())
        #expect(transaction.respond(status: 408, at: Instant() + .seconds(30)) == [])
        #expect(transaction.isTerminated)
    }

    @Test("Over a reliable transport the answer ends the transaction")
    func reliable() {
        var transaction = NonInviteServer(isReliable: true, at: Instant())
        #expect(transaction.respond(status: 200, at: Instant()) == [.sendResponse])
        #expect(transaction.isTerminated)
    }
}
