import Base
import Glibc
import Media

// What callgrind counts: the whole audio period of a call in G.722, with echo of what was played.
//
//   period-bench FAR.g722 NEAR.wav SECONDS
//
// Both at 16 kHz. The microphone hears NEAR and, 40 ms later and 6 dB weaker, the loudspeaker.

let frames = 160
let echoDelay = 640
let peer = SocketAddress(.loopback, port: 4_000)

func contents(_ path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { fatalError("\(path) cannot be read") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&block, 1, block.count, file), count > 0 { bytes += block[..<count] }
    return bytes
}

guard CommandLine.arguments.count == 4, let seconds = Int(CommandLine.arguments[3]) else {
    fatalError("usage: period-bench FAR.g722 NEAR.wav SECONDS")
}
let far = contents(CommandLine.arguments[1])
let near = contents(CommandLine.arguments[2]).dropFirst(44)  // behind the canonical header
let periods = min(100 * seconds, far.count / 80, near.count / (2 * frames))
guard periods == 100 * seconds else { fatalError("the speech is shorter than \(seconds) s") }

var settings = VoiceSettings()
settings.ports = 1
guard settings.framesPerPeriod == frames else { fatalError("the engine's period is not 10 ms at 16 kHz") }
let engine = VoiceEngine(settings)
var plan = VoicePlan()
plan.legs = [
    VoicePlan.Leg(
        call: .outgoing(1), port: 0, remote: peer, remoteControl: SocketAddress(.loopback, port: 4_001), codec: .g722,
        sendPayloadType: 9,
        receivePayloadType: 9, sendEventPayloadType: nil, receiveEventPayloadType: nil, sends: true, receives: true,
        packetTime: .milliseconds(20), ssrc: 1, canonicalName: "bench")
]
engine.submit(plan)

let arrivals = PacketBatch(capacity: 8)
let departures = PacketBatch(capacity: 8)
var captured = [Int16](repeating: 0, count: frames)
var playback = [Int16](repeating: 0, count: frames)
var played = [Int16](repeating: 0, count: echoDelay)
var sent = 0

for period in 0..<periods {
    let now = Instant(nanoseconds: Int64(period) * 10_000_000)
    arrivals.removeAll()
    if period % 2 == 0, (period + 2) * 80 <= far.count {
        var writer = ByteWriter(arrivals.space(0))
        writer.uint16(0x8009)
        writer.uint16(UInt16(truncatingIfNeeded: period / 2))
        writer.uint32(UInt32(period * 80))  // G.722 counts at 8 kHz: RFC 3551 §4.5.2
        writer.uint32(7)
        far[period * 80..<(period + 2) * 80].withUnsafeBytes { writer.copy($0) }
        arrivals.append(PacketBatch.Entry(port: 0, isControl: false, peer: peer, time: now, count: writer.offset))
    }
    for index in 0..<frames {
        let at = near.startIndex + 2 * (period * frames + index)
        let talk = Int16(bitPattern: UInt16(near[at]) | UInt16(near[at + 1]) << 8)
        captured[index] = Int16(clamping: Int(talk) + Int(played[period * frames + index]) / 2)
    }
    captured.withUnsafeBufferPointer { captured in
        playback.withUnsafeMutableBufferPointer { playback in
            engine.process(
                captured: captured, playback: playback, arrivals: arrivals, departures: departures, now: now, delay: echoDelay)
        }
    }
    played += playback
    sent += departures.count
    while engine.nextReport() != nil {}
}
print(periods, sent)
