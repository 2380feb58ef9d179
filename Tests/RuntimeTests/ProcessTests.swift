import Base
import CLinux
import Glibc
import Synchronization
import Testing

@testable import Runtime

@Suite("Signals on the Loop")
struct SignalWatchTests {
    @Test("A blocked signal becomes an event on the Loop")
    func signals() throws {
        // Blocked on this thread only, and sent to this thread only: the test process goes on as it was.
        SignalWatch.block([.hangUp])
        let loop = try Loop()
        let journal = Journal<SignalWatch.Signal>()
        let watch = try SignalWatch([.hangUp], on: loop) { journal.write($0) }
        pthread_kill(pthread_self(), SIGHUP)
        loop.settle()
        #expect(journal.entries == [.hangUp])
        watch.cancel()
        watch.cancel()
    }
}

@Suite("Service notification (sd_notify)")
struct ServiceNotifierTests {
    /// What systemd would hear while `body` runs.
    private func heard(at name: String, _ body: (ServiceNotifier) -> Void) throws -> [String] {
        let manager = socket(AF_UNIX, clinux_datagram_socket | socketFlags, 0)
        defer { close(manager) }
        #expect(try UnixAddress(name).withSockaddr { bind(manager, $0, $1) } == 0)
        body(ServiceNotifier(socket: name))
        var messages: [String] = []
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(manager, &bytes, bytes.count, 0)
            guard count >= 0 else { return messages }
            messages.append(String(decoding: bytes[..<count], as: UTF8.self))
        }
    }

    @Test("Each message is one datagram, to a path or to an abstract name", arguments: [true, false])
    func messages(isAbstract: Bool) throws {
        let folder = try temporaryFolder()
        let path = folder + "/notify"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let messages = try heard(at: isAbstract ? "@" + path : path) { notifier in
            notifier.status("2 calls\nREADY=1")
            notifier.ready()
            notifier.watchdog()
            notifier.stopping()
        }
        #expect(messages == ["STATUS=2 calls READY=1", "READY=1", "WATCHDOG=1", "STOPPING=1"])
    }

    @Test(
        "Without a manager, or with one that is gone, nothing fails",
        arguments: [(nil, false), ("", false), ("/nonexistent/notify", true)] as [(String?, Bool)])
    func nobody(name: String?, isNamed: Bool) {
        let notifier = ServiceNotifier(socket: name)
        notifier.ready()
        notifier.watchdog()
        #expect(notifier.isListenedTo == isNamed)
    }

    @Test(
        "The watchdog's interval is read from the environment's values",
        arguments: [
            ("30000000", nil, .seconds(30)), ("30000000", "77", .seconds(30)), ("30000000", "78", nil), (nil, nil, nil),
            ("", nil, nil), ("0", nil, nil), ("-1", nil, nil), ("99999999999999999999", nil, nil),
            ("9223372036854775807", nil, nil),
        ] as [(String?, String?, Duration?)])
    func watchdog(microseconds: String?, process: String?, expected: Duration?) {
        #expect(ServiceNotifier.watchdogInterval(microseconds: microseconds, process: process, ownProcess: 77) == expected)
    }
}

@Suite("Real-time thread")
struct RealTimeThreadTests {
    @Test("Its body runs as the kernel granted, until it is stopped")
    func scheduling() throws {
        let journal = Journal<String>()
        let thread = try start(journal)
        thread.stop()
        switch thread.scheduling {
        case .realTime(let priority):
            #expect(priority == 20)
            #expect(thread.scheduling.advice == nil)
            #expect(journal.entries == ["policy \(SCHED_FIFO | SCHED_RESET_ON_FORK)", "name voice", "stopped"])
        case .ordinary(let error):
            #expect(error.code == EPERM)
            #expect(thread.scheduling.advice?.contains("LimitRTPRIO") == true)
            #expect(journal.entries == ["policy \(SCHED_OTHER)", "name voice", "stopped"])
        }
    }

    private func start(_ journal: Journal<String>) throws -> RealTimeThread {
        try RealTimeThread.start(name: "voice", priority: 20, processor: 0) { stop in
            journal.write("policy \(sched_getscheduler(0))")
            var name = [CChar](repeating: 0, count: 16)
            pthread_getname_np(pthread_self(), &name, name.count)
            journal.write("name " + String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
            while !stop.isRequested { sched_yield() }
            journal.write("stopped")
        }
    }

    @Test("A priority out of range is an ordinary thread and says why")
    func wrongPriority() throws {
        let thread = try RealTimeThread.start(name: "voice", priority: 1_000) { _ in }
        thread.stop()
        guard case .ordinary(let error) = thread.scheduling else {
            Issue.record("granted \(thread.scheduling)")
            return
        }
        #expect(error.operation == "sched_setscheduler SCHED_FIFO")
    }
}
