import Base
import Board
import Configuration
import Intercom
import SIP
import Telephony

extension UserAgentSettings {
    /// What the user agent is told by the house's configuration, and by what is open in its world.
    init(_ configuration: HouseConfiguration, _ world: World) {
        self.init()
        let streams = world.streams
        instance = world.instance
        port = world.socket?.localAddress.port ?? streams.localAddress(of: .tcp)?.port ?? configuration.sip.port
        securePort = streams.localAddress(of: .tls)?.port ?? configuration.sip.tlsPort
        advertisedAddress = configuration.sip.address
        localUser = configuration.sip.user
        localName = configuration.sip.displayName
        accounts = configuration.accounts.sorted { $0.key < $1.key }.compactMap { Account($0.key, $0.value, configuration.calls) }
        trust = TrustPolicy(configuration)
        callers = configuration.callers.sorted { $0.key < $1.key }.map { _, caller in
            KnownCaller(
                Credentials(username: caller.username, password: caller.password.revealed),
                algorithms: caller.algorithms.map(\.rawValue))
        }
        qualityCollector = Account.collector(configuration.calls.qualityReportsTo)
        obeysNotify = configuration.answering.byNotify
        acceptsCheckSync = configuration.sip.checkSync
        media.codecs = configuration.sound.codecs
        media.discontinuous = configuration.sound.discontinuous
        media.ports = world.voice.ports
        media.srtp = configuration.calls.srtp
        media.inbandDTMF = configuration.calls.inbandDTMF
        limits.concurrentCalls = configuration.calls.concurrent
        limits.ringTime = configuration.calls.ringTime
        limits.callTime = configuration.calls.callTime
        acceptsTransfers = configuration.calls.acceptsTransfers
        sessionInterval = configuration.calls.sessionTimer
    }
}

extension Account {
    /// The reader has had every URI checked; what is none all the same is left out.
    fileprivate init?(_ name: String, _ account: HouseConfiguration.Account, _ calls: HouseConfiguration.Calls) {
        guard let address = try? URI(account.address) else { return nil }
        self.init(name: name, address: address)
        displayName = account.displayName
        registrar = account.registrar.flatMap { try? URI($0) }
        outboundProxy = account.proxy.flatMap { try? URI($0) }
        expires = account.expires
        keepsAliveBySTUN = account.stunKeepAlive
        subscribesToMailbox = account.messageWaiting
        qualityCollector = Self.collector(account.qualityReportsTo ?? calls.qualityReportsTo)
        srtp = account.srtp
        codecs = account.codecs
        inbandDTMF = account.inbandDTMF
        if let username = account.username ?? address.user, let password = account.password {
            credentials = Credentials(username: username, password: password.revealed)
        }
    }
}

extension Account {
    fileprivate static func collector(_ text: String?) -> URI? { text.flatMap { $0 == "off" ? nil : try? URI($0) } }
}

extension TrustPolicy {
    fileprivate init(_ configuration: HouseConfiguration) {
        self.init()
        everyone = configuration.trust.everyone
        networks = configuration.trust.networks.map { AddressRange(base: $0.address, prefixLength: $0.prefixLength) }
        let targets = configuration.phoneBook.values.flatMap(\.targets)
        hosts = Set(targets.compactMap { try? URI($0).host }).sorted()
    }
}

extension LineSettings {
    /// Every line of the board, in the order of their names.
    static func all(_ configuration: HouseConfiguration) -> [LineSettings] {
        configuration.lines.sorted { $0.key < $1.key }.map { name, line in
            LineSettings(
                name: name, chip: line.chip ?? configuration.board.chip, place: Place(line.place),
                direction: line.direction == .input ? .input : .output, bias: Bias(line.pull), isActiveLow: line.isActiveLow,
                kernelDebounce: line.isDebouncedByKernel && line.debounce > .zero ? line.debounce : nil,
                frequency: line.frequency)
        }
    }
}

extension LineEdge {
    var event: Event { .edge(line: line, active: active, time: time, isDebounced: isDebounced) }
}

extension LineSettings.Place {
    fileprivate init(_ place: HouseConfiguration.Line.Place) {
        switch place {
        case .name(let name): self = .name(name)
        case .offset(let offset): self = .offset(offset)
        case .pwm(let channel): self = .pwm(channel)
        }
    }
}

extension LineSettings.Bias {
    fileprivate init(_ pull: HouseConfiguration.Line.Pull?) {
        switch pull {
        case nil: self = .asIs
        case .up: self = .pullUp
        case .down: self = .pullDown
        case .some(.none): self = .disabled
        }
    }
}
