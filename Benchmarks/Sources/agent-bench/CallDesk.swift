import Base
import SIP
import Telephony

/// A user agent with calls that go on and accounts that are registered, and the peers of them all as text.
final class CallDesk {
    private var agent: UserAgent
    private var now = Instant()
    private var number = 0
    private let peer = Hop.udp(SocketAddress(.v4(0x7F00_0002), port: 5060))
    private let own = IPAddress.v4(0x7F00_0001)
    /// The dialogs of the calls that go on: Call-ID and To with tag.
    private var dialogs: [(callID: String, to: String)] = []
    private var sequence = 10

    init(pending: Int, accounts: Int = 0) {
        var settings = UserAgentSettings()
        settings.localUser = "door"
        settings.trust.everyone = true
        settings.media.ports = (0..<(pending + 8)).map { UInt16(4_000 + 2 * $0) }
        settings.limits.concurrentCalls = pending + 8
        settings.limits.callTime = nil
        settings.sessionInterval = nil
        settings.accounts = (0..<accounts).map { index in
            guard let address = try? URI("sip:door\(index)@127.0.0.2") else { preconditionFailure("a text of our own") }
            var account = Account(name: "account-\(index)", address: address)
            account.registrar = try? URI("sip:127.0.0.2")
            return account
        }
        agent = UserAgent(settings: settings, random: RandomSource(seed: 1), at: now)
        serve(agent.start(at: now))
        for _ in 0..<pending { dialogs.append(begin()) }
    }

    // MARK: Calls

    func wholeCall() {
        let call = begin()
        let sent = receive(request("BYE", call.callID, call.to, 2))
        guard sent.contains(where: { $0.starts(with: Self.success) }) else { preconditionFailure("the call did not end") }
        // Nothing that a call leaves behind is to be measured with the next.
        now = now + .milliseconds(50)
        serve(agent.wake(at: now))
    }

    func ask(_ count: Int) {
        for index in 0..<count {
            sequence += 1
            let dialog = dialogs[index % dialogs.count]
            _ = receive(request("OPTIONS", dialog.callID, dialog.to, sequence))
        }
    }

    func askOutside(_ count: Int) {
        for _ in 0..<count {
            number += 1
            _ = receive(request("OPTIONS", "o\(number)", "<sip:door@127.0.0.1>", 1))
        }
    }

    /// INVITE, answer and ACK.
    private func begin() -> (callID: String, to: String) {
        number += 1
        let callID = "c\(number)"
        let invite = request("INVITE", callID, "<sip:door@127.0.0.1>", 1, body: Self.offer)
        var answer: [UInt8] = []
        for output in agent.receive(invite, from: peer, to: own, at: now) {
            guard case .call(let id, .incoming) = output else { continue }
            for output in agent.perform(.answer(id), at: now) {
                if case .send(let bytes, _) = output { answer = bytes }
            }
        }
        guard let message = try? Message(parsing: answer), message.status == 200 else {
            preconditionFailure("the call was not answered: \(String(decoding: answer, as: UTF8.self))")
        }
        let to = message.to.description
        _ = receive(request("ACK", callID, to, 1))
        return (callID, to)
    }

    private func receive(_ bytes: [UInt8]) -> [[UInt8]] {
        agent.receive(bytes, from: peer, to: own, at: now).compactMap { if case .send(let bytes, _) = $0 { bytes } else { nil } }
    }

    private func request(_ method: String, _ callID: String, _ to: String, _ sequence: Int, body: String = "") -> [UInt8] {
        let kind = body.isEmpty ? "" : "Content-Type: application/sdp\r\n"
        let text = """
            \(method) sip:door@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK\(method)\(callID).\(sequence)\r
            Max-Forwards: 70\r
            From: <sip:caller@127.0.0.2>;tag=f\(callID)\r
            To: \(to)\r
            Call-ID: \(callID)\r
            CSeq: \(sequence) \(method)\r
            Contact: <sip:caller@127.0.0.2>\r
            \(kind)Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
        return Array(text.utf8)
    }

    private static let success = Array("SIP/2.0 200".utf8)
    private static let offer = [
        "v=0", "o=- 1 1 IN IP4 127.0.0.2", "s=-", "c=IN IP4 127.0.0.2", "t=0 0", "m=audio 39990 RTP/AVP 8 0", "",
    ].joined(separator: "\r\n")

    // MARK: Registrations

    /// Lets all accounts register once more, and the registrar grant it.
    func refreshAll() {
        now = now + .seconds(600)
        serve(agent.wake(at: now))
    }

    /// Looks up what is asked, and grants what is registered.
    private func serve(_ outputs: [Output]) {
        var queue = outputs[...]
        while let output = queue.popFirst() {
            switch output {
            case .resolve(let id, _):
                queue += agent.resolved(id, [Route(remote: peer, local: own)], at: now)
            case .send(let bytes, let hop):
                guard let message = try? Message(parsing: bytes), message.isRequest, message.method == .register else { break }
                queue += agent.receive(grant(message), from: hop, to: own, at: now)
            default:
                break
            }
        }
    }

    private func grant(_ request: Message) -> [UInt8] {
        let text = """
            SIP/2.0 200 OK\r
            Via: \(request.header("Via") ?? "")\r
            From: \(request.header("From") ?? "")\r
            To: \(request.header("To") ?? "");tag=r\r
            Call-ID: \(request.callID)\r
            CSeq: \(request.cseq.number) REGISTER\r
            Contact: \(request.header("Contact") ?? "")\r
            Expires: 600\r
            Content-Length: 0\r
            \r

            """
        return Array(text.utf8)
    }
}
