/// The RTP ports that are free; the one given back last is taken last, so that late packets of an old call hit nobody.
struct PortPool: Sendable, Equatable {
    private var free: [UInt16]
    private var head = 0
    private var known: Set<UInt16>
    private var taken: Set<UInt16> = []

    init(_ ports: [UInt16]) {
        var seen: Set<UInt16> = []
        free = ports.filter { seen.insert($0).inserted }
        known = seen
    }

    var freeCount: Int { free.count - head }

    mutating func take() -> UInt16? {
        guard head < free.count else { return nil }
        let port = free[head]
        head += 1
        if head > 64, head * 2 > free.count {
            free.removeFirst(head)
            head = 0
        }
        taken.insert(port)
        return port
    }

    /// Gives a port back; one that the configuration no longer has is forgotten.
    mutating func give(_ port: UInt16) {
        guard taken.remove(port) != nil, known.contains(port) else { return }
        free.append(port)
    }

    /// Other ports from now on; calls keep theirs.
    mutating func replace(by ports: [UInt16]) {
        guard Set(ports) != known else { return }
        var next = PortPool(ports)
        next.free.removeAll { taken.contains($0) }
        next.taken = taken
        self = next
    }
}
