import Base
import Media
import Runtime

/// The product's voice engine, played period by period on the Loop, with its RTP sockets on the virtual network.
///
/// It rests while there is nothing to do, so that quiet hours cost nothing.
public final class EnginePlayer: @unchecked Sendable {
    /// What the microphone hears: 160 samples of 16 kHz for each period, counted from 0.
    public var microphone: (Int) -> [Int16] = { _ in [Int16](repeating: 0, count: 160) }
    /// What the loudspeaker played since the story last emptied it.
    public var heard: [Int16] = []

    private unowned let network: VirtualNetwork
    private let engine: VoiceEngine
    private let address: IPAddress
    private let ports: [UInt16]
    private let alarm: Alarm
    private let arrivals = PacketBatch(capacity: 256)
    private let departures = PacketBatch(capacity: 256)
    private var plan = VoicePlan()
    private var period = 0
    /// Periods left to play after the plan became empty: good-byes and last figures.
    private var afterglow = 0
    private let onReport: (VoiceReport) -> Void

    private static let length = Duration.milliseconds(10)

    init(
        network: VirtualNetwork, loop: Loop, address: IPAddress, ports: [UInt16], seed: UInt64,
        onReport: @escaping (VoiceReport) -> Void
    ) {
        var settings = VoiceSettings()
        settings.ports = ports.count
        settings.echoTail = 0
        settings.noiseSuppression = 0
        settings.seed = seed
        engine = VoiceEngine(settings)
        self.network = network
        self.address = address
        self.ports = ports
        self.onReport = onReport
        alarm = Alarm(on: loop)
        for (index, port) in ports.enumerated() {
            network.attach(Socket(self, port: index, isControl: false), at: SocketAddress(address, port: port))
            network.attach(Socket(self, port: index, isControl: true), at: SocketAddress(address, port: port + 1))
        }
        alarm.handler = { [weak self] in self?.play() }
    }

    /// One RTP or RTCP socket: it keeps what comes until the next period.
    private final class Socket: Host {
        private unowned let player: EnginePlayer
        private let port: Int
        private let isControl: Bool

        init(_ player: EnginePlayer, port: Int, isControl: Bool) {
            self.player = player
            self.port = port
            self.isControl = isControl
        }

        var nextDeadline: Instant? { nil }

        func receive(_ datagram: Datagram, at now: Instant) -> [Datagram] {
            player.arrived(datagram, port: port, isControl: isControl, at: now)
            return []
        }

        func wake(at now: Instant) -> [Datagram] { [] }
    }

    private func arrived(_ datagram: Datagram, port: Int, isControl: Bool, at now: Instant) {
        guard alarm.deadline != nil, !arrivals.isFull, datagram.bytes.count <= PacketBatch.packetCapacity else { return }
        arrivals.space(arrivals.count).copyBytes(from: datagram.bytes)
        arrivals.append(
            PacketBatch.Entry(port: port, isControl: isControl, peer: datagram.source, time: now, count: datagram.bytes.count))
    }

    func submit(_ plan: VoicePlan) {
        self.plan = plan
        engine.submit(plan)
        afterglow = 100
        if alarm.deadline == nil { alarm.set(after: Self.length) }
    }

    private func play() {
        let captured = microphone(period)
        var playback = [Int16](repeating: 0, count: 160)
        let now = network.now
        captured.withUnsafeBufferPointer { captured in
            playback.withUnsafeMutableBufferPointer { playback in
                engine.process(captured: captured, playback: playback, arrivals: arrivals, departures: departures, now: now)
            }
        }
        arrivals.removeAll()
        heard += playback
        period += 1
        network.send(
            (0..<departures.count).map { index in
                let entry = departures[index]
                let source = SocketAddress(address, port: ports[entry.port] + (entry.isControl ? 1 : 0))
                return Datagram(Array(departures.bytes(index)), from: source, to: entry.peer)
            })
        if plan.legs.isEmpty, plan.localTone == nil { afterglow -= 1 }
        alarm.set(at: afterglow > 0 ? now + Self.length : nil)
        while let report = engine.nextReport() { onReport(report) }
    }
}
