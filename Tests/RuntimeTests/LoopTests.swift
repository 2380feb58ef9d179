import Base
import CLinux
import Synchronization
import Testing

@testable import Runtime

/// What happened, in order; written from anywhere.
final class Journal<Entry: Sendable>: Sendable {
    private let storage = Mutex<[Entry]>([])

    var entries: [Entry] { storage.withLock { $0 } }

    func write(_ entry: Entry) { storage.withLock { $0.append(entry) } }
}

private actor Counter {
    nonisolated let loop: Loop
    private(set) var value = 0

    init(loop: Loop) { self.loop = loop }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    func increment() { value += 1 }
    func add(to other: Counter, times: Int) async {
        for _ in 0..<times { await other.increment() }
    }
}

@Suite("Loop in virtual time")
struct VirtualLoopTests {
    let loop = Loop(reactor: VirtualReactor())

    @Test("A day of alarms takes no time and each goes off at its deadline")
    func day() {
        let journal = Journal<Instant>()
        let alarm = Alarm(on: loop)
        let loop = loop
        alarm.handler = { [unowned alarm] in
            journal.write(loop.now)
            alarm.set(after: .seconds(60))
        }
        alarm.set(after: .seconds(60))
        loop.advance(by: .seconds(86_400))
        #expect(journal.entries.count == 1_440)
        #expect(journal.entries.last == Instant() + .seconds(86_400))
        #expect(loop.now == Instant() + .seconds(86_400))
    }

    @Test("Alarms go off by deadline, and those of one deadline in the order they were set")
    func order() {
        let journal = Journal<String>()
        let alarms = ["a", "b", "c", "d", "e"].map { name in Alarm(on: loop) { journal.write(name) } }
        let noon = Instant() + .seconds(10)
        alarms[0].set(at: noon)
        alarms[1].set(at: noon)
        alarms[2].set(at: noon - .seconds(1))
        alarms[3].set(at: noon)
        alarms[4].set(at: noon + .seconds(1))
        alarms[0].set(at: nil)
        alarms[0].set(at: noon)
        loop.run(until: noon)
        #expect(journal.entries == ["c", "b", "d", "a"])
        loop.advance(by: .seconds(1))
        #expect(journal.entries == ["c", "b", "d", "a", "e"])
    }

    @Test("An alarm set anew goes off once, at the later deadline; set to nil, never")
    func setAnew() {
        let journal = Journal<Instant>()
        let loop = loop
        let moved = Alarm(on: loop) { journal.write(loop.now) }
        let dropped = Alarm(on: loop) { journal.write(loop.now) }
        dropped.set(after: .seconds(2))
        for second in 1...5 { moved.set(at: Instant() + .seconds(second)) }
        dropped.set(at: nil)
        loop.advance(by: .seconds(100))
        #expect(journal.entries == [Instant() + .seconds(5)])
        #expect(moved.deadline == nil)
    }

    @Test("Random settings go off sorted", arguments: 0..<20)
    func heap(seed: UInt64) {
        var random = RandomSource(seed: seed)
        let journal = Journal<Int64>()
        let loop = loop
        let alarms = (0..<50).map { _ in Alarm(on: loop) { journal.write(loop.now.nanoseconds) } }
        for _ in 0..<500 {
            let alarm = alarms[Int.random(in: 0..<50, using: &random)]
            let isCancel = Int.random(in: 0..<5, using: &random) == 0
            alarm.set(at: isCancel ? nil : Instant(nanoseconds: Int64.random(in: 1...1_000, using: &random)))
        }
        let expected = alarms.compactMap(\.deadline?.nanoseconds).sorted()
        loop.run(until: Instant(nanoseconds: 1_000))
        #expect(journal.entries == expected)
    }

    @Test("An alarm set for now by its own handler leaves the others their turn")
    func alwaysDue() {
        let journal = Journal<String>()
        let eager = Alarm(on: loop)
        let loop = loop
        eager.handler = { [unowned eager] in
            guard journal.entries.count < 3 else { return }
            journal.write("eager")
            eager.set(at: loop.now)
        }
        eager.set(at: loop.now)
        let other = Alarm(on: loop) { journal.write("other") }
        other.set(at: loop.now)
        loop.settle()
        #expect(journal.entries == ["eager", "other", "eager"])
    }

    @Test("Posted closures run in order, also those posted by closures, before time moves")
    func posted() {
        let journal = Journal<Int>()
        let loop = loop
        loop.post {
            journal.write(1)
            loop.post { journal.write(3) }
        }
        loop.post { journal.write(2) }
        Alarm(on: loop) { journal.write(4) }.set(after: .nanoseconds(1))
        loop.advance(by: .seconds(1))
        #expect(journal.entries == [1, 2, 3, 4])
    }

    @Test("Code on the thread that made the Loop is isolated to the Loop's actors")
    func isolation() {
        let counter = Counter(loop: loop)
        counter.assumeIsolated { $0.increment() }
        #expect(counter.assumeIsolated { $0.value } == 1)
    }

    @Test("Jobs of actors run while the Loop runs")
    func jobs() async {
        let counter = Counter(loop: loop)
        let other = Counter(loop: loop)
        let done = Journal<Bool>()
        Task {
            await counter.add(to: other, times: 5_000)
            done.write(true)
        }
        while done.entries.isEmpty {
            loop.settle()
            await Task.yield()
        }
        #expect(await withDriver { await other.value } == 5_000)
    }

    private func withDriver<T: Sendable>(_ work: @escaping @Sendable () async -> T) async -> T {
        let result = Journal<T>()
        Task { result.write(await work()) }
        while true {
            if let value = result.entries.first { return value }
            loop.settle()
            await Task.yield()
        }
    }

    @Test("Invented descriptors are told while ready, in the order they were made, and not once cancelled")
    func inventedDescriptors() throws {
        let reactor = VirtualReactor()
        let loop = Loop(reactor: reactor)
        let journal = Journal<String>()
        let first = reactor.makeDescriptor()
        let second = reactor.makeDescriptor()
        let later = try loop.watch(second, for: .readable) { _ in
            journal.write("second")
            reactor.setReadiness(second, [])
        }
        let earlier = try loop.watch(first, for: .readable) { readiness in
            journal.write("first \(readiness.contains(.writable))")
            reactor.setReadiness(first, [])
        }
        reactor.setReadiness(second, .readable)
        reactor.setReadiness(first, [.readable, .writable])
        loop.settle()
        #expect(journal.entries == ["first false", "second"])
        earlier.cancel()
        later.setInterest(.writable)
        reactor.setReadiness(first, .readable)
        reactor.setReadiness(second, .readable)
        loop.advance(by: .seconds(1))
        #expect(journal.entries.count == 2)
    }
}

@Suite("Loop on the kernel's clock and descriptors")
struct KernelLoopTests {
    @Test("An alarm goes off not before its deadline")
    func alarm() throws {
        let loop = try Loop()
        let deadline = loop.now + .milliseconds(5)
        let journal = Journal<Instant>()
        let alarm = Alarm(on: loop) {
            journal.write(loop.now)
            loop.stop()
        }
        alarm.set(at: deadline)
        loop.run()
        let fired = try #require(journal.entries.first)
        #expect(fired >= deadline)
    }

    @Test("Deadlines moved earlier and later while waiting are kept")
    func moved() throws {
        let loop = try Loop()
        let start = loop.now
        let journal = Journal<String>()
        let late = Alarm(on: loop) {
            journal.write("late")
            loop.stop()
        }
        let early = Alarm(on: loop) {
            journal.write("early")
            late.set(at: start + .milliseconds(6))
        }
        late.set(at: start + .milliseconds(4))
        loop.settle()
        early.set(at: start + .milliseconds(2))
        loop.run()
        #expect(journal.entries == ["early", "late"])
        #expect(loop.now >= start + .milliseconds(6))
    }

    @Test("A closure posted by another thread wakes a sleeping Loop, and enters its actors without a queue")
    func wakeUp() throws {
        let loop = try Loop()
        let counter = Counter(loop: loop)
        let thread = try SystemThread.start(name: "poster") {
            for _ in 0..<1_000 { loop.post { counter.assumeIsolated { $0.increment() } } }
            loop.post { loop.stop() }
        }
        loop.run()
        thread.join()
        #expect(counter.assumeIsolated { $0.value } == 1_000)
    }

    @Test("A Loop on a thread of its own: descriptor and alarm handlers enter actors by assumeIsolated")
    func ownThread() throws {
        let loop = try Loop()
        let counter = Counter(loop: loop)
        var ends: [Int32] = [0, 0]
        #expect(pipe2(&ends, O_NONBLOCK) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        let watch = try loop.watch(reading, for: .readable) { _ in
            var byte: UInt8 = 0
            _ = read(reading, &byte, 1)
            counter.assumeIsolated { $0.increment() }
            if byte == 9 { loop.stop() }
        }
        let alarm = Alarm(on: loop) { counter.assumeIsolated { $0.increment() } }
        alarm.set(at: loop.now)
        let thread = try SystemThread.start(name: "loop") { loop.run() }
        for byte: UInt8 in 0..<10 { _ = withUnsafeBytes(of: byte) { write(writing, $0.baseAddress, 1) } }
        thread.join()
        #expect(!loop.isOnLoop)
        loop.settle()
        #expect(loop.isOnLoop)
        #expect(counter.assumeIsolated { $0.value } == 11)
        watch.cancel()
    }

    @Test("Awaiting an actor from elsewhere runs its job on the Loop's thread")
    func await() async throws {
        let loop = try Loop()
        let counter = Counter(loop: loop)
        let other = Counter(loop: loop)
        let thread = try SystemThread.start(name: "loop") { loop.run() }
        while loop.isOnLoop { sched_yield() }
        await counter.add(to: other, times: 1_000)
        #expect(await other.value == 1_000)
        loop.stop()
        thread.join()
    }

    @Test("Work that always makes more work cannot starve alarms")
    func busy() throws {
        let loop = try Loop()
        let alarm = Alarm(on: loop) { loop.stop() }
        // A function, because a closure cannot post itself.
        @Sendable func again() {
            if alarm.deadline != nil { loop.post(again) }
        }
        alarm.set(after: .milliseconds(1))
        loop.post(again)
        loop.run()
        #expect(alarm.deadline == nil)
    }

    @Test("Readiness meant for a descriptor closed in the same turn does not reach the one opened in its place")
    func reusedDescriptor() throws {
        let loop = try Loop()
        let journal = Journal<String>()
        var ends: [Int32] = [0, 0]
        #expect(pipe2(&ends, O_NONBLOCK) == 0)
        let (reading, writing) = (ends[0], ends[1])
        let copy = dup(reading)
        defer { for descriptor in [reading, writing, copy] { close(descriptor) } }
        let watches = Mutex<[Watch]>([])
        // Both are ready in the same turn; whichever is told first cancels both and takes a slot anew for a descriptor not ready.
        let react: @Sendable (Readiness) -> Void = { _ in
            journal.write("told")
            watches.withLock { watches in
                for watch in watches { watch.cancel() }
                watches = []
                for _ in 0..<2 {
                    var fresh: [Int32] = [0, 0]
                    _ = pipe2(&fresh, O_NONBLOCK)
                    if let watch = try? loop.watch(fresh[0], for: .readable, { _ in journal.write("wrong") }) {
                        watches.append(watch)
                    }
                }
            }
        }
        let both = [try loop.watch(reading, for: .readable, react), try loop.watch(copy, for: .readable, react)]
        watches.withLock { $0 = both }
        _ = withUnsafeBytes(of: UInt8(1)) { write(writing, $0.baseAddress, 1) }
        loop.settle()
        #expect(journal.entries == ["told"])
        watches.withLock { watches in
            for watch in watches {
                watch.cancel()
                close(watch.descriptor)
            }
        }
    }

    @Test("A descriptor that epoll refuses is an error that names the call")
    func refused() throws {
        let loop = try Loop()
        #expect(throws: SystemError("epoll_ctl", "descriptor -1", code: EBADF)) {
            _ = try loop.watch(-1, for: .readable) { _ in }
        }
    }
}
