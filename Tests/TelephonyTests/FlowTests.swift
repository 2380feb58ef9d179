import Base
import SIP
import Telephony
import Testing

@Suite("A registrar's way back by UDP is kept open by STUN: RFC 5626 §4.4.2")
struct FlowTests {
    private static let seen = SocketAddress(.v4(0xC633_6407), port: 40_000)

    /// A house that the outsider has registered, and when that was.
    private func registered(
        _ fields: [(String, String)] = [("Require", "outbound")], _ change: (inout Account) -> Void = { _ in }
    ) throws -> World {
        var world = World()
        world.add { settings in
            settings.instance = "00000000-0000-4000-8000-00000000000a"
            var account = Account(name: "pbx", address: uri("sip:door@192.0.2.1"))
            account.registrar = uri("sip:192.0.2.1")
            change(&account)
            settings.accounts = [account]
        }
        let register = try world.received(.register)
        let contact = ("Contact", "<\(register.contacts[0].uri)>;expires=6000")
        world.reply(200, to: register, fields: [contact] + fields)
        _ = world.inbox()
        return world
    }

    /// Lets time pass until something goes out.
    private func next(_ world: inout World, within limit: Duration = .seconds(200)) -> (time: Duration, bytes: [UInt8])? {
        let start = world.now
        while world.strays.isEmpty, let next = world.next, next <= start + limit { world.advance(by: next - world.now) }
        defer { world.strays = [] }
        return world.strays.first.map { (world.now - start, $0.bytes) }
    }

    /// The registrar's answer to a request.
    private func answer(_ world: inout World, _ request: [UInt8], seen: SocketAddress? = seen, from source: SocketAddress? = nil)
    {
        var bytes: [UInt8] = [1, seen == nil ? 0x11 : 1, 0, 0] + request[4...]
        if let seen, case .v4(let address) = seen.address {
            bytes[3] = 12
            let octets = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address >> $0) }
            bytes += [0, 1, 0, 8, 0, 1, UInt8(seen.port >> 8), UInt8(seen.port & 0xFF)] + octets
        }
        let outputs = world.houses[0].agent.receive(
            bytes, from: .udp(source ?? World.outsider), to: world.houses[0].address, at: world.now)
        world.take(outputs, from: 0)
    }

    private func isRegister(_ bytes: [UInt8]?) -> Bool { (bytes.flatMap { try? Message(parsing: $0) })?.method == .register }

    @Test(
        "A Binding request goes out every 24 to 29 s, or as often as the registrar says, and never twice after the same time",
        arguments: [(nil, 24.0...29.0), ("100", 80.0...100.0), ("1", 4.0...5.0)] as [(String?, ClosedRange<Double>)])
    func interval(flowTimer: String?, expected: ClosedRange<Double>) throws {
        var world = try registered([("Require", "outbound")] + (flowTimer.map { [("Flow-Timer", $0)] } ?? []))
        var times: Set<Duration> = []
        for _ in 0..<20 {
            let (time, bytes) = try #require(next(&world))
            #expect(STUNBinding.isSTUN(bytes))
            #expect(expected.contains(Double(time.milliseconds) / 1000))
            times.insert(time)
            answer(&world, bytes)
        }
        #expect(times.count > 15)
    }

    @Test("Who did not agree gets none, unless the configuration says that it answers", arguments: [false, true])
    func agreement(isConfigured: Bool) throws {
        var world = try registered([]) { $0.keepsAliveBySTUN = isConfigured }
        #expect((next(&world).map { STUNBinding.isSTUN($0.bytes) } ?? false) == isConfigured)
    }

    @Test("After seven copies and 39.5 s without an answer, the house registers anew")
    func silence() throws {
        var world = try registered()
        let first = try #require(next(&world))
        var times: [Int64] = []
        for _ in 0..<6 {
            let copy = try #require(next(&world))
            #expect(copy.bytes == first.bytes)
            times.append(copy.time.milliseconds)
        }
        #expect(times == [500, 1000, 2000, 4000, 8000, 16_000])
        let register = try #require(next(&world))
        #expect(register.time == .seconds(8) && isRegister(register.bytes))
    }

    @Test("A refusal, or being seen elsewhere, is the end of the way too; being seen where we were is not")
    func change() throws {
        for second in [nil, SocketAddress(.v4(0xC633_6407), port: 40_001), Self.seen] {
            var world = try registered()
            answer(&world, try #require(next(&world)).bytes)
            answer(&world, try #require(next(&world)).bytes, seen: second)
            #expect(isRegister(world.strays.first?.bytes) == (second != Self.seen))
        }
    }

    @Test("What others say is no answer, and harms nothing")
    func strangers() throws {
        var world = try registered()
        let request = try #require(next(&world)).bytes
        let counted = world.snapshot(0).counters.strays
        answer(&world, request, seen: nil, from: SocketAddress(.v4(0x0A00_0063), port: 5060))
        var foreign = request
        foreign[12] ^= 1
        answer(&world, foreign, seen: nil)
        #expect(world.strays.isEmpty && world.snapshot(0).counters.strays == counted + 2)
        #expect(try #require(next(&world)).bytes == request)
    }

    @Test("An account that is taken off its registrar sends no more")
    func end() throws {
        var world = try registered()
        _ = next(&world)
        world.perform(0, .reconfigure(UserAgentSettings()))
        let farewell = try world.received(.register)
        world.reply(200, to: farewell)
        #expect(next(&world) == nil)
    }
}
