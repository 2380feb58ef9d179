import Base

/// Packets of one audio period in memory that was laid out once: no allocation when filled, read or emptied.
///
/// Filled by the sockets (arrivals) or by the engine (departures); `port` is the index of the open port pair.
public final class PacketBatch {
    /// Bytes kept of one packet; what is longer is not voice and was cut.
    public static let packetCapacity = 1504

    public struct Entry {
        public var port: Int
        /// RTCP rather than RTP: the odd port of the pair.
        public var isControl: Bool
        /// The peer: source of an arrival, destination of a departure.
        public var peer: SocketAddress
        /// When the kernel received it, on the monotonic clock. Unused in departures.
        public var time: Instant
        public var count: Int

        public init(port: Int, isControl: Bool, peer: SocketAddress, time: Instant, count: Int) {
            self.port = port
            self.isControl = isControl
            self.peer = peer
            self.time = time
            self.count = count
        }
    }

    public let capacity: Int
    public private(set) var count = 0
    private let storage: UnsafeMutableRawPointer
    private let entries: UnsafeMutablePointer<Entry>

    public init(capacity: Int) {
        self.capacity = capacity
        storage = .allocate(byteCount: capacity * Self.packetCapacity, alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.packetCapacity)
        entries = .allocate(capacity: capacity)
        entries.initialize(
            repeating: Entry(port: 0, isControl: false, peer: SocketAddress(.anyIPv4, port: 0), time: Instant(), count: 0),
            count: capacity)
    }

    deinit {
        storage.deallocate()
        entries.deallocate()
    }

    public var isFull: Bool { count == capacity }

    /// The packet's facts; `index` below `count` for reading, `count` itself while filling.
    public subscript(index: Int) -> Entry {
        get { entries[index] }
        set { entries[index] = newValue }
    }

    /// The packet's whole space of `packetCapacity` bytes; valid while the batch lives.
    public func space(_ index: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: storage + index * Self.packetCapacity, count: Self.packetCapacity)
    }

    /// The packet's bytes as far as they are filled.
    public func bytes(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage + index * Self.packetCapacity, count: entries[index].count)
    }

    /// Takes the packet written at `space(count)` in; nothing when full.
    public func append(_ entry: Entry) {
        guard count < capacity else { return }
        entries[count] = entry
        count += 1
    }

    public func removeAll() { count = 0 }
}
