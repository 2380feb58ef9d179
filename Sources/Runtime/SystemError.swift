import Base
import CLinux
import Glibc

/// A system call that failed: what was tried, on what, and the errno.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call or the step, such as `bind`.
    public var operation: String
    /// The address, path or name that it concerned, if any.
    public var object: String?
    public var code: Int32

    public init(_ operation: String, _ object: String? = nil, code: Int32) {
        self.operation = operation
        self.object = object
        self.code = code
    }

    /// The error that the last call on this thread left in `errno`.
    static func last(_ operation: String, _ object: String? = nil) -> SystemError {
        SystemError(operation, object, code: errno)
    }

    public var description: String { "\(operation)\(object.map { " " + $0 } ?? ""): \(Self.text(code))" }

    /// The C library's words for an errno; safe on any thread.
    public static func text(_ code: Int32) -> String {
        guard let text = strerrordesc_np(code) else { return "error \(code)" }
        return String(cString: text)
    }
}

/// Runs a system call again for as long as a signal interrupts it.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

extension SystemError {
    static let badDescriptor = EBADF

    /// The system has no IPv6.
    var isMissingFamily: Bool { code == EAFNOSUPPORT || code == EADDRNOTAVAIL }
}

extension SystemError {
    /// Nobody listens there.
    static func refused(_ peer: SocketAddress) -> SystemError { SystemError("connect", "\(peer)", code: ECONNREFUSED) }
}
