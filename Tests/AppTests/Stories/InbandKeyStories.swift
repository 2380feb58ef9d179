import Base
import Glibc
import Intercom
import JSON
import Simulator
import Testing

@testable import Media

/// The sound of a phone that knows PCMU and nothing else: what it is to say, and some of what it hears.
private final class PlainSound: Host {
    /// 8 kHz; silence follows.
    var speech: [Int16] = []
    /// How much of what it hears comes back, as a factor.
    var echo = 0.0

    private let address: SocketAddress
    private var peer: SocketAddress?
    private var heard = [Int16](repeating: 0, count: 160)
    private var next = Instant()
    private var number: UInt16 = 0

    init(on network: VirtualNetwork, at address: SocketAddress) {
        self.address = address
        network.attach(self, at: address)
    }

    var nextDeadline: Instant? { peer == nil ? nil : next }

    func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
        guard datagram.bytes.count == 172 else { return [] }
        if peer == nil { next = now }
        peer = datagram.source
        heard = datagram.bytes.dropFirst(12).map(G711.expandU)
        return []
    }

    /// A packet of 20 ms.
    func wake(at now: Instant) -> [Datagram] {
        guard let peer else { return [] }
        var samples = heard.map { Double($0) * echo }
        for (index, sample) in speech.prefix(160).enumerated() { samples[index] += Double(sample) }
        speech = Array(speech.dropFirst(160))
        var packet: [UInt8] = [0x80, 0, UInt8(number >> 8), UInt8(number & 0xFF)]
        let timestamp = UInt32(number) * 160
        for shift in [24, 16, 8, 0] { packet.append(UInt8(truncatingIfNeeded: timestamp >> UInt32(shift))) }
        packet += [0, 0, 0, 7]
        packet += samples.map { G711.compressU(Int16(clamping: Int($0))) }
        number += 1
        next = next + .milliseconds(20)
        return [Datagram(packet, from: address, to: peer)]
    }
}

/// A house on the street with its real sound, whose bell calls the kitchen by PCMU.
private struct Line {
    let network = VirtualNetwork(seed: 5, conditions: .init(delay: .milliseconds(3)))
    let house: SimulatedHouse
    let kitchen: ScriptedPeer
    let sound: PlainSound

    /// The kitchen answers with `formats`.
    init(
        _ policy: String = "[calls]\ninband_dtmf = \"fallback\"\n", changes: [String: String] = [:], formats: String = "0"
    ) throws {
        kitchen = ScriptedPeer(on: network, at: Street.kitchenAddress, user: "kitchen")
        sound = PlainSound(on: network, at: Street.kitchenSound)
        house = try SimulatedHouse(
            on: network, at: Street.houseAddress, configuration: Street.configuration(changes, adding: policy), engine: true,
            seed: 5)
        kitchen.script = { phone, item in
            let answer = ScriptedSDP.audio(Street.kitchenSound, formats: formats)
            switch item.message.summary {
            case "INVITE": phone.respond(to: item, 200, "OK", sdp: answer)
            case "BYE", "INFO": phone.respond(to: item, 200, "OK")
            default: break
            }
        }
        house.start()
        network.advance(by: .milliseconds(100))
    }

    func advance(_ duration: Duration) { network.advance(by: duration) }

    func talk() {
        house.press("bell")
        advance(.seconds(2))
    }

    /// The kitchen keys by tones.
    func key(_ keys: String) {
        sound.speech += Self.tones(keys, rate: 8_000)
        advance(.milliseconds(Int64(140 * keys.count + 400)))
    }

    /// 80 ms each, and 60 ms of silence behind it.
    static func tones(_ keys: String, rate: Int) -> [Int16] {
        keys.flatMap { key in
            let place = Array("123A456B789C*0#D").firstIndex(of: key) ?? 0
            let (row, column) = ([697.0, 770, 852, 941][place / 4], [1209.0, 1336, 1477, 1633][place % 4])
            let sounding = (0..<rate * 80 / 1_000).map { index in
                let time = 2 * Double.pi * Double(index) / Double(rate)
                return Int16(4_000 * (sin(row * time) + sin(column * time)))
            }
            return sounding + [Int16](repeating: 0, count: rate * 60 / 1_000)
        }
    }

    var methods: [String?] { house.events("digit").map { $0["method"]?.string } }
    func count(_ event: String) -> Int { house.events(event).count }
}

@Suite("Keys as tones in the speech")
struct InbandKeyStories {
    @Test("A phone without telephone events opens the door by tones")
    func opens() throws {
        let line = try Line()
        line.talk()
        line.key("4711#")
        #expect(line.methods == Array(repeating: "inband", count: 5))
        #expect(line.count("door-released") == 1)
        #expect(line.house.events("call-ended").isEmpty)
    }

    @Test("Wrong codes by tones lock the door as any do")
    func lockOut() throws {
        let line = try Line()
        line.talk()
        for _ in 0..<3 { line.key("0815#") }
        line.key("4711#")
        #expect(line.count("locked-out") == 1)
        #expect(line.count("code-wrong") == 4)
        #expect(line.count("door-released") == 0)
    }

    @Test("They are not heard by default, nor where the phone agreed on telephone events", arguments: [false, true])
    func ignored(isAgreed: Bool) throws {
        let line = isAgreed ? try Line(formats: "0 101") : try Line("")
        line.talk()
        line.key("4711#")
        #expect(line.methods == [])
        // The call is up all the same.
        #expect(line.house.voice.leg(of: .outgoing(1))?.receives == true)
    }

    @Test("They are heard no more once a new offer brought telephone events, and again when the next one takes them away")
    func renegotiated() throws {
        let line = try Line()
        line.talk()
        line.key("47")
        #expect(line.methods.count == 2)
        let call = try #require(line.kitchen.answeredCall())
        for (version, formats) in [(2, "0 101"), (3, "0")] {
            call.invite(sdp: ScriptedSDP.audio(Street.kitchenSound, formats: formats, version: version))
            line.advance(.milliseconds(200))
            #expect(line.house.voice.leg(of: .outgoing(1))?.hearsInbandKeys == (formats == "0"))
            line.key("11")
        }
        #expect(line.methods.count == 4)
        line.key("#")
        #expect(line.count("door-released") == 1)
    }

    @Test("An account has its own way")
    func account() throws {
        let line = try Line(
            """
            [calls]
            inband_dtmf = "fallback"
            [accounts.pbx]
            address = "sip:door@10.0.0.2"
            inband_dtmf = "off"

            """, changes: ["ring_time = \"20s\"": "account = \"pbx\""])
        line.talk()
        line.key("4711#")
        #expect(line.methods == [])
        #expect(line.house.voice.plan.legs.map(\.hearsInbandKeys) == [false])
    }

    @Test("A visitor who plays the code to the microphone does not open by the phone's echo")
    func echo() throws {
        let line = try Line()
        line.sound.echo = 0.5
        line.talk()
        let code = Line.tones("4711#", rate: 16_000)
        var rest = code[...]
        line.house.voice.player?.microphone = { _ in
            defer { rest = rest.dropFirst(160) }
            return rest.prefix(160) + [Int16](repeating: 0, count: 160 - rest.prefix(160).count)
        }
        line.advance(.seconds(4))
        #expect(line.methods == [])
        #expect(line.count("door-released") == 0)
        // Who is at the phone still can.
        line.key("4711#")
        #expect(line.count("door-released") == 1)
    }

    @Test("Keys by INFO take over from tones, and begin the code anew")
    func info() throws {
        let line = try Line()
        line.talk()
        let call = try #require(line.kitchen.answeredCall())
        for key in "4711#" {
            line.key(String(key))
            call.request(
                "INFO", fields: ["Content-Type: application/dtmf-relay"], sdp: "Signal=\(key)\r\nDuration=160\r\n")
            line.advance(.milliseconds(100))
        }
        #expect(line.methods == ["inband"] + Array(repeating: "info", count: 5))
        #expect(line.count("door-released") == 1)
        #expect(line.count("code-wrong") == 0)
    }
}
