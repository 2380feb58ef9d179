import CLinux
import Glibc

/// Signals as events on the Loop, by signalfd. Belongs to the Loop's thread.
public final class SignalWatch: @unchecked Sendable {
    public enum Signal: Int32, Sendable, CaseIterable {
        case hangUp = 1
        case interrupt = 2
        case terminate = 15
    }

    private let descriptor: Int32
    private var watch: Watch?

    /// Keeps the signals from ending the process, and a broken pipe too. Before the first thread: threads inherit it.
    public static func block(_ signals: [Signal] = Signal.allCases) {
        var set = mask(signals)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Tells each signal on the Loop's thread; they must be blocked.
    public init(
        _ signals: [Signal] = Signal.allCases, on loop: Loop, handler: @escaping @Sendable (Signal) -> Void
    ) throws(SystemError) {
        var set = Self.mask(signals)
        let descriptor = signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("signalfd") }
        self.descriptor = descriptor
        do throws(SystemError) {
            watch = try loop.watch(descriptor, for: .readable) { _ in
                var info = signalfd_siginfo()
                while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
                    if let signal = Signal(rawValue: Int32(bitPattern: info.ssi_signo)) { handler(signal) }
                }
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Lets the signals lie from now on.
    public func cancel() {
        guard let watch else { return }
        watch.cancel()
        self.watch = nil
        close(descriptor)
    }

    private static func mask(_ signals: [Signal]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal.rawValue) }
        return set
    }
}
