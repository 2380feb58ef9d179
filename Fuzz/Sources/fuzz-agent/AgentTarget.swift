import Base
import SIP
import Telephony

/// The whole user agent: datagrams cut from the bytes, with time passing between them. DTMF by INFO is in it.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    var settings = UserAgentSettings()
    settings.media.ports = [4_000, 4_002]
    settings.trust.everyone = true
    var now = Instant()
    var agent = UserAgent(settings: settings, random: RandomSource(seed: 1), at: now)
    var ended: Set<CallID> = []
    let peer = Hop.udp(SocketAddress(.loopback, port: 5_062))
    func perform(_ outputs: [Output]) {
        for case .call(let call, let event) in outputs {
            precondition(!ended.contains(call), "nothing comes after a call's end")
            switch event {
            case .incoming: perform(agent.perform(.answer(call), at: now))
            case .ended: ended.insert(call)
            default: break
            }
        }
    }
    perform(agent.start(at: now))
    // Pieces are parted by a zero byte, whose successor says how much time passes.
    let bytes = UnsafeBufferPointer(start: start, count: count)
    var piece: [UInt8] = []
    var index = 0
    while index < bytes.count {
        if bytes[index] == 0 {
            perform(agent.receive(piece, from: peer, to: .loopback, at: now))
            piece = []
            index += 1
            if index < bytes.count { now = now + .milliseconds(Int(bytes[index]) * 20) }
            perform(agent.wake(at: now))
        } else {
            piece.append(bytes[index])
        }
        index += 1
    }
    perform(agent.receive(piece, from: peer, to: .loopback, at: now))
    return 0
}
