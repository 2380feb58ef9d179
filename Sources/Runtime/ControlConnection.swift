import Base
import CLinux
import Glibc
import JSON

/// The server's end of one control connection: lines in, lines out, both bounded.
final class ControlConnection: @unchecked Sendable {
    let client: ControlClient
    private let descriptor: Int32
    private let limits: ControlServer.Limits
    private let loop: Loop
    private unowned let server: ControlServer
    private var watch: Watch?
    private let deadline: Alarm

    private var input: LineBuffer
    private var output: [UInt8] = []
    /// How much of `output` is written.
    private var written = 0
    private var phase = Phase.open
    private var isSlow = false

    private enum Phase {
        case open
        /// The client sends no more; what its requests are answered with is still written.
        case inputEnded
        /// Closed as soon as the output is written.
        case finishing
        case closed
    }

    init(
        client: ControlClient, descriptor: Int32, limits: ControlServer.Limits, loop: Loop, server: ControlServer
    ) throws(SystemError) {
        self.client = client
        self.descriptor = descriptor
        self.limits = limits
        self.loop = loop
        self.server = server
        input = LineBuffer(limit: limits.lineBytes)
        deadline = Alarm(on: loop)
        watch = try loop.watch(descriptor, for: .readable) { [weak self] readiness in self?.ready(readiness) }
        deadline.handler = { [weak self] in self?.drop() }
    }

    private func ready(_ readiness: Readiness) {
        if readiness.contains(.writable) { flush() }
        if readiness.contains(.readable), phase == .open { receive() }
    }

    private func receive() {
        // One read a turn: a client that never stops sending cannot starve the others.
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = retryingInterrupts { read(descriptor, &bytes, bytes.count) }
        if count < 0 {
            if errno != EAGAIN { drop() }
            return
        }
        if count == 0 {
            endInput()
            return
        }
        for piece in input.append(bytes[..<count]) where phase == .open {
            switch piece {
            case .line(let line): receive(line: line)
            case .tooLong:
                send([
                    "error": .string("line longer than \(limits.lineBytes) bytes"),
                    "column": .integer(Int64(limits.lineBytes) + 1),
                ])
                finish()
            }
        }
    }

    private func receive(line: [UInt8]) {
        guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { return }
        do throws(JSONError) {
            let value = try JSONValue(parsing: line)
            if value.object != nil {
                server.received(value, from: client)
            } else {
                send(["error": .string("column 1: an object expected, found \(value.kind)"), "column": 1])
            }
        } catch {
            send(["error": .string("column \(error.column): \(error.message)"), "column": .integer(Int64(error.column))])
        }
    }

    /// The client closed its half. Answers under way are written, then the connection ends.
    private func endInput() {
        let rest = input.remainder
        if !rest.isEmpty { receive(line: rest) }
        guard phase == .open else { return }
        phase = .inputEnded
        updateInterest()
        loop.post { [weak self] in self?.finish() }
    }

    func send(_ value: JSONValue) {
        guard phase == .open || phase == .inputEnded else { return }
        let line = value.encoded() + [UInt8(ascii: "\n")]
        guard output.count - written + line.count <= limits.queueBytes else {
            giveUp()
            return
        }
        output += line
        flush()
    }

    /// The client does not read: what waits is replaced by a note after the line that is half-written.
    private func giveUp() {
        isSlow = true
        let end = output[written...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? output.count
        // Only a line begun must be ended; one not begun is dropped with the rest.
        let isBegun = written > 0 && output[written - 1] != UInt8(ascii: "\n")
        output.removeSubrange((isBegun ? end : written)...)
        output += JSONValue.object(["error": "too slow: lines were dropped and the connection is closed"]).encoded()
        output.append(UInt8(ascii: "\n"))
        finish()
    }

    /// Writes what waits, then closes.
    func finish() {
        guard phase == .open || phase == .inputEnded else { return }
        phase = .finishing
        deadline.set(after: limits.lingering)
        flush()
    }

    private func flush() {
        guard phase != .closed else { return }
        while written < output.count {
            let count = retryingInterrupts {
                output[written...].withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
            }
            guard count >= 0 else {
                if errno == EAGAIN { break }
                drop()
                return
            }
            written += count
        }
        if written == output.count {
            output.removeAll(keepingCapacity: true)
            written = 0
            if phase == .finishing {
                drop()
                return
            }
        } else if written > limits.queueBytes {
            // The last written byte stays: it tells whether a line is half-written.
            output.removeSubrange(..<(written - 1))
            written = 1
        }
        updateInterest()
    }

    private func updateInterest() {
        var interest: Readiness = []
        if phase == .open { interest.insert(.readable) }
        if !output.isEmpty { interest.insert(.writable) }
        watch?.setInterest(interest)
    }

    /// Closes at once.
    func drop() {
        guard phase != .closed else { return }
        phase = .closed
        deadline.set(at: nil)
        watch?.cancel()
        watch = nil
        Glibc.close(descriptor)
        server.dropped(client, isSlow: isSlow)
    }
}
