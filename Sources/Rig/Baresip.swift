import Foundation
import JSON

/// A real phone without a face: baresip from Debian, steered over its control port, fed from a file, recording what it hears.
public final class Baresip {
    public struct Options {
        public var user = "phone"
        /// Where it listens; `nil` is an address of the loopback network for it alone.
        public var address: String?
        /// Answers by itself; otherwise it rings until `accept`.
        public var answersItself = true
        /// What its microphone hears: a WAV file at 8 kHz.
        public var microphone: String
        /// Records both ways of every call.
        public var records = true
        /// As baresip names them, such as `opus/48000/1` and `G722/16000/1`.
        public var codecs = "PCMU/8000/1,PCMA/8000/1"
        public var mostCalls = 4
        /// Writes every SIP message into its log.
        public var tracesSIP = true
        /// Encrypts: `srtp` where the other side can, `srtp-mand` or not at all.
        public var encryption: String?
        /// Where it registers with `user` as its name there; without one, it is called by its address.
        public var registrar: (address: String, password: String)?

        public init(microphone: String) { self.microphone = microphone }
    }

    public let address: String
    public let port: UInt16
    public let child: Child
    private let folder: String
    private let user: String
    private let registrar: String?
    private let events = Inbox<JSONValue>()
    private let control: NetstringConnection
    private var commands = 0
    private let timeline: Timeline

    /// Starts it with a configuration written into `folder`, on an address of its own, and waits until it is ready.
    public init(folder: String, options: Options) throws {
        address = options.address ?? Ports.address()
        port = 5060
        user = options.user
        registrar = options.registrar?.address
        self.folder = folder
        let controlPort = try Ports.tcp()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write(
            Self.configuration(options, address: address, port: port, controlPort: controlPort, folder: folder),
            to: folder + "/config")
        try write(Self.account(options, address: address, port: port), to: folder + "/accounts")
        try write("", to: folder + "/contacts")
        child = try Child("baresip", (options.tracesSIP ? ["-s"] : []) + ["-4", "-f", folder], log: folder + "/log")
        try child.line(containing: "baresip is ready", within: 10)
        let events = events
        control = try NetstringConnection(host: address, port: controlPort) { bytes in
            guard let bytes else { return events.close() }
            if let value = try? JSONValue(parsing: bytes) { events.add(value) }
        }
        timeline = Timeline { Self.recordings(in: folder) }
        // Told on its screen: the event may have come before anybody listened.
        if options.registrar != nil { try child.line(containing: " 200 OK (", within: 10) }
    }

    deinit { stop() }

    /// The URI that it is called by.
    public var uri: String { registrar.map { "sip:\(user)@\($0)" } ?? "sip:\(user)@\(address):\(port)" }

    public func stop() {
        timeline.stop()
        child.stop()
    }

    private static func account(_ options: Options, address: String, port: UInt16) -> String {
        let mode = options.answersItself ? "auto" : "manual"
        var common = "answermode=\(mode);audio_codecs=\(options.codecs)"
        if let encryption = options.encryption { common += ";mediaenc=\(encryption)" }
        guard let registrar = options.registrar else { return "<sip:\(options.user)@\(address):\(port)>;regint=0;\(common)\n" }
        let user = options.user
        return "<sip:\(user)@\(registrar.address)>;auth_user=\(user);auth_pass=\(registrar.password);regint=600;\(common)\n"
    }

    private static func configuration(
        _ options: Options, address: String, port: UInt16, controlPort: UInt16, folder: String
    ) throws -> String {
        let media = try Ports.range(20)
        var modules = ["g711.so", "aufile.so"]
        if options.records { modules.insert("sndfile.so", at: 1) }
        if options.encryption != nil { modules.append("srtp.so") }
        for name in ["G722", "opus", "L16"] where options.codecs.contains(name) { modules.append(name.lowercased() + ".so") }
        return """
            poll_method epoll
            sip_listen \(address):\(port)
            net_interface \(address)
            call_local_timeout 120
            call_max_calls \(options.mostCalls)
            audio_source aufile,\(options.microphone)
            audio_player aufile,\(folder)/played.wav
            audio_alert nil,nil
            ausrc_srate 8000
            auplay_srate 8000
            ausrc_channels 1
            auplay_channels 1
            opus_stereo no
            opus_sprop_stereo no
            opus_inbandfec yes
            ausrc_format s16
            auplay_format s16
            auenc_format s16
            audec_format s16
            audio_buffer 20-160
            rtp_ports \(media)-\(media + 19)
            jitter_buffer_delay 1-4
            module_path \(try modulePath())
            \(modules.map { "module \($0)" }.joined(separator: "\n"))
            module_tmp account.so
            module_app menu.so
            module_app ctrl_tcp.so
            ctrl_tcp_listen \(address):\(controlPort)
            snd_path \(folder)
            menu_bell no
            ringback_disabled yes
            statmode_default off

            """
    }

    private static func modulePath() throws -> String {
        let listing = try Command.run("dpkg", ["-L", "baresip-core"])
        guard let module = listing.output.split(separator: "\n").first(where: { $0.hasSuffix("/g711.so") }) else {
            throw RigError("baresip is not installed (package baresip-core)")
        }
        return String(module.dropLast("/g711.so".count))
    }
}

// MARK: - Commands and events

extension Baresip {
    /// Carries out one of baresip's long commands.
    public func perform(_ command: String, _ parameters: String? = nil) throws {
        commands += 1
        let token = String(commands)
        var request: JSONObject = ["command": .string(command), "token": .string(token)]
        request["params"] = parameters.map { .string($0) }
        try control.send(JSONValue.object(request).description)
        guard let answer = events.take(within: 5, where: { $0["token"]?.string == token }) else {
            throw RigError("baresip did not answer to \(command)")
        }
        guard answer["ok"]?.bool == true else { throw RigError("baresip: \(command): \(answer["data"]?.string ?? "refused")") }
    }

    public func dial(_ uri: String) throws { try perform("dial", uri) }
    public func accept() throws { try perform("accept") }
    public func hangUp() throws { try perform("hangup") }
    public func hold() throws { try perform("hold") }
    public func resume() throws { try perform("resume") }
    /// Sends keys as events in RTP (RFC 4733).
    public func send(keys: String) throws { try perform("sndcode", keys) }

    /// The next event of a type such as `CALL_ESTABLISHED`.
    @discardableResult
    public func event(_ type: String, within seconds: Double = 5) throws -> JSONValue {
        if let event = events.take(within: seconds, where: { $0["type"]?.string == type }) { return event }
        throw RigError("the phone did not tell \(type) within \(seconds) s")
    }

    /// Whether a SIP message that contains `text` in a line of its own was sent or received so far, or comes in time.
    public func saw(_ text: String, within seconds: Double = 0) -> Bool {
        Clock.poll(within: seconds, every: 0.02) { child.lines.all.contains { $0.hasPrefix(text) } ? true : nil } ?? false
    }

    /// The lines of its SIP messages and of its screen that start so.
    public func lines(startingWith text: String) -> [String] { child.lines.all.filter { $0.hasPrefix(text) } }

    public func countOfLines(startingWith text: String) -> Int { child.lines.all.filter { $0.hasPrefix(text) }.count }

    public func forget() { events.skip() }
}

// MARK: - Recordings

extension Baresip {
    private static func recordings(in folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix("dump-") && $0.hasSuffix(".wav") }.sorted().map { folder + "/" + $0 }
    }

    /// A recording of one way of a call, and the monotonic time at which its first sample was heard or spoken.
    public struct Recording {
        public var file: String
        public var sound: WAV
        public var origin: Double?
    }

    /// What the phone heard in each call, oldest first.
    public var heard: [Recording] { recordings(ending: "-dec.wav", byEnds: false) }

    /// What it said in each call, oldest first.
    public var spoken: [Recording] { recordings(ending: "-enc.wav", byEnds: true) }

    private func recordings(ending suffix: String, byEnds: Bool) -> [Recording] {
        Self.recordings(in: folder).filter { $0.hasSuffix(suffix) }.compactMap { file in
            guard let sound = try? WAV(path: file) else { return nil }
            return Recording(file: file, sound: sound, origin: timeline.origin(of: file, rate: sound.rate, byEnds: byEnds))
        }
    }
}
