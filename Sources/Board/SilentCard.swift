import Base

/// No sound at all: hears silence, plays to nobody, beats by the monotonic clock.
///
/// `@unchecked`: a card belongs to one thread, which `SoundCard` says.
public final class SilentCard: SoundCard, @unchecked Sendable {
    public let name = "none"
    public let hasMicrophone = false
    private let time: any MonotonicTime
    private var clock: PeriodClock?

    public init(time: any MonotonicTime = KernelTime()) {
        self.time = time
    }

    public func open(_ format: SoundFormat) {
        clock = PeriodClock(format, time: time)
    }

    public func capture(into samples: UnsafeMutableBufferPointer<Int16>) -> SoundCardPeriod {
        samples.update(repeating: 0)
        return SoundCardPeriod(clock?.wait() ?? .waited)
    }

    public func play(_ samples: UnsafeBufferPointer<Int16>) {}

    public func close() {
        clock = nil
    }
}
