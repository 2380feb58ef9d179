import Base
import Intercom
import JSON
import Simulator
import Testing

@Suite("Two houses talk encrypted")
struct EncryptedSoundStories {
    private static let required = "[calls]\nsrtp = \"required\"\n"

    /// How strongly a tone is in what crossed the network, taken for G.711 without its key.
    private static func strengthOnTheWire(_ frequency: Int, _ packets: [[UInt8]]) -> Double {
        var signs = (0.0, 0.0)
        var count = 0.0
        for (index, byte) in packets.flatMap({ $0.dropFirst(12).prefix(160) }).enumerated() {
            // The sign of an A-law sample is its first bit.
            let value = byte & 0x80 != 0 ? 1.0 : -1.0
            let phase = index * frequency * 4 / 8_000
            signs.0 += (phase / 2 % 2 == 0 ? 1 : -1) * value
            signs.1 += ((phase + 1) / 2 % 2 == 0 ? 1 : -1) * value
            count += 1
        }
        return count == 0 ? 0 : (signs.0 * signs.0 + signs.1 * signs.1) / (count * count)
    }

    private static func sounds(_ houses: Houses, from address: SocketAddress) -> [[UInt8]] {
        packets(houses).filter {
            $0.source.address == address.address && $0.source.port >= 40_000 && !isReport($0)
        }.map(\.bytes)
    }

    /// RTCP, which shares RTP's port (RFC 5761 §4).
    private static func isReport(_ packet: Datagram) -> Bool {
        packet.source.port >= 40_000 && packet.bytes.count > 1 && (192...223).contains(packet.bytes[1])
    }

    private static func packets(_ houses: Houses) -> [Datagram] { houses.network.packets.map(\.datagram) }

    /// A call of some seconds.
    private static func call(door: String, flat: String) throws -> Houses {
        // What crosses the network is read as G.711.
        let codecs = "[sound]\ncodecs = [\"pcma\"]\n"
        let houses = try Houses(door: door + codecs, flat: flat + codecs)
        houses.door.press("bell")
        houses.advance(.seconds(10))
        return houses
    }

    @Test("Each hears the other; what crosses the network is no speech; the end names the suite and counts nothing wrong")
    func encrypted() throws {
        let houses = try Self.call(door: Self.required, flat: Self.required)
        #expect(Houses.strength(1_100, in: houses.door) > 0.5)
        #expect(Houses.strength(700, in: houses.flat) > 0.5)
        let sounds = Self.sounds(houses, from: Houses.doorAddress).dropFirst(20).prefix(100)
        #expect(sounds.count == 100)
        #expect(Self.strengthOnTheWire(700, Array(sounds)) < 0.05)
        let state = houses.door.state["calls"]?.array?.first
        #expect(state?["encryption"]?.string == "AES_CM_128_HMAC_SHA1_80")
        #expect(state?["authentication_failures"]?.double == 0)
        // Somebody in between makes a packet of his own, and repeats one, on the way to the flat.
        #expect(Self.packets(houses).contains(where: Self.isReport))
        let last = try #require(
            Self.packets(houses).last { $0.source.address == Houses.doorAddress.address && $0.source.port == 40_000 && !Self.isReport($0) })
        var forged = last
        forged.bytes[2] &+= 1
        houses.network.send([forged, last])
        houses.advance(.seconds(1))
        houses.door.press("bell")
        houses.advance(.seconds(2))
        let end = try #require(houses.flat.events("call-ended").first)
        #expect(end["encryption"]?.string == "AES_CM_128_HMAC_SHA1_80")
        #expect(end["authentication_failures"]?.double == 1)
        #expect(end["replays"]?.double == 1)
        #expect((480.0...560.0).contains(end["packets_received"]?.double ?? 0))
        for house in [houses.door, houses.flat] { #expect(!house.log.contains("inline:")) }
    }

    @Test("The same look at a call in the clear does hear the tone")
    func clear() throws {
        let houses = try Self.call(door: "", flat: "")
        let sounds = Self.sounds(houses, from: Houses.doorAddress).dropFirst(20).prefix(100)
        #expect(Self.strengthOnTheWire(700, Array(sounds)) > 0.3)
    }

    @Test("Where one requires encryption and the other has none there is no call, and not one packet of sound")
    func refused() throws {
        for (door, flat) in [(Self.required, ""), ("", Self.required)] {
            let houses = try Self.call(door: door, flat: flat)
            #expect(Self.packets(houses).allSatisfy { $0.source.port == 5060 })
            let end = try #require(houses.door.events("call-ended").first)
            #expect(end["reason"]?.string == "incompatible")
            #expect(end["status"]?.double == 488)
        }
    }

    @Test("On hold and after it the same keys serve, and the sound is the other's again")
    func hold() throws {
        let houses = try Self.call(door: Self.required, flat: Self.required)
        #expect(houses.flat.command(.hold(nil)) == nil)
        houses.advance(.seconds(60))
        #expect(houses.flat.command(.resume(nil)) == nil)
        houses.advance(.seconds(3))
        #expect(Houses.strength(700, in: houses.flat) > 0.5)
        #expect(Houses.strength(1_100, in: houses.door) > 0.5)
        houses.door.press("bell")
        houses.advance(.seconds(2))
        let end = try #require(houses.flat.events("call-ended").first)
        #expect(end["authentication_failures"]?.double == 0)
        #expect(end["replays"]?.double == 0)
    }
}
