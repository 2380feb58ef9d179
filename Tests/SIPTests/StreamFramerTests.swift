import Base
import Testing

@testable import SIP

@Suite("Framing by Content-Length: RFC 3261 §18.3")
struct StreamFramerTests {
    private static let head = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP b;branch=z9hG4bK1\r\n"

    /// All pieces of a stream that comes in parts of `size` bytes, and the error that ended it.
    private func pieces(_ text: String, by size: Int, limits: StreamFramer.Limits = .init()) -> ([String], FramingError?) {
        var framer = StreamFramer(limits: limits)
        var pieces: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            framer.append(bytes[start..<min(start + size, bytes.count)])
            do throws(FramingError) {
                while let piece = try framer.next() {
                    switch piece {
                    case .message(let bytes): pieces.append(String(decoding: bytes, as: UTF8.self))
                    case .lineEnd: pieces.append("⏎")
                    }
                }
            } catch {
                return (pieces, error)
            }
        }
        return (pieces, nil)
    }

    @Test("However a stream is parted, the same messages and line ends come out")
    func splitting() {
        let messages = [
            Self.head + "Content-Length: 5\r\n\r\nhello",
            Self.head + "l:0\r\n\r\n",
            "SIP/2.0 200 OK\r\ncONTENT-length \t:\r\n  3 \r\n\r\n\r\n\r",
            "MESSAGE sip:a SIP/2.0\nContent-Length: 2\n\n\n\n",
            Self.head + "Content-Length: 5\r\nl: 5\r\nSubject: x\r\n\tContent-Length: 9\r\n\r\n12345",
        ]
        let stream = "\r\n\r\n" + messages[0] + messages[1] + "\r\n" + messages[2] + "\n" + messages[3] + "\r\r\n" + messages[4]
        let expected = ["⏎", "⏎", messages[0], messages[1], "⏎", messages[2], messages[3], "⏎", messages[4]]
        for size in 1...stream.utf8.count {
            let (found, error) = pieces(stream, by: size)
            #expect(found == expected, "in parts of \(size)")
            #expect(error == nil)
        }
    }

    @Test(
        "A stream that cannot be cut is refused, and says why",
        arguments: [
            ("Subject: x\r\n\r\n", FramingError.Reason.noContentLength),
            ("Content-Length: -1\r\n\r\n", .wrongContentLength),
            ("Content-Length:\r\n\r\n", .wrongContentLength),
            ("Content-Length: 1, 1\r\n\r\n1", .wrongContentLength),
            ("Content-Length: 0x10\r\n\r\n", .wrongContentLength),
            ("Content-Length: 1 1\r\n\r\n1", .wrongContentLength),
            ("Content-Length: 99999999999999999999\r\n\r\n", .wrongContentLength),
            ("Content-Length: 1\r\nl: 2\r\n\r\n12", .severalContentLengths),
            ("Content-Length: 0\r\nContent-Length: x\r\n\r\n", .severalContentLengths),
            ("Content-Length: 65535\r\n\r\n", .messageTooLong(limit: 65_535)),
        ])
    func unframeable(rest: String, reason: FramingError.Reason) {
        for size in [1, 7, 10_000] {
            let (found, error) = pieces(Self.head + rest + Self.head, by: size)
            #expect(found == [])
            #expect(error?.reason == reason)
            // Its sender can be told, for the head is whole.
            #expect(error.map { String(decoding: $0.head, as: UTF8.self).hasPrefix(Self.head) } == true)
        }
    }

    @Test(
        "What is no SIP is refused at its first byte or line",
        arguments: [
            ("\u{16}\u{3}\u{1}", 0), (" OPTIONS sip:a SIP/2.0\r\n", 0), ("GET / HTTP/1.1\r\n", 15), ("\r\n\r\n\u{0}", 4),
        ])
    func notSIP(text: String, offset: Int) {
        let (_, error) = pieces(text, by: 1)
        #expect(error == FramingError(.notSIP, offset: offset))
    }

    @Test("A head that does not end is refused at its limit, and not before")
    func headLimit() {
        var limits = StreamFramer.Limits()
        limits.head = 200
        let length = "Content-Length: 0\r\n\r\n"
        let filling = 200 - Self.head.utf8.count - length.utf8.count - "A: \r\n".utf8.count
        let largest = Self.head + "A: " + String(repeating: "a", count: filling) + "\r\n" + length
        #expect(pieces(largest, by: 1, limits: limits).0 == [largest])
        let endless = Self.head + "A: " + String(repeating: "a", count: 1000)
        for size in [1, 1000] {
            #expect(pieces(endless, by: size, limits: limits).1?.reason == .headTooLong(limit: 200))
        }
    }

    @Test("A refused stream stays refused, and keeps nothing")
    func staysRefused() {
        var framer = StreamFramer()
        for _ in 0..<3 {
            framer.append(Array("GET / HTTP/1.1\r\n".utf8))
            #expect(throws: FramingError(.notSIP, offset: 15, head: [])) { _ = try framer.next() }
            #expect(!framer.isInMessage)
        }
    }

    @Test("The offset of a mistake counts from the beginning of the stream")
    func offset() {
        let whole = Self.head + "l: 0\r\n\r\n"
        let (_, error) = pieces(whole + whole + "HTTP/1.1 200 OK\r\n", by: 11)
        #expect(error?.offset == 2 * whole.utf8.count + 16)
    }

    @Test("The parser finds the end of a message where the framer did, also in broken ones")
    func agreesWithParser() throws {
        var random = RandomSource(seed: 18)
        let whole =
            Self.head + "From: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 4\r\n\r\nabcd"
        var framed = 0
        for _ in 0..<4_000 {
            var bytes = Array(whole.utf8)
            for _ in 0..<3 {
                let index = Int.random(in: 24..<bytes.count, using: &random)
                let choices: [UInt8] = [0x0D, 0x0A, 0x20, 0x3A, 0x6C, 0x31, bytes[index]]
                bytes[index] = choices[Int.random(in: 0..<choices.count, using: &random)]
            }
            var framer = StreamFramer()
            framer.append(bytes)
            guard case .message(let message)? = try? framer.next(), let parsed = try? Message(parsing: message) else { continue }
            framed += 1
            // Nothing behind the body, and the body as long as the header says.
            let text = String(decoding: message, as: UTF8.self)
            #expect(text.hasSuffix(String(decoding: parsed.body, as: UTF8.self)))
            let headEnd = message.count - parsed.body.count
            #expect(message[..<headEnd].last == 0x0A)
            #expect(ContentLengths(message[..<headEnd]).values.first == parsed.body.count)
        }
        #expect(framed > 50)
    }
}
