import Base
import CSRTP

extension VoiceLeg {
    /// Encrypts the packet of `size` bytes in place, if this leg is to be; what then goes out, or `nil` for nothing.
    func protect(_ space: UnsafeMutableRawBufferPointer, _ size: Int, isControl: Bool) -> Int? {
        switch plan?.protection {
        case nil, .blocked:
            return nil
        case .clear:
            return size
        case .encrypted(let sender, _):
            guard let bytes = space.baseAddress, size + Int(SRTP_SIDE_GROWTH) <= space.count else { return nil }
            var count = Int32(truncatingIfNeeded: size)
            guard srtp_side_protect(sender, bytes, &count, isControl) == srtp_verdict_good else { return nil }
            return Int(count)
        }
    }

    /// Checks and decrypts what came, in place; `nil` when it is not to be heard. The figures say why.
    func unprotect(_ space: UnsafeMutableRawBufferPointer, _ size: Int, isControl: Bool) -> UnsafeRawBufferPointer? {
        guard let plan, size <= space.count else { return nil }
        guard case .encrypted(_, let receiver) = plan.protection else {
            return plan.protection == .clear ? UnsafeRawBufferPointer(rebasing: space[..<size]) : nil
        }
        guard let bytes = space.baseAddress else { return nil }
        var count = Int32(truncatingIfNeeded: size)
        switch srtp_side_unprotect(receiver, bytes, &count, isControl) {
        case srtp_verdict_good:
            return UnsafeRawBufferPointer(rebasing: space[..<min(max(Int(count), 0), size)])
        case srtp_verdict_forged: statistics.authenticationFailures &+= 1
        case srtp_verdict_replayed: statistics.replays &+= 1
        default: statistics.packetsInvalid &+= 1
        }
        return nil
    }
}
