import Base
import CLinux
import Glibc

/// Tells systemd how the service is (sd_notify(3)): one datagram a message to the socket named by NOTIFY_SOCKET.
public final class ServiceNotifier: Sendable {
    private let descriptor: Int32
    private let address: UnixAddress?

    /// `socket` is the value of NOTIFY_SOCKET: a path, or `@name`; without one nothing is ever sent.
    public init(socket name: String?) {
        address = name.flatMap { try? UnixAddress($0) }
        descriptor = address == nil ? -1 : socket(AF_UNIX, clinux_datagram_socket | socketFlags, 0)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    public var isListenedTo: Bool { descriptor >= 0 }

    public func ready() { send("READY=1") }

    public func stopping() { send("STOPPING=1") }

    /// Free text for `systemctl status`, one line.
    public func status(_ text: String) {
        send("STATUS=" + text.split(whereSeparator: \.isNewline).joined(separator: " "))
    }

    /// A sign of life, due in every watchdog interval.
    public func watchdog() { send("WATCHDOG=1") }

    private func send(_ text: String) {
        guard let address, descriptor >= 0 else { return }
        let bytes = Array(text.utf8)
        // A manager too busy to take it gets the next one; nothing here may block or fail the daemon.
        _ = address.withSockaddr { pointer, length in
            sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, length)
        }
    }

    /// How often a sign of life is due, from the values of WATCHDOG_USEC and WATCHDOG_PID; `nil` when nobody waits for one.
    public static func watchdogInterval(microseconds: String?, process: String?, ownProcess: Int32 = getpid()) -> Duration? {
        guard let microseconds, let count = Int64(microseconds), count > 0, count < 1 << 53 else { return nil }
        if let process, Int32(process) != ownProcess { return nil }
        return .microseconds(count)
    }
}
