import Base
import Intercom
import JSON
import Simulator
import Testing

/// Two houses with real voice engines: the street door calls the flat, which answers by itself.
struct Houses {
    let network: VirtualNetwork
    let door: SimulatedHouse
    let flat: SimulatedHouse

    static let doorAddress = SocketAddress(.v4(0x0A00_0001), port: 5060)
    static let flatAddress = SocketAddress(.v4(0x0A00_0002), port: 5060)

    init(seed: UInt64 = 3, door doorMore: String = "", flat flatMore: String = "") throws {
        network = VirtualNetwork(seed: seed, conditions: .init(delay: .milliseconds(3)))
        door = try SimulatedHouse(
            on: network, at: Self.doorAddress, configuration: Street.configuration(adding: doorMore), engine: true, seed: seed)
        let flatText = Street.configuration(
            [
                "targets = [\"sip:kitchen@10.0.0.2\"]": "targets = [\"sip:door@10.0.0.1\"]",
                "user = \"door\"": "user = \"kitchen\"",
            ],
            adding: "[answering]\nautomatic = [\"flat\"]\nwarning_tone = false\n" + flatMore)
        flat = try SimulatedHouse(on: network, at: Self.flatAddress, configuration: flatText, engine: true, seed: seed + 1)
        door.voice.player?.microphone = { Self.tone(700, period: $0) }
        flat.voice.player?.microphone = { Self.tone(1_100, period: $0) }
        door.start()
        flat.start()
        advance(.milliseconds(100))
    }

    func advance(_ duration: Duration) { network.advance(by: duration) }

    /// 10 ms of a square wave of this frequency; without library functions a sine is not to be had.
    static func tone(_ frequency: Int, period: Int) -> [Int16] {
        (0..<160).map { (period * 160 + $0) * frequency * 2 / 16_000 % 2 == 0 ? 6_000 : -6_000 }
    }

    /// How strongly `frequency` is in the last half second that a house heard, between 0 and about 1.
    static func strength(_ frequency: Int, in house: SimulatedHouse) -> Double {
        let samples = house.voice.player?.heard.suffix(8_000) ?? []
        guard samples.count == 8_000 else { return 0 }
        var product = (0.0, 0.0)
        var energy = 1.0
        for (index, sample) in samples.enumerated() {
            let value = Double(sample)
            let phase = index * frequency * 4 / 16_000
            product.0 += (phase / 2 % 2 == 0 ? 1 : -1) * value
            product.1 += ((phase + 1) / 2 % 2 == 0 ? 1 : -1) * value
            energy += value * value
        }
        return (product.0 * product.0 + product.1 * product.1) / (energy * 8_000)
    }
}

@Suite("Two houses talk: SIP, SDP, RTP and sound in one virtual world")
struct SoundStories {
    @Test("Each hears the other, and the call's figures are good")
    func bothWays() throws {
        let houses = try Houses()
        houses.door.press("bell")
        houses.advance(.seconds(10))
        #expect(Houses.strength(1_100, in: houses.door) > 0.5)
        #expect(Houses.strength(700, in: houses.flat) > 0.5)
        #expect(Houses.strength(700, in: houses.door) < 0.1)
        houses.door.press("bell")
        houses.advance(.seconds(2))
        for house in [houses.door, houses.flat] {
            let end = try #require(house.events("call-ended").first)
            #expect((480.0...500.0).contains(end["packets_sent"]?.double ?? 0))
            #expect((480.0...500.0).contains(end["packets_received"]?.double ?? 0))
            #expect(end["packets_lost"]?.double == 0)
            #expect((end["mos"]?.double ?? 0) > 4.3)
            #expect((end["round_trip_ms"]?.double ?? 0) < 30)
        }
        #expect(houses.door.voice.plan.legs.isEmpty && houses.flat.voice.plan.legs.isEmpty)
    }

    @Test("The flat keys the code by RFC 4733, and the street door opens, though a fifth of the packets is lost")
    func keyCode() throws {
        let houses = try Houses()
        houses.door.press("bell")
        houses.advance(.seconds(3))
        houses.network.conditions.loss = 0.2
        #expect(houses.flat.command(.sendDigits(nil, "4711#")) == nil)
        houses.advance(.seconds(3))
        #expect(houses.door.events("digit").count == 5)
        #expect(houses.door.events("door-released").count == 1)
        #expect(houses.flat.events("door-released").isEmpty)
    }

    @Test("Loss is counted, and heard in the MOS")
    func loss() throws {
        let houses = try Houses()
        houses.door.press("bell")
        houses.advance(.seconds(1))
        houses.network.conditions.loss = 0.1
        houses.advance(.seconds(60))
        houses.network.conditions.loss = 0
        houses.door.press("bell")
        houses.advance(.seconds(2))
        let end = try #require(houses.door.events("call-ended").first)
        #expect((7.0...13.0).contains(end["loss_percent"]?.double ?? 0))
        #expect((end["remote_loss_percent"]?.double ?? 0) > 0)
        #expect((1.5...4.0).contains(end["mos"]?.double ?? 0))
    }

    @Test("The other house loses its power: the call is ended after half a minute without media")
    func powerCut() throws {
        let houses = try Houses()
        houses.door.press("bell")
        houses.advance(.seconds(5))
        houses.network.loses = { $0.source.address == Houses.flatAddress.address }
        houses.advance(.seconds(28))
        #expect(houses.door.events("call-ended").isEmpty)
        houses.advance(.seconds(4))
        #expect(houses.door.events("call-ended").map { $0["reason"]?.string } == ["media-lost"])
        #expect(houses.door.voice.plan.legs.isEmpty)
    }

    @Test("On hold neither hears the other for minutes, and both do again after it")
    func hold() throws {
        let houses = try Houses()
        houses.door.press("bell")
        houses.advance(.seconds(3))
        #expect(houses.flat.command(.hold(nil)) == nil)
        houses.advance(.seconds(120))
        #expect(houses.door.events("call-ended").isEmpty && houses.flat.events("call-ended").isEmpty)
        #expect(Houses.strength(700, in: houses.flat) < 0.1)
        #expect(Houses.strength(1_100, in: houses.door) < 0.1)
        #expect(houses.flat.command(.resume(nil)) == nil)
        houses.advance(.seconds(3))
        #expect(Houses.strength(700, in: houses.flat) > 0.5)
        #expect(Houses.strength(1_100, in: houses.door) > 0.5)
    }
}
