import Base

extension HouseReader {
    func readSIP(_ file: inout TableReader) {
        guard var table = file.table("sip") else { return }
        if let port = table.value("port", .integer(1...65535)) { house.sip.port = UInt16(port) }
        house.sip.address = table.value("address", .address)
        if let user = table.value("user", Self.user) { house.sip.user = user }
        house.sip.displayName = table.value("display_name", .text)
        readTransports(&table)
        if let isHeeded = table.value("check_sync", .boolean) { house.sip.checkSync = isHeeded }
        table.finish()
    }

    private static var user: Form<String> {
        .text("the user part of a SIP URI, such as \"door\"") { text in
            text.contains(":") || text.contains("@") || SIPAddress("\(text)@x") == nil ? nil : text
        }
    }

    func readSound(_ file: inout TableReader) {
        guard var table = file.table("sound") else { return }
        if let card = readCard(&table) { house.sound.card = card }
        if let codecs = readCodecs(&table) { house.sound.codecs = codecs }
        if let isOn = table.value("discontinuous", .boolean) { house.sound.discontinuous = isOn }
        if let ports = table.value("rtp_ports", Self.ports) {
            house.sound.rtpPorts = ports
            portsPosition = table.position(of: "rtp_ports")
        }
        if let isOn = table.value("echo_canceller", .boolean) { house.sound.echoCanceller = isOn }
        if let tail = table.value("echo_tail", Self.echoTail) { house.sound.echoTail = tail }
        if let level = table.value("noise_suppression", .decibels(0...60)) { house.sound.noiseSuppression = level }
        if let frequency = table.value("high_pass", .integer(0...400)) { house.sound.highPass = Double(frequency) }
        if let gain = table.value("microphone_gain", .decibels(-40...40)) { house.sound.microphoneGain = gain }
        if let gain = table.value("loudspeaker_gain", .decibels(-40...40)) { house.sound.loudspeakerGain = gain }
        if let isOn = table.value("automatic_gain", .boolean) { house.sound.automaticGain = isOn }
        house.sound.amplifier = reference("amplifier", to: .line, in: &table, direction: .output)
        for (control, level) in table.values("mixer", Self.mixerLevel) { house.sound.mixer[control] = level }
        table.finish()
    }

    func readCodecs(_ table: inout TableReader) -> [Codec]? {
        guard let codecs = table.list("codecs", Self.codec) else { return nil }
        if codecs.isEmpty || Set(codecs).count < codecs.count {
            report.add(
                table.position(of: "codecs"), "\(table.name(of: "codecs")) is empty, wrong, or has one twice",
                expected: "at least one, in order of preference")
            return nil
        }
        return codecs
    }

    private static var codec: Form<Codec> {
        .text(alternatives([Codec.opus, .g722, .pcma, .pcmu, .l16].map(\.name))) { Codec(name: $0) }
    }

    /// `nil` within is `"auto"`.
    private static var echoTail: Form<Duration?> {
        let fixed = Form<Duration>.duration("16ms", "512ms")
        return Form("\"auto\", or " + fixed.expected) { node in
            if case .text("auto") = node.kind { return .some(nil) }
            return fixed.read(node).map { $0 }
        }
    }

    private static var mixerLevel: Form<HouseConfiguration.Sound.MixerLevel> {
        Form("a level such as \"80%\" or \"-6dB\", \"on\" or \"off\"") { node in
            switch node.kind {
            case .boolean(let isOn): return .isOn(isOn)
            case .text("on"): return .isOn(true)
            case .text("off"): return .isOn(false)
            case .text(let text) where text.hasSuffix("%"):
                guard let percent = Int(text.dropLast()), (0...100).contains(percent) else { return nil }
                return .percent(percent)
            case .text: return Form<Double>.decibels(-120...60).read(node).map { .decibels($0) }
            default: return nil
            }
        }
    }

    private func readCard(_ table: inout TableReader) -> HouseConfiguration.Sound.Card? {
        let card = table.value("card", Self.card)
        let capture = table.value("capture", Self.device)
        let playback = table.value("playback", Self.device)
        if table.entry("card") != nil, let other = table.entry("capture") ?? table.entry("playback") {
            report.add(
                other.keyPosition, "\(table.name(of: other.key)) is given beside card",
                expected: "card for both ways, or capture and playback")
        }
        if let card { return card }
        guard capture != nil || playback != nil else { return nil }
        return .alsa(capture: capture ?? "default", playback: playback ?? "default")
    }

    private static var card: Form<HouseConfiguration.Sound.Card> {
        .text(device.expected + ", or \"file:in.wav,out.wav\" or \"file:in.wav,out.wav,loop\"") { text in
            guard text.hasPrefix("file:") else { return isDevice(text) ? .alsa(capture: text, playback: text) : nil }
            var files = text.dropFirst(5).split(separator: ",", omittingEmptySubsequences: false)
            let loops = files.count == 3 && files[2] == "loop"
            if loops { files.removeLast() }
            guard files.count == 2, !files[0].isEmpty, !files[1].isEmpty else { return nil }
            return .files(input: String(files[0]), output: String(files[1]), loops: loops)
        }
    }

    private static var device: Form<String> {
        .text("an ALSA device by its card's id, such as \"default\" or \"plughw:CARD=Device\"") { isDevice($0) ? $0 : nil }
    }

    /// A card's number changes from boot to boot, so a device may not be named by it.
    private static func isDevice(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return false }
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, ["hw", "plughw", "sysdefault", "front", "dsnoop", "dmix"].contains(parts[0]) else { return true }
        let card = parts[1].hasPrefix("CARD=") ? parts[1].dropFirst(5) : parts[1]
        return card.first?.isNumber == false
    }

    private static var ports: Form<HouseConfiguration.PortRange> {
        .text("a range of ports such as \"40000-40015\", from 1024 to 65535, with an even one and the next") { text in
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let lower = UInt16(parts[0]), let upper = UInt16(parts[1]), lower >= 1024 else { return nil }
            let range = HouseConfiguration.PortRange(lower: lower, upper: upper)
            return range.pairs.isEmpty ? nil : range
        }
    }

    func readCalls(_ file: inout TableReader) {
        if var table = file.table("calls") {
            if let count = table.value("concurrent", .integer(1...64)) { house.calls.concurrent = count }
            if let time = table.value("ring_time", .duration("1s", "10m")) { house.calls.ringTime = time }
            if let entry = table.entry("call_time"), case .text("unlimited") = entry.value.kind {
                house.calls.callTime = nil
            } else if let time = table.value("call_time", Self.callTime) {
                house.calls.callTime = time
            }
            if let entry = table.entry("session_timer"), case .text("off") = entry.value.kind {
                house.calls.sessionTimer = nil
            } else if let time = table.value("session_timer", Self.sessionTimer) {
                house.calls.sessionTimer = time
            }
            if let accepts = table.value("accept_transfers", .boolean) { house.calls.acceptsTransfers = accepts }
            if let policy = table.value("srtp", .oneOf) as SRTPPolicy? { house.calls.srtp = policy }
            house.calls.qualityReportsTo = table.value("quality_reports_to", collector)
            if let policy = table.value("inband_dtmf", .oneOf) as InbandDTMF? { house.calls.inbandDTMF = policy }
            if let time = table.value("media_timeout", .duration("2s", "10m")) { house.calls.mediaTimeout = time }
            if let time = table.value("registration_wait", .duration("0s", "1m")) { house.calls.registrationWait = time }
            if let time = table.value("signal_time", .duration("1s", "1m")) { house.calls.signalTime = time }
            table.finish()
            if table.entry("concurrent") != nil { concurrentPosition = table.position(of: "concurrent") }
        }
    }

    private static var sessionTimer: Form<Duration> {
        let form = Form<Duration>.duration("90s", "24h")
        return Form(form.expected + ", or \"off\"", form.read)
    }

    private static var callTime: Form<Duration> {
        let form = Form<Duration>.duration("1s", "24h")
        return Form(form.expected + ", or \"unlimited\"", form.read)
    }

    func readDrop(_ file: inout TableReader) {
        guard var table = file.table("drop") else { return }
        if let folder = table.value("folder", .anyText) { house.drop.folder = folder.isEmpty ? nil : folder }
        table.finish()
    }

    func readControl(_ file: inout TableReader) {
        guard var table = file.table("control") else { return }
        // What sockaddr_un has room for, with the byte that ends it.
        let path = Form.text("a path of 1 to 107 bytes") { (1...107).contains($0.utf8.count) && !$0.utf8.contains(0) ? $0 : nil }
        if let socket = table.value("socket", path) { house.control.socket = socket }
        table.finish()
    }

    func readLog(_ file: inout TableReader) {
        guard var table = file.table("log") else { return }
        let levels: [(String, Severity)] = [
            ("error", .error), ("warning", .warning), ("notice", .notice), ("info", .info), ("debug", .debug),
        ]
        let level = Form.text(alternatives(levels.map(\.0))) { text in levels.first { $0.0 == text }?.1 }
        if let level = table.value("level", level) { house.log.level = level }
        table.finish()
    }
}
