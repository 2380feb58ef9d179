extension SessionDescription {
    /// Why a description cannot be read: where, and what was expected there.
    public struct ParseError: Error, Equatable, Sendable, CustomStringConvertible {
        /// Both from 1.
        public var line: Int
        public var column: Int
        /// From 0, in bytes.
        public var offset: Int
        public var expected: String

        public var description: String { "SDP line \(line), column \(column): expected \(expected)" }
    }

    /// What is longer is no telephone's offer.
    public enum Limits {
        public static let bytes = 32_768
        public static let lines = 1_024
        public static let mediaSections = 32
        public static let formatsPerSection = 128
    }

    /// Reads a message body. Lenient where phones are wrong: see docs/deviations.md.
    public init(parsing bytes: [UInt8]) throws(ParseError) {
        var parser = Parser(bytes: bytes)
        self = try parser.parse()
    }
}

/// Walks over the lines once; `v=` must be first, the order of the others is not enforced.
private struct Parser {
    typealias ParseError = SessionDescription.ParseError
    typealias Limits = SessionDescription.Limits

    let bytes: [UInt8]
    /// The line at hand: its number, where it starts, and its content without the line end.
    private var number = 0
    private var start = 0
    private var content: ArraySlice<UInt8> = []

    private var origin: Origin?
    private var sessionName = "-"
    private var connection: Connection?
    private var times: [Timing] = []
    private var attributes: [Attribute] = []
    private var otherLines: [Line] = []
    private var media: [MediaDescription] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func parse() throws(ParseError) -> SessionDescription {
        guard bytes.count <= Limits.bytes else { throw error(at: Limits.bytes, "at most \(Limits.bytes) bytes") }
        var next = 0
        while next < bytes.count {
            start = next
            number += 1
            let end = bytes[next...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            content = bytes[next..<end]
            if content.last == UInt8(ascii: "\r") { content.removeLast() }
            next = end + 1
            guard number <= Limits.lines else { throw error(at: start, "at most \(Limits.lines) lines") }
            if content.isEmpty { continue }
            if try !field() { break }
        }
        guard let origin else { throw error(at: bytes.count, number == 0 ? "v=0" : "an o= line") }
        return SessionDescription(
            origin: origin, sessionName: sessionName, connection: connection, times: times.isEmpty ? [.unbounded] : times,
            attributes: attributes, media: media, otherLines: otherLines)
    }

    /// Reads the line at hand; `false` when it is rubbish after a media section, where the description is taken to end.
    private mutating func field() throws(ParseError) -> Bool {
        let type = content[start]
        let letters = media.isEmpty ? "vosiuepcbtrzkam" : "icbkam"
        guard content.count >= 2, content[start + 1] == UInt8(ascii: "="), letters.utf8.contains(type) else {
            if media.isEmpty { throw error(at: start, number == 1 ? "v=0" : "a field such as a= or m=") }
            return false
        }
        if let position = content.firstIndex(where: { $0 == 0 || $0 == UInt8(ascii: "\r") }) {
            throw error(at: position, "no control characters")
        }
        let text = String(decoding: content.dropFirst(2), as: UTF8.self)
        guard (number == 1) == (type == UInt8(ascii: "v")) else { throw error(at: start, number == 1 ? "v=0" : "v= only once") }
        switch type {
        case UInt8(ascii: "v"):
            guard text == "0" else { throw error(at: start + 2, "version 0") }
        case UInt8(ascii: "o"):
            origin = try readOrigin()
        case UInt8(ascii: "s"):
            sessionName = text
        case UInt8(ascii: "c"):
            let value = try readConnection()
            // Layered multicast may repeat it; the first is the base layer.
            if media.isEmpty {
                connection = connection ?? value
            } else {
                media[media.count - 1].connection = media[media.count - 1].connection ?? value
            }
        case UInt8(ascii: "t"):
            times.append(try readTiming())
        case UInt8(ascii: "a"):
            if media.isEmpty {
                attributes.append(Attribute(text))
            } else {
                media[media.count - 1].attributes.append(Attribute(text))
            }
        case UInt8(ascii: "m"):
            guard media.count < Limits.mediaSections else { throw error(at: start, "at most \(Limits.mediaSections) m= lines") }
            media.append(try readMedia())
        default:
            let line = Line(Character(Unicode.Scalar(type)), text)
            if media.isEmpty { otherLines.append(line) } else { media[media.count - 1].otherLines.append(line) }
        }
        return true
    }

    // MARK: Fields

    /// The value's words, separated by one space or more, each with its offset.
    private var words: [(text: String, offset: Int)] {
        content.dropFirst(2).split(separator: UInt8(ascii: " ")).map { (String(decoding: $0, as: UTF8.self), $0.startIndex) }
    }

    private func readOrigin() throws(ParseError) -> Origin {
        let words = words
        guard words.count == 6 else {
            throw error(at: content.endIndex, "o=username id version nettype addrtype address")
        }
        return Origin(
            username: words[0].text, sessionID: words[1].text, version: words[2].text,
            address: Connection(networkType: words[3].text, addressType: words[4].text, address: words[5].text))
    }

    private func readConnection() throws(ParseError) -> Connection {
        let words = words
        guard words.count == 3 else { throw error(at: content.endIndex, "c=nettype addrtype address") }
        return Connection(networkType: words[0].text, addressType: words[1].text, address: words[2].text)
    }

    private func readTiming() throws(ParseError) -> Timing {
        let words = words
        guard words.count == 2 else { throw error(at: content.endIndex, "t=start stop") }
        guard let start = UInt64(words[0].text) else { throw error(at: words[0].offset, "a number of seconds") }
        guard let stop = UInt64(words[1].text) else { throw error(at: words[1].offset, "a number of seconds") }
        return Timing(start: start, stop: stop)
    }

    private func readMedia() throws(ParseError) -> MediaDescription {
        let words = words
        guard words.count >= 4 else { throw error(at: content.endIndex, "m=media port transport format …") }
        guard words.count - 3 <= Limits.formatsPerSection else {
            throw error(at: words[3].offset, "at most \(Limits.formatsPerSection) formats")
        }
        let ports = words[1].text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let port = ports.first.flatMap({ UInt16($0) }) else { throw error(at: words[1].offset, "a port, 0 to 65535") }
        guard let portCount = ports.count == 2 ? UInt16(ports[1]) : 1, portCount >= 1 else {
            throw error(at: words[1].offset, "a number of ports")
        }
        // Refused sections are written back into answers, so what is not a token must not get in.
        for (index, word) in words.enumerated() where index != 1 {
            guard word.text.utf8.allSatisfy({ $0.isTokenCharacter || (index == 2 && $0 == UInt8(ascii: "/")) }) else {
                throw error(at: word.offset, "a token")
            }
        }
        return MediaDescription(
            kind: words[0].text, port: port, portCount: Int(portCount), transport: words[2].text,
            formats: words[3...].map(\.text))
    }

    private func error(at offset: Int, _ expected: String) -> ParseError {
        ParseError(line: max(number, 1), column: offset - start + 1, offset: offset, expected: expected)
    }
}

extension UInt8 {
    /// RFC 8866 §9, `token-char`.
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case 0x21, 0x23...0x27, 0x2A...0x2B, 0x2D...0x2E, 0x30...0x39, 0x41...0x5A, 0x5E...0x7E: true
        default: false
        }
    }
}
