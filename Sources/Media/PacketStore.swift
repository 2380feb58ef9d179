import Base

/// Packets that wait for their time, in memory laid out once.
///
/// Times are timestamps in samples of what is played, carried on beyond 32 bits.
final class PacketStore {
    struct Entry {
        var start: Int64
        var length: Int
        /// The sequence number, carried on beyond 16 bits.
        var number: Int64
        var codec: Codec
        var count: Int
        var isUsed: Bool

        var end: Int64 { start + Int64(length) }
    }

    /// Bytes kept of one payload: as much as a packet can have.
    static let payloadCapacity = 1_504
    /// 640 ms of packets of 10 ms; nothing waits longer.
    static let places = 64

    private let entries: UnsafeMutablePointer<Entry>
    private let storage: UnsafeMutableRawPointer
    private(set) var count = 0

    init() {
        entries = .allocate(capacity: Self.places)
        entries.initialize(
            repeating: Entry(start: 0, length: 0, number: 0, codec: .pcma, count: 0, isUsed: false), count: Self.places)
        storage = .allocate(byteCount: Self.places * Self.payloadCapacity, alignment: 16)
        storage.initializeMemory(as: UInt8.self, repeating: 0, count: Self.places * Self.payloadCapacity)
    }

    deinit {
        entries.deallocate()
        storage.deallocate()
    }

    /// Takes a packet in; where there is no room, the earliest gives way. What is there twice is kept once.
    func insert(_ payload: UnsafeRawBufferPointer, _ codec: Codec, start: Int64, length: Int, number: Int64) {
        var place: Int?
        for index in 0..<Self.places {
            if !entries[index].isUsed {
                place = place ?? index
            } else if entries[index].start == start {
                return
            }
        }
        guard let place = place ?? first else { return }
        if !entries[place].isUsed { count += 1 }
        UnsafeMutableRawBufferPointer(start: storage + place * Self.payloadCapacity, count: payload.count)
            .copyMemory(from: payload)
        entries[place] = Entry(
            start: start, length: length, number: number, codec: codec, count: payload.count, isUsed: true)
    }

    /// The place of the earliest packet.
    var first: Int? {
        guard count > 0 else { return nil }
        var best: Int?
        for index in 0..<Self.places where entries[index].isUsed {
            if let known = best, entries[known].start <= entries[index].start { continue }
            best = index
        }
        return best
    }

    /// When the latest packet begins.
    var latestStart: Int64? {
        var latest: Int64?
        for index in 0..<Self.places where entries[index].isUsed { latest = max(latest ?? .min, entries[index].start) }
        return latest
    }

    subscript(place: Int) -> Entry { entries[place] }

    func payload(_ place: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage + place * Self.payloadCapacity, count: entries[place].count)
    }

    func remove(_ place: Int) {
        guard entries[place].isUsed else { return }
        entries[place].isUsed = false
        count -= 1
    }

    func removeAll() {
        for index in 0..<Self.places { entries[index].isUsed = false }
        count = 0
    }
}
