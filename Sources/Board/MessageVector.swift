import Base
import CLinux
import Glibc
import Media

/// The kernel's view of many packets at once, for recvmmsg and sendmmsg: laid out once, reused every period.
final class MessageVector {
    private let capacity: Int
    private let messages: UnsafeMutablePointer<mmsghdr>
    private let pieces: UnsafeMutablePointer<iovec>
    private let names: UnsafeMutableRawPointer
    private let ancillary: UnsafeMutableRawPointer

    private static let nameStride = 32
    private static let ancillaryStride = 64
    /// A packet stamped before this long ago was not: somebody set the wall clock since.
    private static let oldestPlausible: Int64 = 2_000_000_000

    init(capacity: Int) {
        self.capacity = capacity
        messages = .allocate(capacity: capacity)
        messages.initialize(repeating: mmsghdr(), count: capacity)
        pieces = .allocate(capacity: capacity)
        pieces.initialize(repeating: iovec(), count: capacity)
        names = .allocate(byteCount: capacity * Self.nameStride, alignment: 8)
        names.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.nameStride)
        ancillary = .allocate(byteCount: capacity * Self.ancillaryStride, alignment: 8)
        ancillary.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * Self.ancillaryStride)
        for index in 0..<capacity {
            messages[index].msg_hdr.msg_name = names + index * Self.nameStride
            messages[index].msg_hdr.msg_iov = pieces + index
            messages[index].msg_hdr.msg_iovlen = 1
        }
    }

    deinit {
        messages.deallocate()
        pieces.deallocate()
        names.deallocate()
        ancillary.deallocate()
    }

    /// Appends what waits on the socket, at most one vector full: a flood on one port does not starve the others.
    func receive(_ descriptor: Int32, into batch: PacketBatch, port: Int, isControl: Bool) {
        let wanted = min(capacity, batch.capacity - batch.count)
        guard wanted > 0 else { return }
        for index in 0..<wanted {
            let space = batch.space(batch.count + index)
            pieces[index] = iovec(iov_base: space.baseAddress, iov_len: space.count)
            messages[index].msg_hdr.msg_namelen = socklen_t(SocketName.capacity)
            messages[index].msg_hdr.msg_control = ancillary + index * Self.ancillaryStride
            messages[index].msg_hdr.msg_controllen = .init(Self.ancillaryStride)
        }
        let count = recvmmsg(descriptor, messages, UInt32(wanted), Int32(MSG_DONTWAIT), nil)
        guard count > 0 else { return }
        let monotonic = nanoseconds(CLOCK_MONOTONIC)
        let offset = monotonic - nanoseconds(CLOCK_REALTIME)
        for index in 0..<Int(count) {
            let stamp = arrival(messages[index].msg_hdr).map { $0 &+ offset } ?? monotonic
            let isPlausible = stamp <= monotonic && stamp > monotonic - Self.oldestPlausible
            let peer = SocketName.read(names + index * Self.nameStride)
            let time = Instant(nanoseconds: isPlausible ? stamp : monotonic)
            let length = min(Int(messages[index].msg_len), PacketBatch.packetCapacity)
            batch.append(PacketBatch.Entry(port: port, isControl: isControl, peer: peer, time: time, count: length))
        }
    }

    /// Sends a run of packets by one socket; how many the kernel took.
    func send(_ batch: PacketBatch, _ range: Range<Int>, by descriptor: Int32, family: Int32) -> Int {
        var sent = 0
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(capacity, range.upperBound - start)
            for index in 0..<count {
                let entry = batch[start + index]
                let length = SocketName.write(entry.peer, family: family, to: names + index * Self.nameStride)
                pieces[index] = iovec(iov_base: batch.space(start + index).baseAddress, iov_len: entry.count)
                messages[index].msg_hdr.msg_namelen = socklen_t(length)
                messages[index].msg_hdr.msg_control = nil
                messages[index].msg_hdr.msg_controllen = 0
            }
            let taken = sendmmsg(descriptor, messages, UInt32(count), Int32(MSG_DONTWAIT))
            sent += max(Int(taken), 0)
            // The kernel stops at the first packet that it refuses; that one is given up.
            start += taken < 0 ? 1 : max(Int(taken), 1)
        }
        return sent
    }

    /// The kernel's wall-clock time of an arrival, out of the control message SCM_TIMESTAMPNS.
    private func arrival(_ header: msghdr) -> Int64? {
        let headerSize = MemoryLayout<Int>.size + 8
        guard let control = header.msg_control, Int(header.msg_controllen) >= headerSize + MemoryLayout<timespec>.size,
            control.load(fromByteOffset: MemoryLayout<Int>.size, as: Int32.self) == SOL_SOCKET,
            control.load(fromByteOffset: MemoryLayout<Int>.size + 4, as: Int32.self) == SO_TIMESTAMPNS
        else { return nil }
        let time = control.loadUnaligned(fromByteOffset: headerSize, as: timespec.self)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
