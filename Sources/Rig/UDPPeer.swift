import Foundation

/// A bare UDP socket on the loopback network that sends and receives SIP messages as text.
public final class UDPPeer {
    public struct Datagram {
        public var text: String
        public var host: String
        public var port: UInt16
        /// When the kernel got it, in seconds on the monotonic clock.
        public var time: Double
    }

    private let descriptor: Int32
    public let address: String
    public let port: UInt16

    /// Binds to `address`; port 0 takes a free one.
    public init(address: String = Ports.address(), port: UInt16 = 5060) throws {
        self.address = address
        let descriptor = socket(AF_INET, SOCK_DGRAM.kind, 0)
        self.descriptor = descriptor
        guard descriptor >= 0, withSocketAddress(address, port, { bind(descriptor, $0, $1) }) == 0 else {
            throw RigError("cannot bind \(address):\(port): \(String(cString: strerror(errno)))")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, Self.timestamps, &isOn, socklen_t(MemoryLayout<Int32>.size))
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
        }
        self.port = UInt16(bigEndian: name.sin_port)
    }

    deinit { close(descriptor) }

    /// SO_TIMESTAMPNS, whose control message is a timespec of the wall clock.
    private static let timestamps: Int32 = 35

    public func send(_ text: String, to host: String, _ port: UInt16) {
        send(bytes: Array(text.utf8), to: host, port)
    }

    public func send(bytes: [UInt8], to host: String, _ port: UInt16) {
        _ = withSocketAddress(host, port) { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// The next datagram; `nil` when none comes in time.
    public func receive(within seconds: Double) -> Datagram? {
        var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&poller, 1, Int32(seconds * 1_000)) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var control = [UInt8](repeating: 0, count: 256)
        var source = sockaddr_in()
        var count = 0
        var controlLength = 0
        buffer.withUnsafeMutableBytes { buffer in
            control.withUnsafeMutableBytes { control in
                withUnsafeMutablePointer(to: &source) { source in
                    var piece = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
                    withUnsafeMutablePointer(to: &piece) { piece in
                        var header = msghdr()
                        header.msg_name = UnsafeMutableRawPointer(source)
                        header.msg_namelen = socklen_t(MemoryLayout<sockaddr_in>.size)
                        header.msg_iov = piece
                        header.msg_iovlen = 1
                        header.msg_control = control.baseAddress
                        header.msg_controllen = control.count
                        count = recvmsg(descriptor, &header, 0)
                        controlLength = Int(header.msg_controllen)
                    }
                }
            }
        }
        guard count >= 0 else { return nil }
        // One control message: its header of 16 bytes, then seconds and nanoseconds.
        var time = Clock.now
        if controlLength >= 32 {
            let (seconds, nanoseconds) = control.withUnsafeBytes {
                ($0.loadUnaligned(fromByteOffset: 16, as: Int64.self), $0.loadUnaligned(fromByteOffset: 24, as: Int64.self))
            }
            time = Double(seconds) + Double(nanoseconds) / 1e9 + Clock.offsetFromWall
        }
        var host = [CChar](repeating: 0, count: 16)
        inet_ntop(AF_INET, &source.sin_addr, &host, 16)
        return Datagram(
            text: String(decoding: buffer[..<count], as: UTF8.self),
            host: String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
            port: UInt16(bigEndian: source.sin_port), time: time)
    }
}

extension UDPPeer.Datagram {
    /// The first line of a SIP message.
    public var firstLine: String { text.components(separatedBy: "\r\n").first ?? "" }

    /// The whole lines of a header, to be copied.
    public func lines(of name: String) -> [String] {
        text.components(separatedBy: "\r\n").prefix { !$0.isEmpty }.filter { $0.lowercased().hasPrefix(name.lowercased() + ":") }
    }

    /// A header's first value.
    public func header(_ name: String) -> String? {
        lines(of: name).first.map { String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces) }
    }

    /// What follows the headers.
    public var body: String { text.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n") }

    /// A response that describes a session, from a peer that can be reached.
    public func response(_ status: String, to peer: UDPPeer, description: String) -> String {
        let empty = response(
            status, ["Contact: <sip:phone@\(peer.address):\(peer.port)>", "Content-Type: application/sdp"])
        return empty.replacingOccurrences(of: "Content-Length: 0\r\n", with: "Content-Length: \(description.utf8.count)\r\n")
            + description
    }

    /// A response to this request: the headers that have to come back, a tag, and what else is given.
    public func response(_ status: String, _ more: [String] = [], tag: String? = "rig") -> String {
        var lines = ["SIP/2.0 \(status)"] + self.lines(of: "Via") + self.lines(of: "From")
        lines += self.lines(of: "To").map { $0.contains("tag=") || tag == nil ? $0 : $0 + ";tag=" + (tag ?? "") }
        lines += self.lines(of: "Call-ID") + self.lines(of: "CSeq") + more
        return (lines + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
    }
}
