import Base
import SIP
import Testing

@Suite("InviteServer: RFC 3261 §17.2.1 with RFC 6026")
struct TransactionInviteServerTests {
    @Test("A user agent that thinks for 200 ms makes it send 100, and copies of the INVITE get it again")
    func trying() {
        var transaction = InviteServer(at: Instant())
        #expect(transaction.receiveRetransmission() == [])
        #expect(transaction.nextDeadline == Instant() + .milliseconds(200))
        #expect(transaction.wake(at: Instant() + .milliseconds(200)) == [.sendTrying])
        #expect(transaction.receiveRetransmission() == [.sendResponse])
        #expect(transaction.nextDeadline == nil)
    }

    @Test("An answer in time spares the 100", arguments: [180, 200, 486])
    func prompt(status: Int) {
        var transaction = InviteServer(at: Instant())
        #expect(transaction.respond(status: status, at: Instant()) == [.sendResponse])
        #expect(transaction.wake(at: Instant() + .milliseconds(200)) == [])
    }

    @Test("A refusal is repeated by timer G up to T2 until timer H, and the user agent learns that no ACK came")
    func unacknowledged() {
        var transaction = InviteServer(at: Instant())
        var outputs = transaction.respond(status: 486, at: Instant())
        var times: [Int64] = []
        while let deadline = transaction.nextDeadline {
            times.append((deadline - Instant()).milliseconds)
            outputs += transaction.wake(at: deadline)
        }
        #expect(times == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
        #expect(outputs == Array(repeating: .sendResponse, count: 11) + [.timedOut])
    }

    @Test("A copy of the INVITE gets the refusal again, and the ACK ends that")
    func confirmed() {
        var transaction = InviteServer(at: Instant())
        _ = transaction.respond(status: 603, at: Instant())
        #expect(transaction.receiveRetransmission() == [.sendResponse])
        #expect(transaction.receiveAck(at: Instant()) == [])
        #expect(transaction.receiveRetransmission() == [])
        #expect(transaction.receiveAck(at: Instant()) == [])
        #expect(transaction.nextDeadline == Instant() + .seconds(5))
        _ = transaction.wake(at: Instant() + .seconds(5))
        #expect(transaction.isTerminated)
    }

    @Test("After a 2xx it absorbs the INVITE, passes the ACK on, and lets the core repeat the 2xx for 64·T1")
    func accepted() {
        var transaction = InviteServer(at: Instant())
        #expect(transaction.respond(status: 180, at: Instant()) == [.sendResponse])
        #expect(transaction.respond(status: 200, at: Instant()) == [.sendResponse])
        #expect(transaction.receiveRetransmission() == [])
        #expect(transaction.respond(status: 200, at: Instant() + .seconds(1)) == [.sendResponse])
        #expect(transaction.respond(status: 486, at: Instant() + .seconds(1)) == [])
        #expect(transaction.receiveAck(at: Instant() + .seconds(1)) == [.deliverAck])
        #expect(transaction.receiveAck(at: Instant() + .seconds(2)) == [.deliverAck])
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        #expect(transaction.wake(at: Instant() + .seconds(32)) == [])
        #expect(transaction.isTerminated)
    }

    @Test("Over a reliable transport a refusal is not repeated and its ACK ends the transaction")
    func reliable() {
        var transaction = InviteServer(isReliable: true, at: Instant())
        _ = transaction.respond(status: 404, at: Instant())
        #expect(transaction.nextDeadline == Instant() + .seconds(32))
        #expect(transaction.receiveAck(at: Instant()) == [])
        #expect(transaction.isTerminated)
    }
}
