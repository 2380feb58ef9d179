import Base
import SIP
import Telephony

/// The whole user agent in virtual time: the bytes say who sends what, what the house wants, and what the network does.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var play = Play()
    var script = Script(UnsafeBufferPointer(start: start, count: count))
    while let step = script.next() { play.perform(step, &script) }
    play.finish()
    return 0
}

/// The fuzzer's bytes, one decision at a time.
struct Script {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    mutating func next() -> UInt8? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return bytes[index]
    }

    /// A choice among `count`; the first when the bytes are used up.
    mutating func choice(_ count: Int) -> Int { count > 0 ? Int(next() ?? 0) % count : 0 }

    mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[choice(elements.count)]
    }

    mutating func take(_ count: Int) -> [UInt8] {
        defer { index = min(index + count, bytes.count) }
        return Array(bytes[index..<min(index + count, bytes.count)])
    }
}
