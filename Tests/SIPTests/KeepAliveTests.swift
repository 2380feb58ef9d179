import Base
import Testing

@testable import SIP

@Suite("Keep-alives: RFC 5626 §3.5, §4.4")
struct KeepAliveTests {
    private let start = Instant()

    @Test("Every second line end between messages is a ping, and is answered by one")
    func pongs() {
        var keepAlive = StreamKeepAlive(every: nil)
        #expect((0..<4).map { _ in keepAlive.lineEnd(at: start) } == [nil, .pong, nil, .pong])
        #expect(keepAlive.lineEnd(at: start) == nil)
        keepAlive.message()
        #expect(keepAlive.lineEnd(at: start) == nil)
        #expect(keepAlive.nextDeadline == nil)
    }

    @Test("Pings go out after 80 to 100 % of the interval, each after another time")
    func interval() {
        var random = RandomSource(seed: 1)
        var keepAlive = StreamKeepAlive(every: .seconds(120))
        var now = start
        keepAlive.start(at: now, random: &random)
        var waits: Set<Duration> = []
        for _ in 0..<50 {
            guard let next = keepAlive.nextDeadline else { break }
            waits.insert(next - now)
            #expect((Duration.seconds(96)...(.seconds(120))).contains(next - now))
            now = next
            #expect(keepAlive.wake(at: now, random: &random) == .ping)
            #expect(keepAlive.lineEnd(at: now) == nil)
        }
        #expect(waits.count > 10)
    }

    @Test("A peer that never sent a pong need not; one that did must, within ten seconds")
    func missingPong() throws {
        var random = RandomSource(seed: 2)
        var keepAlive = StreamKeepAlive(every: .seconds(120))
        keepAlive.start(at: start, random: &random)
        var now = start
        for _ in 0..<3 {
            now = try #require(keepAlive.nextDeadline)
            #expect(keepAlive.wake(at: now, random: &random) == .ping)
        }
        #expect(keepAlive.lineEnd(at: now) == nil)
        now = try #require(keepAlive.nextDeadline)
        #expect(keepAlive.wake(at: now, random: &random) == .ping)
        #expect(keepAlive.nextDeadline == now + .seconds(10))
        #expect(keepAlive.wake(at: now + .seconds(9), random: &random) == nil)
        #expect(keepAlive.wake(at: now + .seconds(10), random: &random) == .failed)
        #expect(keepAlive.nextDeadline == nil)
    }

    @Test("A Binding request is answered by where the server sees us, IPv4 and IPv6, masked or plain")
    func binding() {
        var random = RandomSource(seed: 3)
        let binding = STUNBinding(random: &random)
        #expect(binding.request.count == 20)
        #expect(STUNBinding.isSTUN(binding.request))
        #expect(binding.answer(binding.request) == nil)
        func response(_ attribute: [UInt8], type: [UInt8] = [1, 1]) -> [UInt8] {
            type + [0, UInt8(attribute.count)] + [0x21, 0x12, 0xA4, 0x42] + binding.id + attribute
        }
        let seen = SocketAddress(.v4(0xC000_0205), port: 40_000)
        let masked: [UInt8] = [0, 0x20, 0, 8, 0, 1, 0x9C ^ 0x21, 0x40 ^ 0x12, 0xC0 ^ 0x21, 0x12, 2 ^ 0xA4, 5 ^ 0x42]
        let plain: [UInt8] = [0, 1, 0, 8, 0, 1, 0x9C, 0x40, 0xC0, 0, 2, 5]
        let software: [UInt8] = [0x80, 0x22, 0, 3, 1, 2, 3, 0]
        #expect(binding.answer(response(masked)) == .mapped(seen))
        #expect(binding.answer(response(plain)) == .mapped(seen))
        #expect(binding.answer(response(software + masked)) == .mapped(seen))
        let v6 = IPAddress.v6(0x2001_0DB8_0000_0000, 7, zone: 0)
        let bytes: [UInt8] = [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [7]
        let mask: [UInt8] = [0x21, 0x12, 0xA4, 0x42] + binding.id
        let header: [UInt8] = [0, 0x20, 0, 20, 0, 2, 0x9C ^ 0x21, 0x40 ^ 0x12]
        let maskedV6 = header + zip(bytes, mask).map { $0 ^ $1 }
        #expect(binding.answer(response(maskedV6)) == .mapped(SocketAddress(v6, port: 40_000)))
        #expect(binding.answer(response([], type: [1, 0x11])) == .refused)
    }

    @Test("Cut, foreign and lying STUN answers are no answers")
    func brokenBinding() {
        var random = RandomSource(seed: 4)
        let binding = STUNBinding(random: &random)
        let other = STUNBinding(random: &random)
        let attribute: [UInt8] = [0, 1, 0, 8, 0, 1, 0x9C, 0x40, 0xC0, 0, 2, 5]
        let whole = [1, 1, 0, 12, 0x21, 0x12, 0xA4, 0x42] + binding.id + attribute
        #expect(other.answer(whole) == nil)
        for count in 0..<whole.count { #expect(binding.answer(Array(whole[..<count])) == nil) }
        for index in whole.indices {
            for value in [UInt8.min, 0x7F, .max] {
                var broken = whole
                broken[index] = value
                _ = binding.answer(broken)
            }
        }
        #expect(!STUNBinding.isSTUN(Array("OPTIONS sip:a@b SIP/2.0\r\n".utf8)))
    }
}
