import Glibc
import Runtime
import Testing

@testable import Tool

/// Captures made byte by byte.
private struct Capture {
    var bytes: [UInt8]
    private let isLittle: Bool
    private let isNanoseconds: Bool

    init(link: UInt32 = 1, isLittle: Bool = true, isNanoseconds: Bool = false) {
        (self.isLittle, self.isNanoseconds) = (isLittle, isNanoseconds)
        bytes = []
        append(isNanoseconds ? 0xA1B2_3C4D : 0xA1B2_C3D4)
        append(0x0004_0002)
        for word: UInt32 in [0, 0, 65_535, link] { append(word) }
    }

    private mutating func append(_ word: UInt32) {
        let big = withUnsafeBytes(of: word.bigEndian) { Array($0) }
        bytes += isLittle ? big.reversed() : big
    }

    mutating func add(_ frame: [UInt8], milliseconds: Int) {
        append(UInt32(1_000 + milliseconds / 1_000))
        append(UInt32(milliseconds % 1_000 * (isNanoseconds ? 1_000_000 : 1_000)))
        append(UInt32(frame.count))
        append(UInt32(frame.count))
        bytes += frame
    }

    static func words(_ values: Int...) -> [UInt8] { values.flatMap { [UInt8($0 >> 8 & 255), UInt8($0 & 255)] } }

    static func udp(_ payload: [UInt8]) -> [UInt8] { words(4_000, 4_002, 8 + payload.count, 0) + payload }

    static func ip4(_ payload: [UInt8]) -> [UInt8] {
        let datagram = udp(payload)
        return words(0x4500, 20 + datagram.count, 0, 0x4000, 0x4011, 0) + [10, 0, 0, 1, 10, 0, 0, 2] + datagram
    }

    static func ip6(_ payload: [UInt8]) -> [UInt8] {
        let datagram = udp(payload)
        // Behind destination options of eight bytes.
        return words(0x6000, 0, 8 + datagram.count, 60 << 8 | 64) + [UInt8](repeating: 1, count: 32) + [17, 0]
            + [UInt8](repeating: 0, count: 6) + datagram
    }

    static func rtp(_ sequence: Int, type: UInt8 = 8, ssrc: UInt8 = 7, payload: [UInt8]) -> [UInt8] {
        [0x80, type] + words(sequence, 0, sequence * 160) + [0, 0, 0, ssrc] + payload
    }

    /// A second of a full-scale square wave in A-law, in packets of 20 ms.
    static let loud: [UInt8] = (0..<160).map { $0 / 10 % 2 == 0 ? 0xAA : 0x2A }
}

@Suite("portier playout")
struct PlayoutTraceTests {
    private static let ethernet = [UInt8](repeating: 2, count: 12)

    private static func frame(_ link: UInt32, _ packet: [UInt8], isVersion6: Bool) -> [UInt8] {
        let ip = isVersion6 ? Capture.ip6(packet) : Capture.ip4(packet)
        let type = Capture.words(isVersion6 ? 0x86DD : 0x0800)
        return switch link {
        case 0, 108: [2, 0, 0, 0] + ip
        case 1: ethernet + (isVersion6 ? Capture.words(0x88A8, 5, 0x8100, 7) : []) + type + ip
        case 113: [UInt8](repeating: 0, count: 14) + type + ip
        case 276: type + [UInt8](repeating: 0, count: 18) + ip
        default: ip
        }
    }

    /// Runs the tool; the file's samples behind the 44 bytes of header.
    private static func play(
        _ bytes: [UInt8], _ options: String...
    ) throws -> (status: Tool.Status, error: String, samples: [Int16], rate: Int) {
        var template = Array("/tmp/portier-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink(folder + "/trace.pcap")
            unlink(folder + "/out.wav")
            rmdir(folder)
        }
        try Files.replace(folder + "/trace.pcap", with: bytes)
        nonisolated(unsafe) var error = ""
        let tool = Tool(
            Tool.Surroundings(
                socket: nil, credentials: nil, printOut: { _ in },
                printError: { error += $0.replacing(folder, with: "DIR") }))
        let status = tool.run(["playout", folder + "/trace.pcap", folder + "/out.wav"] + options)
        guard status == .done else { return (status, error, [], 0) }
        let file = try Files.read(folder + "/out.wav", limit: 1 << 26).bytes
        #expect(Array(file[0..<4]) == Array("RIFF".utf8))
        let samples = stride(from: 44, to: file.count - 1, by: 2).map {
            Int16(bitPattern: UInt16(file[$0]) | UInt16(file[$0 + 1]) << 8)
        }
        return (status, error, samples, Int(file[24]) | Int(file[25]) << 8)
    }

    private static func trace(_ link: UInt32 = 1, isVersion6: Bool = false, isLittle: Bool = true, isFine: Bool = false)
        -> Capture
    {
        var capture = Capture(link: link, isLittle: isLittle, isNanoseconds: isFine)
        for index in 0..<50 {
            let packet = Capture.rtp(index, payload: Capture.loud)
            capture.add(frame(link, packet, isVersion6: isVersion6), milliseconds: index * 20)
        }
        return capture
    }

    private static func loudSamples(_ samples: [Int16]) -> Int { samples.filter { abs(Int($0)) > 20_000 }.count }

    @Test("Every link type and both versions of IP give the same sound", arguments: [0, 1, 12, 101, 108, 113, 276] as [UInt32])
    func links(link: UInt32) throws {
        for isVersion6 in [false, true] {
            let result = try Self.play(Self.trace(link, isVersion6: isVersion6).bytes)
            #expect(result.status == .done && result.rate == 8_000)
            #expect(Self.loudSamples(result.samples) >= 7_900)
            // Not longer than the stream, what waits, and the last period.
            #expect(result.samples.count < 8_000 + 240 * 8)
        }
    }

    @Test("Both byte orders and both clocks are read")
    func orders() throws {
        let expected = try Self.play(Self.trace().bytes).samples
        for isLittle in [false, true] {
            let other = try Self.play(Self.trace(isLittle: isLittle, isFine: true).bytes).samples
            #expect(other == expected)
        }
    }

    @Test("pcapng with a clock of nanoseconds gives the same sound")
    func blocks() throws {
        var bytes: [UInt8] = []
        func word(_ value: Int) { for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) } }
        func block(_ type: Int, _ words: [Int], _ data: [UInt8] = []) {
            let padded = data + [UInt8](repeating: 0, count: (4 - data.count % 4) % 4)
            let length = 12 + words.count * 4 + padded.count
            word(type)
            word(length)
            for value in words { word(value) }
            bytes += padded
            word(length)
        }
        block(0x0A0D_0D0A, [0x1A2B_3C4D, 1, -1, -1])
        block(1, [1, 65_535, 9 | 1 << 16, 9, 0])
        for index in 0..<50 {
            let frame = Self.frame(1, Capture.rtp(index, payload: Capture.loud), isVersion6: false)
            let time = 1_000_000_000_000 + index * 20_000_000
            block(6, [0, time >> 32, time & 0xFFFF_FFFF, frame.count, frame.count], frame)
        }
        #expect(try Self.play(bytes).samples == Self.play(Self.trace().bytes).samples)
    }

    @Test("The longest stream is played unless another is named")
    func choice() throws {
        var capture = Self.trace()
        for index in 0..<10 {
            let quiet = Capture.rtp(index, ssrc: 9, payload: [UInt8](repeating: 0xD5, count: 160))
            capture.add(Self.frame(1, quiet, isVersion6: false), milliseconds: 2_000 + index * 20)
        }
        #expect(try Self.loudSamples(Self.play(capture.bytes).samples) >= 7_900)
        let named = try Self.play(capture.bytes, "--ssrc", "0x9")
        #expect(named.status == .done && Self.loudSamples(named.samples) == 0 && named.samples.count >= 1_600)
        let missing = try Self.play(capture.bytes, "--ssrc", "5")
        #expect(missing.error == "portier: DIR/trace.pcap: no RTP stream with the SSRC 5 in 60 datagrams\n")
    }

    @Test("A dynamic payload type is what the command line says")
    func codecs() throws {
        var capture = Capture()
        for index in 0..<50 {
            let packet = Capture.rtp(index, type: 97, payload: Capture.loud)
            capture.add(Self.frame(1, packet, isVersion6: false), milliseconds: index * 20)
        }
        #expect(try Self.loudSamples(Self.play(capture.bytes, "--codec", "97=pcma").samples) >= 7_900)
        let unknown = try Self.play(capture.bytes, "--codec=97=event")
        #expect(unknown.error == "portier: DIR/trace.pcap: the stream has no codec that is known; see --codec\n")
    }

    @Test("A broken capture is refused with the file and the byte")
    func broken() throws {
        let whole = Self.trace().bytes
        let frame = 16 + 14 + 20 + 8 + 12 + 160
        var wrongLink = whole
        wrongLink[20] = 9
        var endless = whole
        endless[24 + frame + 11] = 0x7F
        for (bytes, offset, text) in [
            ([1, 2], 0, "too short for a packet capture"), ([1, 2, 3, 4, 5], 0, "not a packet capture"),
            (Array(whole.prefix(20)), 20, "the file header is cut short"), (wrongLink, 20, "link type 9 is not supported"),
            (Array(whole.prefix(24 + frame + 7)), 24 + frame, "a packet's header is cut short"),
            (
                endless, 24 + frame + 8,
                "a packet of \(0x7F00_0000 + frame - 16) bytes goes beyond the end of the file"
            ),
        ] as [([UInt8], Int, String)] {
            let result = try Self.play(bytes)
            #expect(result.status == .refused)
            #expect(result.error == "portier: DIR/trace.pcap: at byte \(offset): \(text)\n")
        }
    }

    @Test("No prefix of a capture and no changed byte brings the tool down")
    func robust() throws {
        var capture = Capture(link: 113)
        for index in 0..<3 {
            capture.add(Self.frame(113, Capture.rtp(index, payload: [1, 2, 3]), isVersion6: true), milliseconds: index)
        }
        for cut in 0..<capture.bytes.count { _ = try? PacketCapture(Array(capture.bytes.prefix(cut))) }
        for index in capture.bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var changed = capture.bytes
                changed[index] = value
                _ = try? PacketCapture(changed)
            }
        }
        #expect(try PacketCapture(capture.bytes).datagrams.count == 3)
    }
}
