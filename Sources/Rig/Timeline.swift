import Foundation

/// When the samples of recordings came about, seen from how the files grow while other programs write them.
public final class Timeline: @unchecked Sendable {
    private struct Growth {
        var size: Int
        var time: Double
        var previous: Int
    }

    private let lock = NSLock()
    private var growth: [String: [Growth]] = [:]
    private var isStopped = false
    private let listing: @Sendable () -> [String]

    /// Looks a thousand times a second at the files that `listing` names.
    public init(_ listing: @escaping @Sendable () -> [String]) {
        self.listing = listing
        Thread.detachNewThread { [weak self] in
            while let self, !self.look() { Clock.pause(0.001) }
        }
    }

    public func stop() {
        lock.lock()
        isStopped = true
        lock.unlock()
    }

    private func look() -> Bool {
        for file in listing() {
            var status = stat()
            guard stat(file, &status) == 0 else { continue }
            let (size, time) = (Int(status.st_size), Clock.now)
            lock.lock()
            let last = growth[file]?.last?.size ?? 0
            if size > last { growth[file, default: []].append(Growth(size: size, time: time, previous: last)) }
            lock.unlock()
        }
        lock.lock()
        defer { lock.unlock() }
        return isStopped
    }

    /// The monotonic time at which sample 0 was written, or would have been at a steady pace: by the ends of the pieces when they
    /// are recordings of what was just captured, by their starts when they are about to be heard. `nil`: the file did not grow.
    public func origin(of file: String, rate: Int, byEnds: Bool, header: Int = 44) -> Double? {
        lock.lock()
        let steps = (growth[file] ?? []).filter { $0.previous > header }
        lock.unlock()
        guard steps.count > 2 else { return nil }
        let origins = steps.map { step in
            step.time - Double((byEnds ? step.size : step.previous) - header) / Double(2 * rate)
        }
        // The median is deaf to the moments when somebody, us too, was late.
        return origins.sorted()[origins.count / 2]
    }
}
