import Base
import Media

/// RTP, telephone events and RTCP: the bytes as each of them, and as a stream of packets into a whole voice engine.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = UnsafeRawBufferPointer(start: start, count: count)
    _ = RTPHeader.parse(bytes)
    _ = TelephoneEvent.parse(bytes)
    _ = ControlPacket.parse(bytes, about: 1)
    stream(bytes)
    return 0
}

private let peer = SocketAddress(.loopback, port: 4_000)

private func plan() -> VoicePlan {
    var plan = VoicePlan()
    plan.legs = [
        VoicePlan.Leg(
            call: .outgoing(1), port: 0, remote: peer, remoteControl: peer, codec: .pcma, sendPayloadType: 8,
            receivePayloadType: 8,
            sendEventPayloadType: 101, receiveEventPayloadType: 101, sends: true, receives: true, packetTime: .milliseconds(20), ssrc: 1,
            canonicalName: "fuzz")
    ]
    // The other codecs, by the numbers that seeds and chance may hit.
    plan.legs[0].otherCodecs = [9: .g722, 96: .opus, 97: .l16]
    return plan
}

/// The first byte of each piece says how long it is, whether it is RTCP, and whether a period passes.
private func stream(_ bytes: UnsafeRawBufferPointer) {
    var settings = VoiceSettings()
    (settings.ports, settings.echoTail, settings.noiseSuppression) = (1, 0, 0)
    let engine = VoiceEngine(settings)
    engine.submit(plan())
    let arrivals = PacketBatch(capacity: 16)
    let departures = PacketBatch(capacity: 16)
    let captured = [Int16](repeating: 100, count: settings.framesPerPeriod)
    var playback = captured
    var now = Instant()
    var cursor = ByteCursor(bytes)
    for _ in 0..<64 {
        arrivals.removeAll()
        while arrivals.count < 8, let head = cursor.uint8(), let piece = cursor.take(min(Int(head >> 2), cursor.remaining)) {
            arrivals.space(arrivals.count).copyMemory(from: piece)
            arrivals.append(
                PacketBatch.Entry(port: 0, isControl: head & 1 != 0, peer: peer, time: now, count: piece.count))
            if head & 2 != 0 { break }
        }
        captured.withUnsafeBufferPointer { captured in
            playback.withUnsafeMutableBufferPointer { playback in
                engine.process(captured: captured, playback: playback, arrivals: arrivals, departures: departures, now: now)
            }
        }
        while engine.nextReport() != nil {}
        now = now + .milliseconds(10)
        if cursor.remaining == 0 { break }
    }
}
