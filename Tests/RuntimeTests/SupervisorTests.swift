import Base
import Synchronization
import Testing

@testable import Runtime

@Suite("Supervision")
struct SupervisionTests {
    @Test(
        "The delay doubles from the first to the longest",
        arguments: [(1, 200), (2, 400), (3, 800), (8, 25_600), (9, 30_000), (10, 30_000), (1_000_000, 30_000)])
    func delays(failures: Int, milliseconds: Int64) {
        #expect(RestartPolicy().delay(after: failures).milliseconds == milliseconds)
    }

    @Test("Events that do not fit the state change nothing")
    func strays() {
        var supervision = Supervision()
        let now = Instant()
        #expect(supervision.failed(at: now) == [])
        #expect(supervision.wake(at: now) == [])
        #expect(supervision.stop() == [])
        #expect(supervision.start(at: now) == [.start])
        #expect(supervision.start(at: now) == [])
        #expect(supervision.failed(at: now) == [.stop])
        #expect(supervision.failed(at: now) == [])
        #expect(supervision.wake(at: now) == [])
        #expect(supervision.stop() == [])
        #expect(supervision.nextDeadline == nil)
    }
}

@Suite("Supervisor in virtual time")
struct SupervisorTests {
    private struct Broken: Error, CustomStringConvertible {
        let description = "no card"
    }

    let loop = Loop(reactor: VirtualReactor())
    private let journal = Journal<String>()
    private let isBroken = Mutexed(true)

    final class Mutexed: Sendable {
        private let storage: Mutex<Bool>
        init(_ value: Bool) { storage = Mutex(value) }
        var value: Bool {
            get { storage.withLock { $0 } }
            set { storage.withLock { $0 = newValue } }
        }
    }

    private func supervise(_ supervisor: Supervisor, _ name: String) -> SupervisedService {
        let (journal, isBroken, loop) = (journal, isBroken, loop)
        return supervisor.supervise(name) {
            journal.write("\(name) start \((loop.now - Instant()).milliseconds)")
            if isBroken.value { throw Broken() }
        } stop: {
            journal.write("\(name) stop")
        }
    }

    @Test("A service that cannot start is tried again with growing delay, and runs once it can")
    func startFails() {
        let log = Journal<String>()
        let supervisor = Supervisor(on: loop, log: Log { log.write(String(decoding: $0, as: UTF8.self)) })
        let service = supervise(supervisor, "sound")
        #expect(!supervisor.allRun)
        loop.advance(by: .milliseconds(700))
        isBroken.value = false
        loop.advance(by: .seconds(10))
        #expect(
            journal.entries == [
                "sound start 0", "sound stop", "sound start 200", "sound stop", "sound start 600", "sound stop",
                "sound start 1400",
            ])
        #expect(service.isRunning)
        #expect(supervisor.allRun)
        #expect(
            log.entries == [
                "<3>service-failed service=sound error=\"no card\" failures=1 retry=\"0.2 seconds\"\n",
                "<3>service-failed service=sound error=\"no card\" failures=2 retry=\"0.4 seconds\"\n",
                "<3>service-failed service=sound error=\"no card\" failures=3 retry=\"0.8 seconds\"\n",
                "<5>service-restarted service=sound failures=3\n",
            ])
    }

    @Test("A healthy minute makes the next failure the first one")
    func healthy() {
        isBroken.value = false
        let service = supervise(Supervisor(on: loop, log: .silent()), "s")
        for _ in 0..<4 {
            loop.advance(by: .seconds(59))
            service.fail(Broken())
        }
        #expect(service.failures == 4)
        loop.advance(by: .seconds(70))
        service.fail(Broken())
        #expect(service.failures == 1)
        #expect(service.state == .waiting(until: loop.now + .milliseconds(200)))
    }

    @Test("Over a day of failing it never waits longer than the longest delay and never gives up")
    func forever() {
        let service = supervise(Supervisor(on: loop, log: .silent()), "s")
        loop.advance(by: .seconds(86_400))
        let starts = journal.entries.count { $0.contains("start") }
        #expect((2_870...2_900).contains(starts))
        #expect(!service.isRunning)
    }

    @Test("Stopping stops the last started first, and nothing starts again")
    func stop() {
        isBroken.value = false
        let supervisor = Supervisor(on: loop, log: .silent())
        _ = supervise(supervisor, "a")
        let failed = supervise(supervisor, "b")
        _ = supervise(supervisor, "c")
        failed.fail(Broken())
        supervisor.stop()
        loop.advance(by: .seconds(60))
        #expect(journal.entries == ["a start 0", "b start 0", "c start 0", "b stop", "c stop", "a stop"])
    }
}
