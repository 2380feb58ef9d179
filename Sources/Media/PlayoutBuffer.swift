import Base
import CSpeexDSP

/// SpeexDSP's jitter buffer over packets that lie in memory laid out once: nothing is allocated while it runs.
///
/// Each payload lies at its sequence number modulo the number of places, and speex gets a pointer to it. Speex holds
/// fewer packets than there are places, so that a place is only written again when its packet is long played or worthless.
/// Belongs to the audio thread. Delays are in samples of the codec's clock.
final class PlayoutBuffer {
    enum Taken: Equatable {
        /// The payload can be read until the next `put`.
        case packet
        /// None came in time.
        case missing
        /// The buffer wants more delay: play one packet's worth of filling without moving on.
        case insertion
    }

    /// Bytes kept of one payload: whatever fits into a packet.
    static let payloadCapacity = 1_504
    private static let places = 256

    private let buffer: OpaquePointer
    private let storage: UnsafeMutableRawPointer
    private var maximumDelay: Int
    private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What `payload` is encoded with.
    private(set) var codec = Codec.pcma
    /// Packets that came after their time, or were thrown away so that delay could not pile up.
    private(set) var late: UInt32 = 0
    /// Samples in a packet, learnt from what comes.
    private(set) var span = 160
    private var waiting = 0
    private var hasStarted = false

    /// - Parameters:
    ///   - minimumDelay: kept even when the network is perfect.
    ///   - maximumDelay: what would wait longer is thrown away.
    init(minimumDelay: Int, maximumDelay: Int) {
        self.maximumDelay = maximumDelay
        guard let buffer = jitter_buffer_init(160) else { preconditionFailure("no memory for a jitter buffer") }
        self.buffer = buffer
        storage = .allocate(byteCount: Self.places * Self.payloadCapacity, alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0, count: Self.places * Self.payloadCapacity)
        // With a destroy callback speex keeps our pointers in place of copies; there is nothing to free.
        let destroy: @convention(c) (UnsafeMutableRawPointer?) -> Void = { _ in }
        jitter_buffer_ctl(buffer, JITTER_BUFFER_SET_DESTROY_CALLBACK, unsafeBitCast(destroy, to: UnsafeMutableRawPointer.self))
        set(JITTER_BUFFER_SET_MARGIN, minimumDelay)
    }

    /// Other bounds, for another clock.
    func setBounds(minimum: Int, maximum: Int) {
        maximumDelay = maximum
        set(JITTER_BUFFER_SET_MARGIN, minimum)
    }

    deinit {
        jitter_buffer_destroy(buffer)
        storage.deallocate()
    }

    private func set(_ request: Int32, _ value: Int) {
        var value = Int32(clamping: value)
        jitter_buffer_ctl(buffer, request, &value)
    }

    /// Takes a packet in, of `span` ticks of its codec's clock.
    func put(_ bytes: UnsafeRawBufferPointer, codec: Codec, span new: Int, timestamp: UInt32, sequence: UInt16) {
        guard new > 0, !bytes.isEmpty, bytes.count <= Self.payloadCapacity else { return }
        if new != span {
            span = new
            set(JITTER_BUFFER_SET_DELAY_STEP, span)
            set(JITTER_BUFFER_SET_CONCEALMENT_SIZE, span)
        }
        if hasStarted, Int32(bitPattern: timestamp &- UInt32(bitPattern: jitter_buffer_get_pointer_timestamp(buffer))) < 0 {
            late &+= 1
        }
        hasStarted = true
        let place = storage + Int(sequence) % Self.places * Self.payloadCapacity
        UnsafeMutableRawBufferPointer(start: place, count: bytes.count).copyMemory(from: bytes)
        var packet = JitterBufferPacket(
            data: place.assumingMemoryBound(to: CChar.self), len: UInt32(bytes.count), timestamp: timestamp,
            span: UInt32(span),
            sequence: sequence, user_data: UInt32(codec.rawValue))
        jitter_buffer_put(buffer, &packet)
        count()
    }

    /// The next packet's worth; before the first packet there is nothing.
    func take() -> Taken {
        guard hasStarted else { return .missing }
        if waiting * span > maximumDelay, get() == .packet { late &+= 1 }
        let taken = get()
        jitter_buffer_tick(buffer)
        return taken
    }

    private func get() -> Taken {
        var packet = JitterBufferPacket()
        var offset: Int32 = 0
        let result = jitter_buffer_get(buffer, &packet, Int32(span), &offset)
        count()
        guard result == JITTER_BUFFER_OK, let data = packet.data else {
            return result == JITTER_BUFFER_INSERTION ? .insertion : .missing
        }
        payload = UnsafeRawBufferPointer(start: data, count: Int(packet.len))
        codec = Codec(rawValue: UInt8(truncatingIfNeeded: packet.user_data)) ?? .pcma
        return .packet
    }

    private func count() {
        var available: Int32 = 0
        jitter_buffer_ctl(buffer, JITTER_BUFFER_GET_AVAILABLE_COUNT, &available)
        waiting = Int(available)
    }

    /// How long a packet that comes now waits until it is played.
    var delay: Int { waiting * span }

    func reset() {
        jitter_buffer_reset(buffer)
        waiting = 0
        hasStarted = false
        late = 0
    }
}
