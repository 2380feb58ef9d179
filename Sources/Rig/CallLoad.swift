import Foundation

/// Calls one after another, each answered and hung up again, as fast as the called side lets them be.
///
/// SIPp waits for a millisecond before whatever it sends by itself, which bounds it to some 270 calls a second one at a time; a
/// house talks with one caller at a time. So this is a caller of the barest kind: four messages a call, and no pause.
public final class CallLoad: @unchecked Sendable {
    public struct Result: Sendable {
        public var calls: Int
        public var seconds: Double
        /// Requests that had to be sent again.
        public var repeated: Int
        public var rate: Double { Double(calls) / seconds }
    }

    private let descriptor: Int32
    private let host: String
    private let invite: Template
    private let acknowledgement: Template
    private let bye: Template
    private let prefix: [UInt8]
    private var buffer = [UInt8](repeating: 0, count: 8192)
    private var count = 0
    /// Requests that had to be sent again.
    private var repeated = 0

    /// Makes `calls` calls to `user`, `atOnce` of them at the same time.
    public static func run(calls: Int, atOnce: Int = 1, to user: String, at host: String, _ port: UInt16) throws -> Result {
        let loads = try (0..<atOnce).map { try CallLoad(to: user, at: host, port, number: $0) }
        let failures = Inbox<String>()
        let start = Clock.now
        let group = DispatchGroup()
        for load in loads {
            group.enter()
            Thread.detachNewThread {
                do {
                    for number in 0..<(calls / atOnce) { try load.call(number) }
                } catch {
                    failures.add("\(error)")
                }
                group.leave()
            }
        }
        group.wait()
        let seconds = Clock.now - start
        if let failure = failures.take(within: 0, where: { _ in true }) { throw RigError(failure) }
        return Result(calls: calls / atOnce * atOnce, seconds: seconds, repeated: loads.reduce(0) { $0 + $1.repeated })
    }

    private init(to user: String, at host: String, _ port: UInt16, number: Int) throws {
        self.host = host
        let address = Ports.address()
        let descriptor = socket(AF_INET, SOCK_DGRAM.kind, 0)
        self.descriptor = descriptor
        var patience = timeval(tv_sec: 0, tv_usec: 500_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard descriptor >= 0, withSocketAddress(address, 5060, { bind(descriptor, $0, $1) }) == 0,
            withSocketAddress(host, port, { connect(descriptor, $0, $1) }) == 0
        else { throw RigError("no socket to \(host): \(String(cString: strerror(errno)))") }
        // A branch is one of its kind, whoever sends it: the called side may look at nothing else.
        let token = String(UInt32.random(in: .min ... .max), radix: 36)
        let target = "sip:\(user)@\(host):\(port)"
        let body = """
            v=0
            o=- 1 1 IN IP4 \(address)
            s=-
            c=IN IP4 \(address)
            t=0 0
            m=audio 39990 RTP/AVP 8 0 101
            a=rtpmap:8 PCMA/8000
            a=rtpmap:0 PCMU/8000
            a=rtpmap:101 telephone-event/8000

            """
        func message(_ method: String, _ sequence: Int, more: String, body: String = "") -> Template {
            let length = body.utf8.count + body.utf8.filter { $0 == 10 }.count
            return Template(
                """
                \(method) \(target) SIP/2.0
                Via: SIP/2.0/UDP \(address):5060;branch=z9hG4bK\(method)\(token)\(Template.number);rport
                Max-Forwards: 70
                From: <sip:caller@\(address)>;tag=c\(number)
                Call-ID: \(Template.number)@\(address)
                CSeq: \(sequence) \(method)
                Contact: <sip:caller@\(address):5060>
                \(more)Content-Length: \(length)

                \(body)
                """)
        }
        invite = message("INVITE", 1, more: "To: <\(target)>\nContent-Type: application/sdp\n", body: body)
        acknowledgement = message("ACK", 1, more: Template.to)
        bye = message("BYE", 2, more: Template.to)
        prefix = Array("SIP/2.0 ".utf8)
    }

    deinit { close(descriptor) }

    private func call(_ number: Int) throws {
        let digits = Array(String(format: "%08d", number).utf8)
        let to = try transact(invite.filled(digits), digits, sequence: UInt8(ascii: "1"))
        let acknowledgement = acknowledgement.filled(digits, to: to)
        send(acknowledgement)
        _ = try transact(bye.filled(digits, to: to), digits, sequence: UInt8(ascii: "2"), acknowledgement)
    }

    private func send(_ bytes: [UInt8]) {
        _ = Foundation.send(descriptor, bytes, bytes.count, 0)
    }

    /// Sends a request, again each half second without an answer, until the 2xx comes; returns its To with the line's end.
    private func transact(
        _ request: [UInt8], _ digits: [UInt8], sequence: UInt8, _ acknowledgement: [UInt8] = []
    ) throws -> [UInt8] {
        let method = String(decoding: request.prefix { $0 != 32 }, as: UTF8.self)
        var copies = 1
        send(request)
        while true {
            count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, copies < 8 {
                copies += 1
                repeated += 1
                send(request)
                continue
            }
            guard count > 12 else {
                throw RigError("\(host) did not answer \(method) number \(String(decoding: digits, as: UTF8.self))")
            }
            // Requests, provisional responses and those of an earlier call are not what is waited for.
            guard buffer.starts(with: prefix), buffer[8] != UInt8(ascii: "1"), place(of: digits) != nil,
                let line = place(of: Self.sequence)
            else { continue }
            guard buffer[line + Self.sequence.count] == sequence else {
                // Its 200 once more: the ACK was lost.
                if !acknowledgement.isEmpty { send(acknowledgement) }
                continue
            }
            guard buffer[8] == UInt8(ascii: "2") else {
                throw RigError("\(method) refused: \(String(decoding: buffer[..<min(count, 40)], as: UTF8.self))")
            }
            guard let start = place(of: Self.to), let length = buffer[(start + 2)..<count].firstIndex(of: 13) else {
                throw RigError("an answer without To")
            }
            return Array(buffer[(start + 2)..<(length + 2)])
        }
    }

    private static let to = Array("\r\nTo: ".utf8)
    private static let sequence = Array("\r\nCSeq: ".utf8)

    private func place(of text: [UInt8]) -> Int? {
        buffer.withUnsafeBufferPointer { buffer in
            text.withUnsafeBufferPointer { text in
                var start = 0
                while start + text.count <= count {
                    var matched = 0
                    while matched < text.count, buffer[start + matched] == text[matched] { matched += 1 }
                    if matched == text.count { return start }
                    start += 1
                }
                return nil
            }
        }
    }

    /// A message in which a call's number, and the To with its tag, have to be filled in.
    private struct Template {
        static let number = "########"
        static let to = "@@@@\n"

        private let bytes: [UInt8]
        private let numbers: [Int]
        private let to: Int?

        init(_ text: String) {
            let wire = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
            let to = wire.utf8.firstRange(of: "@@@@\r\n".utf8)
            self.to = to.map { wire.utf8.distance(from: wire.startIndex, to: $0.lowerBound) }
            let bytes = Array(wire.replacingOccurrences(of: "@@@@\r\n", with: "").utf8)
            numbers = bytes.indices.filter { bytes[$0...].prefix(8).elementsEqual(Template.number.utf8) }
            self.bytes = bytes
        }

        func filled(_ digits: [UInt8], to line: [UInt8] = []) -> [UInt8] {
            var result = bytes
            for place in numbers { result.replaceSubrange(place..<(place + 8), with: digits) }
            if let to { result.insert(contentsOf: line, at: to) }
            return result
        }
    }
}
