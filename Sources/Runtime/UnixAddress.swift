import CLinux

/// The address of a UNIX socket: a path, or a name in the abstract namespace, which systemd writes with a leading `@`.
struct UnixAddress {
    /// What fits into `sun_path` beside the final zero.
    static let longestPath = 107

    let path: String

    init(_ path: String) throws(SystemError) {
        guard !path.isEmpty, path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else {
            throw SystemError("UNIX socket path", path, code: ENAMETOOLONG)
        }
        self.path = path
    }

    func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = path.utf8.first == UInt8(ascii: "@")
        withUnsafeMutableBytes(of: &address.sun_path) { bytes in
            bytes.copyBytes(from: path.utf8)
            if isAbstract { bytes[0] = 0 }
        }
        // The length counts: an abstract name ends where it says, a path after its zero.
        let length = MemoryLayout<sa_family_t>.size + path.utf8.count + (isAbstract ? 0 : 1)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }
}
