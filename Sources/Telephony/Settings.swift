import Base
import SDP
import SIP

/// Everything the user agent is told by configuration; a new value may be given at any time, calls go on.
public struct UserAgentSettings: Sendable, Equatable {
    /// Text of the User-Agent and Server headers.
    public var product = "Portier"
    /// The port that SIP is received on by UDP and TCP, and sent from by UDP.
    public var port: UInt16 = 5060
    /// The port that SIP is received on by TLS.
    public var securePort: UInt16 = 5061
    /// This machine's UUID, the same for ever; `nil` when nothing keeps it, and then there is no RFC 5626.
    public var instance: String?
    /// Address for Contact and SDP where the address of the route would be wrong (port forwarding); `nil` follows the route.
    public var advertisedAddress: IPAddress?
    public var accounts: [Account] = []
    public var trust = TrustPolicy()
    /// Who may call from anywhere, by a password.
    public var callers: [KnownCaller] = []
    public var media = MediaSettings()
    public var limits = CallLimits()
    /// Whether whom we talk to may send us on to somebody else (REFER).
    public var acceptsTransfers = true
    /// Do what a NOTIFY of a trusted peer asks for: `talk`, `hold`.
    public var obeysNotify = false
    /// Heed a registrar's NOTIFY `check-sync`.
    public var acceptsCheckSync = true
    /// Where the quality of calls that no account carries is reported to (RFC 6035); `nil` for nowhere.
    public var qualityCollector: URI?
    /// How long a session lasts without a refresh (RFC 4028), at least 90 s; `nil` for no session timer.
    public var sessionInterval: Duration? = .seconds(1800)
    /// User part and display name of calls that no account carries.
    public var localUser = "portier"
    public var localName: String?

    public init() {}

    /// Whether somebody here goes by the user that was asked for; no user at all means the house.
    func isOurs(_ target: URI) -> Bool {
        guard let user = target.user, !user.isEmpty, user != localUser else { return true }
        return accounts.contains { $0.address.user == user || $0.credentials?.username == user }
    }

    func port(of transport: Transport) -> UInt16 { transport.isSecure ? securePort : port }
}

/// An identity, and the registrar that knows it, if any.
public struct Account: Sendable, Equatable {
    /// Its name in the configuration; never on the wire.
    public var name: String
    /// The address of record, such as `sip:door@pbx.example`.
    public var address: URI
    public var displayName: String?
    /// Where REGISTER goes; `nil` for an identity that nobody registers.
    public var registrar: URI?
    /// Where every request of this account goes first; `nil` follows the request URI.
    public var outboundProxy: URI?
    public var credentials: Credentials?
    /// Encryption of the sound of this account's calls; `nil` is as everywhere.
    public var srtp: SRTPPolicy?
    /// In order of preference; `nil` is as all others.
    public var codecs: [Codec]?
    /// Keys as tones in the speech; `nil` is as everywhere.
    public var inbandDTMF: InbandDTMF?
    /// Asked for in REGISTER; the registrar's answer decides.
    public var expires: Duration = .seconds(600)
    /// The registrar answers STUN where it takes SIP, whether or not it says so (RFC 5626 §4.4).
    public var keepsAliveBySTUN = false
    /// Where the quality of its calls is reported to (RFC 6035); `nil` for nowhere.
    public var qualityCollector: URI?
    /// Be told what waits in its mailbox (RFC 3842).
    public var subscribesToMailbox = false

    public init(name: String, address: URI) {
        self.name = name
        self.address = address
    }
}

/// User name and password for digest authentication; prints without the password.
public struct Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var username: String
    public var password: String

    public init(username: String, password: String) {
        self.username = username
        self.password = password
    }

    public var description: String { "\(username):(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}

/// Somebody who may call from anywhere, and the digest algorithms that the phone may use, the one that we like best first.
public struct KnownCaller: Sendable, Equatable {
    public var credentials: Credentials
    public var algorithms: [String]

    public init(_ credentials: Credentials, algorithms: [String] = ["SHA-256", "MD5"]) {
        self.credentials = credentials
        self.algorithms = algorithms
    }
}

/// Who may send requests to this house; everyone else gets a refusal that tells nothing.
public struct TrustPolicy: Sendable, Equatable {
    /// Source networks that may call, beside the addresses of registrars and proxies, which are trusted once resolved.
    public var networks: [AddressRange] = []
    /// Hosts whose resolved addresses may call: the phone book's. Names or addresses.
    public var hosts: [String] = []
    /// Accept calls from anywhere. For tests and closed networks.
    public var everyone = false

    public init() {}
}

/// A network in CIDR notation.
public struct AddressRange: Sendable, Hashable {
    public var base: IPAddress
    public var prefixLength: Int

    public init(base: IPAddress, prefixLength: Int) {
        self.base = base
        self.prefixLength = prefixLength
    }
}

public struct MediaSettings: Sendable, Equatable {
    /// In order of preference.
    public var codecs: [Codec] = [.pcma, .pcmu]
    /// Neither send silence nor be sent it, where the codec can do without: Opus.
    public var discontinuous = false
    /// Even RTP ports already open on this machine; RTCP is the next odd one. One is taken by each call, so their count bounds the calls.
    public var ports: [UInt16] = []
    /// Encryption of the sound, of direct calls and of accounts that do not say otherwise.
    public var srtp = SRTPPolicy.off
    /// Keys as tones in the speech, of direct calls and of accounts that do not say otherwise.
    public var inbandDTMF = InbandDTMF.off
    /// Speech per packet.
    public var packetTime: Duration = .milliseconds(20)

    public init() {}
}

public struct CallLimits: Sendable, Equatable {
    /// Calls at the same time, ringing ones counted; the next one gets 486.
    public var concurrentCalls = 4
    /// How long a call may ring, either way, before it is given up.
    public var ringTime: Duration = .seconds(60)
    /// How long a call may last; `nil` for no limit.
    public var callTime: Duration? = .seconds(600)

    public init() {}
}
