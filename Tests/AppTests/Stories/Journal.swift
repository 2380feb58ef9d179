import Synchronization

/// What was heard, all in one.
final class Journal: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func write(_ more: [UInt8]) { bytes.withLock { $0 += more } }

    var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }
}
