import Base

/// The payload of a telephone-event packet: RFC 4733 §2.3.
///
/// ```
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// |     event     |E|R| volume    |          duration             |
/// ```
public struct TelephoneEvent: Sendable, Equatable {
    /// 0-9, 10 is *, 11 is #, 12-15 are A-D.
    public var event: UInt8
    public var isEnd: Bool
    /// In dBm0 below zero, 0 to 63.
    public var volume: UInt8
    /// So far, in units of the RTP timestamp.
    public var duration: UInt16

    public init(event: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.event = event
        self.isEnd = isEnd
        self.volume = volume
        self.duration = duration
    }

    /// Reads a payload; `nil` when it is too short. More events in one payload are left out.
    public static func parse(_ payload: UnsafeRawBufferPointer) -> TelephoneEvent? {
        var cursor = ByteCursor(payload)
        guard let event = cursor.uint8(), let flags = cursor.uint8(), let duration = cursor.uint16() else { return nil }
        return TelephoneEvent(event: event, isEnd: flags & 0x80 != 0, volume: flags & 0x3F, duration: duration)
    }

    func write(_ writer: inout ByteWriter) {
        writer.uint8(event)
        writer.uint8((isEnd ? 0x80 : 0) | volume & 0x3F)
        writer.uint16(duration)
    }
}

/// Tells keys from telephone-event packets: once each, by RTP timestamp, whatever of start, end and marker was lost.
struct TelephoneEventReceiver: Sendable, Equatable {
    enum Output: Sendable, Equatable {
        case started(event: UInt8)
        case ended(event: UInt8, duration: UInt32)
    }

    private var lastTimestamp: UInt32?
    private var active: (event: UInt8, duration: UInt16, deadline: Instant)?

    /// A key whose end was lost ends by itself when no packet of it came for so long.
    static let patience = Duration.milliseconds(200)

    /// Takes one packet; `outputs` are at most the end of the key before and the start of this one.
    mutating func receive(
        _ packet: TelephoneEvent, timestamp: UInt32, at now: Instant, _ output: (Output) -> Void
    ) {
        guard packet.event < 16 else { return }
        if let lastTimestamp {
            let age = Int32(bitPattern: timestamp &- lastTimestamp)
            if age < 0 { return }  // a late packet of a key that is over
            if age == 0 {
                guard var active, active.event == packet.event else { return }
                active.duration = max(active.duration, packet.duration)
                active.deadline = now + Self.patience
                self.active = active
                if packet.isEnd { finish(output) }
                return
            }
        }
        finish(output)
        lastTimestamp = timestamp
        active = (packet.event, packet.duration, now + Self.patience)
        output(.started(event: packet.event))
        if packet.isEnd { finish(output) }
    }

    mutating func wake(at now: Instant, _ output: (Output) -> Void) {
        if let active, now >= active.deadline { finish(output) }
    }

    /// A new source has timestamps of its own.
    mutating func reset() {
        lastTimestamp = nil
        active = nil
    }

    private mutating func finish(_ output: (Output) -> Void) {
        guard let active else { return }
        self.active = nil
        output(.ended(event: active.event, duration: UInt32(active.duration)))
    }

    static func == (left: Self, right: Self) -> Bool {
        left.lastTimestamp == right.lastTimestamp && left.active?.event == right.active?.event
            && left.active?.duration == right.active?.duration && left.active?.deadline == right.active?.deadline
    }
}

/// Sends keys as telephone events, one packet period at a time: marker first, growing duration, three ends, then a pause.
struct TelephoneEventSender: Sendable, Equatable {
    /// 100 ms of key and 60 ms of silence behind it; the shortest that RFC 4733 §2.5.2.3 reckons safe is 40 ms.
    private static let keyDuration = 100
    private static let pause = 60

    private enum State: Sendable, Equatable {
        case idle
        case sending(event: UInt8, start: UInt32, elapsed: Int, isFirst: Bool)
        case ending(event: UInt8, start: UInt32, elapsed: Int, left: Int)
        case pausing(left: Int)
    }

    private var state = State.idle

    var isIdle: Bool { state == .idle }

    /// Speech gives way while a key is sent.
    var isBusy: Bool {
        switch state {
        case .sending, .ending: true
        case .idle, .pausing: false
        }
    }

    mutating func start(_ event: UInt8, timestamp: UInt32) {
        state = .sending(event: event, start: timestamp, elapsed: 0, isFirst: true)
    }

    /// What goes out in this packet period; `nil` for speech. Durations are told in ticks of `clockRate`.
    mutating func next(
        milliseconds: Int, clockRate: Int
    ) -> (packet: TelephoneEvent, timestamp: UInt32, marker: Bool)? {
        func duration(_ elapsed: Int) -> UInt16 { UInt16(clamping: elapsed * clockRate / 1_000) }
        switch state {
        case .idle: return nil
        case .pausing(let left):
            state = left > milliseconds ? .pausing(left: left - milliseconds) : .idle
            return nil
        case .sending(let event, let start, let elapsed, let isFirst):
            let elapsed = elapsed + milliseconds
            let isLast = elapsed >= Self.keyDuration
            state =
                isLast
                ? .ending(event: event, start: start, elapsed: elapsed, left: 2)
                : .sending(event: event, start: start, elapsed: elapsed, isFirst: false)
            return (TelephoneEvent(event: event, isEnd: isLast, duration: duration(elapsed)), start, isFirst)
        case .ending(let event, let start, let elapsed, let left):
            state =
                left > 1 ? .ending(event: event, start: start, elapsed: elapsed, left: left - 1) : .pausing(left: Self.pause)
            return (TelephoneEvent(event: event, isEnd: true, duration: duration(elapsed)), start, false)
        }
    }
}
