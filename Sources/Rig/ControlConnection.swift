import Foundation
import JSON

/// A connection to the daemon's control socket: a JSON object a line, both ways.
final class ControlConnection: @unchecked Sendable {
    /// What the daemon sends.
    let lines = Inbox<JSONValue>()
    private let descriptor: Int32
    private let finished = DispatchSemaphore(value: 0)

    init(path: String) throws {
        let descriptor = socket(AF_UNIX, SOCK_STREAM.kind, 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isShort = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return false }
            room.copyBytes(from: path.utf8)
            return true
        }
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        guard isShort, isConnected else {
            finished.signal()
            throw RigError("cannot connect to \(path)")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let (lines, finished) = (lines, finished)
        Thread.detachNewThread {
            Self.read(descriptor, into: lines)
            finished.signal()
        }
    }

    // Only here is the number given back, so that nobody shuts down what another has opened since.
    deinit {
        end()
        finished.wait()
        close(descriptor)
    }

    /// The reader wakes up from this and comes to its end.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ request: JSONValue) {
        let bytes = request.encoded() + [UInt8(ascii: "\n")]
        _ = Foundation.write(descriptor, bytes, bytes.count)
    }

    private static func read(_ descriptor: Int32, into lines: Inbox<JSONValue>) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var pending: [UInt8] = []
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                if let value = try? JSONValue(parsing: Array(pending[..<end])) { lines.add(value) }
                pending.removeFirst(end + 1)
            }
        }
        lines.close()
    }
}
