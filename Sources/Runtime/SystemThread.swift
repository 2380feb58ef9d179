import CLinux
import Glibc

/// A thread of the operating system: started with a name, joined by its owner. Signals are blocked on it as on its maker.
public final class SystemThread: @unchecked Sendable {
    private let thread: pthread_t
    private var isJoined = false

    private init(thread: pthread_t) {
        self.thread = thread
    }

    /// Runs `body` on a new thread; the kernel keeps the first fifteen bytes of the name.
    public static func start(
        name: String, stackBytes: Int? = nil, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> SystemThread {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if let stackBytes { pthread_attr_setstacksize(&attributes, stackBytes) }
        let entry = Unmanaged.passRetained(Entry(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, threadEntry, entry.toOpaque())
        guard code == 0 else {
            entry.release()
            throw SystemError("pthread_create", name, code: code)
        }
        return SystemThread(thread: thread)
    }

    /// Waits for the thread's end. Once, and not on the thread itself.
    public func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(thread, nil)
    }

    deinit {
        if !isJoined { pthread_detach(thread) }
    }

    fileprivate final class Entry: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}

/// The C entry of every thread. A nonisolated function: a closure written in main.swift would be the main actor's, and trap here.
private func threadEntry(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    let entry = Unmanaged<SystemThread.Entry>.fromOpaque(argument).takeRetainedValue()
    pthread_setname_np(pthread_self(), String(decoding: entry.name.utf8.prefix(15), as: UTF8.self))
    entry.body()
    return nil
}
