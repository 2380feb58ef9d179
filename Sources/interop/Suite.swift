import Rig

/// Scenarios that share a kind of peer.
enum Suite: String, CaseIterable {
    /// baresip and SIPp, called directly.
    case phones
    /// Through Asterisk 22 with PJSIP.
    case asterisk
    /// Through Asterisk 16 with chan_sip.
    case asterisk16
    /// Through Kamailio, a proxy.
    case kamailio
    /// linphone, called directly, in a network of its own.
    case linphone

    /// The network that it needs for itself; the loopback network of this machine does for most.
    var network: String? { self == .linphone ? Linphone.address + "/24" : nil }

    func play(_ isChosen: (Scenario) -> Bool) throws -> (passed: Int, failed: Int) {
        let speech = try SpeechFiles()
        switch self {
        case .phones:
            let all: [[Scenario]] = [
                phoneScenarios, codecScenarios, encryptionScenarios, keyScenarios, refusalScenarios, callerScenarios,
                registrarScenarios,
                protocolScenarios, brokenPeerScenarios,
            ]
            return Performance.play(all.joined().filter(isChosen), speech: speech)
        case .asterisk, .asterisk16:
            let channel: Asterisk.Channel = self == .asterisk ? .pjsip : .sip
            let chosen = exchangeScenarios(channel).filter(isChosen)
            let exchange = try Exchange(channel, speech: speech)
            defer { exchange.stop() }
            printLine("Asterisk \(exchange.asterisk.version), \(channel.rawValue), at \(exchange.asterisk.address)")
            return Performance.play(
                chosen, alone: exchangeRestartScenarios.filter(isChosen), speech: speech, at: exchange)
        case .kamailio:
            let proxy = try Proxy(speech: speech)
            defer { proxy.stop() }
            printLine("\(proxy.kamailio.version) at \(proxy.address)")
            return Performance.play(
                (proxyScenarios + transportScenarios("tcp")).filter(isChosen), alone: proxyRestartScenarios.filter(isChosen),
                speech: speech, at: proxy)
        case .linphone:
            let chroot = try Chroot("linphone", suite: "trixie", packages: ["linphone-cli"])
            printLine(try Linphone.version(in: chroot))
            return Performance.play(
                linphoneScenarios.filter(isChosen), speech: speech, at: LinphoneVenue(speech, chroot))
        }
    }
}
