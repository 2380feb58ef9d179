import Base
import Configuration
import Runtime
import SIP

extension StreamTransport {
    /// Listens by what the configuration says; fails when a port is taken, or a certificate or key cannot be used.
    public convenience init(
        _ configuration: HouseConfiguration, on loop: Loop, network: any StreamNetwork, seed: UInt64
    ) throws(StreamFailure) {
        let sip = configuration.sip
        self.init(on: loop, network: network, tls: TLSSettings(sip.tls), random: RandomSource(seed: seed))
        if sip.transports.contains(.tcp) { try listen(.tcp, port: sip.port) }
        if sip.transports.contains(.tls) { try listen(.tls, port: sip.tlsPort) }
    }
}

extension TLSSettings {
    fileprivate init(_ tls: HouseConfiguration.TLS) {
        self.init()
        certificates = tls.certificate.map { Array($0.utf8) }
        key = tls.key.map { Array($0.revealed.utf8) }
        authorities = tls.authorities.map { Array($0.utf8) }
        minimum = tls.minimum == .tls12 ? .tls12 : .tls13
    }
}
