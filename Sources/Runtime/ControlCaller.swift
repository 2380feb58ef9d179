import Base
import CLinux
import Glibc
import JSON

/// The client's end of the control socket, blocking: for the command-line tool and for tests of the daemon from outside.
public final class ControlCaller {
    public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        case system(SystemError)
        /// The daemon answered nothing in time.
        case silent(Duration)
        case notJSON(JSONError)

        public var description: String {
            switch self {
            case .system(let error): "\(error)"
            case .silent(let patience): "no answer within \(patience.milliseconds) ms"
            case .notJSON(let error): "not JSON: \(error)"
            }
        }
    }

    private let descriptor: Int32
    private var patience: Duration?
    private var input = LineBuffer(limit: 1 << 24)
    private var lines: [[UInt8]] = []

    /// Connects to the daemon that listens at `path`; `patience` bounds each wait.
    public init(path: String, patience: Duration? = .seconds(5)) throws(Failure) {
        do throws(SystemError) {
            let address = try UnixAddress(path)
            // Stored when connected only: a throw with everything stored would run deinit, which closes, too.
            let descriptor = socket(AF_UNIX, clinux_stream_socket | clinux_close_on_exec, 0)
            guard descriptor >= 0 else { throw .last("socket") }
            guard address.withSockaddr({ connect(descriptor, $0, $1) }) == 0 else {
                let error = SystemError.last("connect", path)
                close(descriptor)
                throw error
            }
            self.descriptor = descriptor
        } catch {
            throw .system(error)
        }
        setPatience(patience)
    }

    deinit { close(descriptor) }

    /// How long each later wait may take; `nil` for ever.
    public func setPatience(_ patience: Duration?) {
        self.patience = patience
        var time = timeval()
        if let patience {
            time.tv_sec = Int(patience.milliseconds / 1_000)
            time.tv_usec = Int(patience.milliseconds % 1_000) * 1_000
        }
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    public func send(_ value: JSONValue) throws(Failure) {
        try send(bytes: value.encoded() + [UInt8(ascii: "\n")])
    }

    /// Sends bytes as they are, whether or not they make lines.
    public func send(bytes: [UInt8]) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = retryingInterrupts {
                rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            }
            guard count > 0 else { throw failure("send") }
            rest = rest.dropFirst(count)
        }
    }

    /// Says that nothing more will be sent.
    public func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The next line; `nil` when the daemon closed the connection.
    public func receive() throws(Failure) -> JSONValue? {
        while lines.isEmpty {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = retryingInterrupts { read(descriptor, &bytes, bytes.count) }
            if count == 0 { return nil }
            if count < 0 {
                if errno == ECONNRESET { return nil }
                throw failure("read")
            }
            for case .line(let line) in input.append(bytes[..<count]) { lines.append(line) }
        }
        do throws(JSONError) {
            return try JSONValue(parsing: lines.removeFirst())
        } catch {
            throw .notJSON(error)
        }
    }

    /// Sends a request and waits for its answer.
    public func ask(_ request: JSONValue) throws(Failure) -> JSONValue? {
        try send(request)
        return try receive()
    }

    private func failure(_ operation: String) -> Failure {
        if errno == EAGAIN, let patience { return .silent(patience) }
        return .system(.last(operation))
    }
}
