import Base

extension SecureRandom {
    /// The kernel's: Swift's own generator is getrandom(2) on Linux, which waits once after boot until the kernel has
    /// gathered enough, and never again.
    public static let kernel = SecureRandom { count in
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: generator.next() as UInt64) { bytes += $0 } }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
