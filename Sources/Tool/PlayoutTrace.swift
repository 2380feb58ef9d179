import Base
import CLinux
import Media
import Runtime

/// `portier playout`: the RTP stream of a capture, played as a call would play it, in the capture's time.
enum PlayoutTrace {
    struct Request: Equatable {
        var trace: String
        var output: String
        var rate: Int?
        var ssrc: UInt32?
        /// What payload types are, where the user said so; `nil` for a telephone-event.
        var codecs: [UInt8: Codec?] = [:]

        init(trace: String, output: String) {
            self.trace = trace
            self.output = output
        }

        /// Takes an option; false when its value makes no sense.
        mutating func take(_ option: String, _ value: String) -> Bool {
            switch option {
            case "--rate":
                rate = Int(value)
                return rate == 8_000 || rate == 16_000
            case "--ssrc":
                ssrc = value.hasPrefix("0x") ? UInt32(value.dropFirst(2), radix: 16) : UInt32(value)
                return ssrc != nil
            default:
                let parts = value.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, let type = UInt8(parts[0]), type < 128 else { return false }
                if parts[1] == "event" {
                    codecs[type] = .some(nil)
                    return true
                }
                guard let codec = Codec(name: String(parts[1])) else { return false }
                codecs[type] = codec
                return true
            }
        }
    }

    struct Failure: Error, Equatable {
        var text: String
    }

    /// The bounds that a house has without a configuration.
    private static let bounds = VoiceSettings()
    /// As much as is read of a capture.
    private static let largestFile = 1 << 30
    /// Beyond this without a packet the rest of the capture is another call.
    private static let longestPause: Int64 = 600_000_000_000

    static func play(_ request: Request) throws(Failure) {
        let capture = try capture(request.trace)
        let stream = try stream(of: capture, request)
        let sound = try sound(of: stream, capture, request)
        do throws(SoundFile.Failure) { try sound.write(to: request.output) } catch { throw Failure(text: "\(error)") }
    }

    private static func capture(_ path: String) throws(Failure) -> PacketCapture {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try Files.read(path, limit: largestFile).bytes } catch {
            throw Failure(text: "\(error)")
        }
        do throws(PacketCapture.Failure) { return try PacketCapture(bytes) } catch {
            throw Failure(text: "\(path): at byte \(error.offset): \(error.text)")
        }
    }

    // MARK: The stream

    private struct Key: Hashable {
        var path: [UInt8]
        var ssrc: UInt32
    }

    private static func header(_ datagram: PacketCapture.Datagram, _ capture: PacketCapture) -> RTPHeader? {
        capture.bytes.withUnsafeBytes { bytes in
            guard let header = RTPHeader.parse(UnsafeRawBufferPointer(rebasing: bytes[datagram.payload]))?.header else {
                return nil
            }
            // RFC 5761 §4: these would be RTCP's packet types.
            return (64...95).contains(header.payloadType) ? nil : header
        }
    }

    /// The datagrams of the stream that was named, or that has the most packets, in order of arrival.
    private static func stream(of capture: PacketCapture, _ request: Request) throws(Failure) -> [PacketCapture.Datagram] {
        var streams: [Key: [PacketCapture.Datagram]] = [:]
        for datagram in capture.datagrams {
            guard let header = header(datagram, capture), request.ssrc ?? header.ssrc == header.ssrc else { continue }
            streams[Key(path: datagram.path, ssrc: header.ssrc), default: []].append(datagram)
        }
        // Equally long ones: the one that began first, so that the same file always gives the same sound.
        let longest = streams.values.max {
            ($0.count, $1[0].payload.lowerBound) < ($1.count, $0[0].payload.lowerBound)
        }
        guard let longest else {
            throw Failure(
                text: "\(request.trace): no RTP stream" + (request.ssrc.map { " with the SSRC \($0)" } ?? "")
                    + " in \(capture.datagrams.count) datagrams")
        }
        return longest.enumerated().sorted { ($0.element.nanoseconds, $0.offset) < ($1.element.nanoseconds, $1.offset) }
            .map(\.element)
    }

    /// What the stream's payload types are; those that are not here are no speech.
    private static func codecs(
        of stream: [PacketCapture.Datagram], _ capture: PacketCapture, _ request: Request
    ) -> [UInt8: Codec] {
        var codecs: [UInt8: Codec] = [:]
        var longest: [UInt8: Int] = [:]
        capture.bytes.withUnsafeBytes { bytes in
            for datagram in stream {
                guard let packet = RTPHeader.parse(UnsafeRawBufferPointer(rebasing: bytes[datagram.payload])) else { continue }
                longest[packet.header.payloadType] = max(longest[packet.header.payloadType] ?? 0, packet.payload.count)
            }
        }
        for (type, size) in longest {
            if let said = request.codecs[type] {
                codecs[type] = said
            } else if let fixed = Codec.allCases.first(where: { $0.staticPayloadType == type }) {
                codecs[type] = fixed
            } else if type >= 96, size > 4 {
                // A telephone-event has four bytes (RFC 4733 §2.3).
                codecs[type] = .opus
            }
        }
        return codecs
    }

    // MARK: The sound

    private static func sound(
        of stream: [PacketCapture.Datagram], _ capture: PacketCapture, _ request: Request
    ) throws(Failure) -> SoundFile {
        let codecs = codecs(of: stream, capture, request)
        guard !codecs.isEmpty else {
            throw Failure(text: "\(request.trace): the stream has no codec that is known; see --codec")
        }
        let rate = request.rate ?? codecs.values.map(\.audioRate).max() ?? 8_000
        let period = rate / 100
        let playout = Playout(sampleRate: rate, minimumDelay: bounds.minimumDelay, maximumDelay: bounds.maximumDelay)
        var samples: [Int16] = []
        var next = 0
        let start = stream[0].nanoseconds
        // After the last packet as much as can wait, and what was stretched.
        var patience = bounds.maximumDelay / 10 + 100
        var now = Instant()
        var room = [Int16](repeating: 0, count: period)
        while next < stream.count || (!playout.isDrained && patience > 0) {
            if next == stream.count { patience -= 1 }
            while next < stream.count, stream[next].nanoseconds - start <= now.nanoseconds {
                if next > 0, stream[next].nanoseconds - stream[next - 1].nanoseconds > longestPause {
                    next = stream.count
                    break
                }
                put(stream[next], capture, codecs, playout, Instant(nanoseconds: stream[next].nanoseconds - start))
                next += 1
            }
            room.withUnsafeMutableBufferPointer { playout.play(into: $0, at: now) }
            samples += room
            now = now + .milliseconds(10)
        }
        return SoundFile(sampleRate: rate, samples: samples)
    }

    private static func put(
        _ datagram: PacketCapture.Datagram, _ capture: PacketCapture, _ codecs: [UInt8: Codec], _ playout: Playout,
        _ arrival: Instant
    ) {
        capture.bytes.withUnsafeBytes { bytes in
            guard let (header, payload) = RTPHeader.parse(UnsafeRawBufferPointer(rebasing: bytes[datagram.payload])) else {
                return
            }
            if let codec = codecs[header.payloadType] {
                playout.put(payload, codec: codec, timestamp: header.timestamp, sequence: header.sequence, at: arrival)
            } else {
                playout.skip(sequence: header.sequence)
            }
        }
    }
}
