import Rig

/// Scenarios that share a kind of peer.
enum Suite: String, CaseIterable {
    /// baresip and SIPp, called directly.
    case phones
    /// Through Asterisk 22 with PJSIP.
    case asterisk
    /// Through Asterisk 16 with chan_sip.
    case asterisk16

    func play(_ isChosen: (Scenario) -> Bool) throws -> (passed: Int, failed: Int) {
        let speech = try SpeechFiles()
        switch self {
        case .phones:
            let all = phoneScenarios + keyScenarios + refusalScenarios + callerScenarios + registrarScenarios
            return Performance(all.filter(isChosen), atOnce: 4, speech: speech).play()
        case .asterisk, .asterisk16:
            let channel: Asterisk.Channel = self == .asterisk ? .pjsip : .sip
            let chosen = exchangeScenarios(channel).filter(isChosen)
            let exchange = try Exchange(channel, speech: speech)
            defer { exchange.stop() }
            printLine("Asterisk \(exchange.asterisk.version), \(channel.rawValue), at \(exchange.asterisk.address)")
            return Performance(chosen, atOnce: 4, speech: speech, exchange: exchange).play()
        }
    }
}
