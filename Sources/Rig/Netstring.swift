import Foundation

/// A TCP connection on which each message is `LENGTH:BYTES,`: how baresip's ctrl_tcp speaks.
final class NetstringConnection: @unchecked Sendable {
    private let descriptor: Int32
    private let finished = DispatchSemaphore(value: 0)
    private let lock = NSLock()
    /// MSG_NOSIGNAL, which is an enumeration's case on some systems and a number on others.
    private static let noSignal: Int32 = 0x4000

    /// Connects, and calls `received` on a thread of its own for each message until the other side closes.
    init(host: String, port: UInt16, received: @escaping @Sendable ([UInt8]?) -> Void) throws {
        descriptor = socket(AF_INET, SOCK_STREAM.kind, 0)
        guard descriptor >= 0, withSocketAddress(host, port, { connect(descriptor, $0, $1) }) == 0 else {
            let reason = String(cString: strerror(errno))
            finished.signal()
            throw RigError("cannot connect to \(host):\(port): \(reason)")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        let input = descriptor
        let finished = finished
        Thread.detachNewThread {
            Self.read(input, received)
            finished.signal()
        }
    }

    // Only here is the number given back, so that nobody shuts down what another has opened since.
    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        finished.wait()
        close(descriptor)
    }

    func send(_ text: String) throws {
        lock.lock()
        defer { lock.unlock() }
        let bytes = Array("\(text.utf8.count):\(text),".utf8)
        guard Foundation.send(descriptor, bytes, bytes.count, Self.noSignal) == bytes.count else {
            throw RigError("the control connection broke")
        }
    }

    private static func read(_ descriptor: Int32, _ received: ([UInt8]?) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var pending: [UInt8] = []
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let colon = pending.firstIndex(of: UInt8(ascii: ":")),
                let length = Int(String(decoding: pending[..<colon], as: UTF8.self)), pending.count > colon + 1 + length
            {
                received(Array(pending[(colon + 1)..<(colon + 1 + length)]))
                pending.removeFirst(colon + 2 + length)
            }
        }
        received(nil)
    }
}
