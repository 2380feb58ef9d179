import Base
import SIP

/// One connection, plain or with TLS: messages in, messages out, keep-alives, and every limit in time and size.
///
/// ```
///  connecting ──► shaking hands (TLS) ──► open ──► ending: last words go out, nothing is heard ──► closed
/// ```
/// Whatever goes wrong in a state before `ending` closes it at once, with the reason in words.
final class StreamConnection: @unchecked Sendable {
    enum State: Sendable {
        case connecting, shakingHands, open, ending, closed
    }

    enum Event: Sendable {
        case message([UInt8])
        /// The stream cannot be cut; the connection ends once the answer, if any, is out.
        case unframed(FramingError)
        case closed(StreamFailure)
    }

    let hop: Hop
    let isAccepted: Bool
    private(set) var state: State
    /// When something sensible last came.
    private(set) var lastHeard: Instant
    var onEvent: ((Event) -> Void)?

    private let loop: Loop
    private let stream: any ByteStream
    private let tls: TLSSession?
    private let limits: StreamLimits
    private var framer = StreamFramer()
    private var keepAlive: StreamKeepAlive
    private var random: RandomSource
    private let alarm: Alarm

    /// Messages until the connection is open; afterwards bytes that the stream had no room for, from `sent` on.
    private var waiting: [[UInt8]] = []
    private var queue: [UInt8] = []
    private var sent = 0

    /// Until when it must be open, or have ended; when the message that has begun must be whole; when the peer must have taken
    /// something; when an accepted connection has been idle for too long.
    private var stateDeadline: Instant?
    private var messageDeadline: Instant?
    private var sendDeadline: Instant?
    private var idleDeadline: Instant?

    init(
        _ stream: any ByteStream, hop: Hop, isAccepted: Bool, tls: TLSSession?, limits: StreamLimits, random: RandomSource,
        on loop: Loop
    ) {
        self.stream = stream
        self.hop = hop
        self.isAccepted = isAccepted
        self.tls = tls
        self.limits = limits
        self.random = random
        self.loop = loop
        keepAlive = StreamKeepAlive(every: isAccepted ? nil : limits.pingInterval)
        alarm = Alarm(on: loop)
        state = .connecting
        lastHeard = loop.now
    }

    /// Begins; before this nothing is told.
    func start() {
        alarm.handler = { [weak self] in self?.wake() }
        stream.onEvent { [weak self] event in self?.handle(event) }
        if isAccepted {
            idleDeadline = loop.now + limits.firstMessageTime
            connected()
        } else {
            stateDeadline = loop.now + limits.connectTime
            setAlarm()
        }
    }

    var localAddress: IPAddress? { stream.localAddress?.address }

    /// Sends a message, or keeps it until the connection is open.
    func send(_ message: [UInt8]) {
        switch state {
        case .connecting, .shakingHands:
            guard waiting.reduce(message.count, { $0 + $1.count }) <= limits.queuedBytes else {
                close(.peerTooSlow)
                return
            }
            waiting.append(message)
        case .open, .ending:
            put(message)
        case .closed:
            break
        }
    }

    /// The peer answers pings, and wants one at least every `interval`.
    func keepAlive(every interval: Duration) {
        guard !isAccepted else { return }
        keepAlive.agree(every: interval, at: loop.now, random: &random)
        setAlarm()
    }

    /// Ends in order: what waits still goes out.
    func end() {
        guard state == .open else {
            if state != .ending { close(.ended) }
            return
        }
        state = .ending
        tls?.end()
        flushTLS()
        messageDeadline = nil
        idleDeadline = nil
        stateDeadline = loop.now + limits.farewell
        if queue.isEmpty { close(.ended) } else { setAlarm() }
    }

    func close(_ failure: StreamFailure) {
        guard state != .closed else { return }
        state = .closed
        alarm.set(at: nil)
        stream.close()
        waiting = []
        queue = []
        let onEvent = onEvent
        self.onEvent = nil
        onEvent?(.closed(failure))
    }

    // MARK: The stream

    private func handle(_ event: StreamEvent) {
        switch event {
        case .opened: connected()
        case .received(let bytes): receive(bytes)
        case .writable: flush()
        case .ended(let error): close(error.map { .system($0) } ?? .ended)
        }
        setAlarm()
    }

    private func connected() {
        guard state == .connecting else { return }
        guard let tls else {
            opened()
            return
        }
        state = .shakingHands
        stateDeadline = loop.now + limits.handshakeTime
        do throws(TLSError) {
            try tls.start()
            flushTLS()
        } catch {
            close(.tls(error))
        }
        setAlarm()
    }

    private func opened() {
        state = .open
        stateDeadline = nil
        keepAlive.start(at: loop.now, random: &random)
        let messages = waiting
        waiting = []
        for message in messages { put(message) }
        setAlarm()
    }

    private func receive(_ bytes: [UInt8]) {
        guard let tls else {
            take(bytes)
            return
        }
        do throws(TLSError) {
            let plain = try tls.receive(bytes)
            flushTLS()
            if state == .shakingHands, tls.isEstablished { opened() }
            take(plain)
            if tls.isEnded { close(.ended) }
        } catch {
            // What OpenSSL has to say to that, such as "unknown ca", still goes out, as far as there is room.
            flushTLS()
            close(.tls(error))
        }
    }

    /// Frames what came and tells it.
    private func take(_ bytes: [UInt8]) {
        guard state == .open, !bytes.isEmpty else { return }
        framer.append(bytes)
        do throws(FramingError) {
            while state == .open, let piece = try framer.next() {
                messageDeadline = nil
                heard()
                switch piece {
                case .message(let message):
                    keepAlive.message()
                    onEvent?(.message(message))
                case .lineEnd:
                    if keepAlive.lineEnd(at: loop.now) == .pong { put(StreamKeepAlive.pong) }
                }
            }
            if state == .open, framer.isInMessage, messageDeadline == nil { messageDeadline = loop.now + limits.messageTime }
        } catch {
            onEvent?(.unframed(error))
            end()
        }
    }

    private func heard() {
        lastHeard = loop.now
        if isAccepted { idleDeadline = loop.now + limits.idleTime }
    }

    // MARK: Sending

    private func put(_ bytes: [UInt8]) {
        guard let tls else {
            enqueue(bytes)
            return
        }
        do throws(TLSError) {
            try tls.send(bytes)
            flushTLS()
        } catch {
            close(.tls(error))
        }
    }

    private func flushTLS() {
        guard let bytes = tls?.takeOutput(), !bytes.isEmpty else { return }
        enqueue(bytes)
    }

    private func enqueue(_ bytes: [UInt8]) {
        guard state != .closed else { return }
        guard queue.count - sent + bytes.count <= limits.queuedBytes else {
            close(.peerTooSlow)
            return
        }
        queue += bytes
        flush()
    }

    private func flush() {
        guard state != .closed, sent < queue.count else { return }
        do throws(SystemError) {
            let count = try stream.send(queue[sent...])
            sent += count
            if sent == queue.count {
                queue.removeAll(keepingCapacity: queue.capacity <= 16_384)
                sent = 0
                sendDeadline = nil
                if state == .ending { close(.ended) }
            } else if count > 0 || sendDeadline == nil {
                sendDeadline = loop.now + limits.sendTime
            }
        } catch {
            close(.system(error))
        }
        setAlarm()
    }

    // MARK: Time

    private func setAlarm() {
        guard state != .closed else { return }
        var next = earliest(earliest(stateDeadline, messageDeadline), earliest(sendDeadline, idleDeadline))
        if state == .open { next = earliest(next, keepAlive.nextDeadline) }
        alarm.set(at: next)
    }

    private func wake() {
        let now = loop.now
        func isDue(_ deadline: Instant?) -> Bool { deadline.map { $0 <= now } ?? false }
        if isDue(stateDeadline) {
            close(state == .connecting ? .noConnection : state == .shakingHands ? .noHandshake : .ended)
        } else if isDue(messageDeadline) {
            close(.messageTooSlow)
        } else if isDue(sendDeadline) {
            close(.peerTooSlow)
        } else if isDue(idleDeadline) {
            end()
        } else if state == .open {
            switch keepAlive.wake(at: now, random: &random) {
            case .ping: put(StreamKeepAlive.ping)
            case .failed: close(.noPong)
            case .pong, nil: break
            }
        }
        setAlarm()
    }
}
