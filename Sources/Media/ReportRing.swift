import Synchronization

/// Reports from the audio thread to control: one writer, one reader, no lock, no allocation. What does not fit is counted.
final class ReportRing: @unchecked Sendable {
    private static let capacity = 512
    private let storage = UnsafeMutablePointer<VoiceReport>.allocate(capacity: capacity)
    private let written = Atomic<Int>(0)
    private let read = Atomic<Int>(0)
    private let lost = Atomic<UInt32>(0)

    init() {
        storage.initialize(repeating: .lost(count: 0), count: Self.capacity)
    }

    deinit {
        storage.deallocate()
    }

    /// From the audio thread.
    func write(_ report: VoiceReport) {
        let position = written.load(ordering: .relaxed)
        guard position &- read.load(ordering: .acquiring) < Self.capacity else {
            lost.add(1, ordering: .relaxed)
            return
        }
        storage[position & (Self.capacity - 1)] = report
        written.store(position &+ 1, ordering: .releasing)
    }

    /// Whether there is something to read; from any thread.
    var hasReports: Bool { written.load(ordering: .acquiring) != read.load(ordering: .relaxed) }

    /// From control's thread.
    func next() -> VoiceReport? {
        let position = read.load(ordering: .relaxed)
        guard position != written.load(ordering: .acquiring) else {
            let count = lost.exchange(0, ordering: .relaxed)
            return count > 0 ? .lost(count: count) : nil
        }
        defer { read.store(position &+ 1, ordering: .releasing) }
        return storage[position & (Self.capacity - 1)]
    }
}
