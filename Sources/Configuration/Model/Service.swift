import Base

extension HouseConfiguration {
    /// How the house appears on the network.
    public struct SIP: Sendable, Equatable {
        public var port: UInt16 = 5060
        /// For Contact and SDP where the route's own address would be wrong; `nil` follows the route.
        public var address: IPAddress?
        /// User part and name of calls that no account carries.
        public var user = "portier"
        public var displayName: String?
        /// What is listened by; without UDP nothing is sent by it either.
        public var transports: [Transport] = [.udp, .tcp]
        public var tlsPort: UInt16 = 5061
        public var tls = TLS()
        /// Heed a registrar's NOTIFY `check-sync`.
        public var checkSync = true

        public init() {}
    }

    public struct Calls: Sendable, Equatable {
        /// Calls at the same time, ringing ones counted.
        public var concurrent = 4
        /// For incoming calls, and outgoing ones to no phone book entry.
        public var ringTime: Duration = .seconds(60)
        /// `nil` is without limit.
        public var callTime: Duration? = .seconds(600)
        /// Whether a peer may send us on to somebody else.
        public var acceptsTransfers = true
        /// How long a session lasts that nobody refreshes (RFC 4028); `nil` is for ever.
        public var sessionTimer: Duration? = .seconds(1800)
        /// Encryption of the sound, of direct calls and of accounts that do not say otherwise.
        public var srtp = SRTPPolicy.off
        /// A SIP URI that the quality of calls is reported to, of direct calls and of accounts that do not say otherwise;
        /// `nil` or `off` is nowhere.
        public var qualityReportsTo: String?
        /// Keys as tones in the speech, of direct calls and of accounts that do not say otherwise.
        public var inbandDTMF = InbandDTMF.off
        /// How long a call may be silent, unless held, before it is ended.
        public var mediaTimeout: Duration = .seconds(30)
        /// How long a press waits for its account to be registered.
        public var registrationWait: Duration = .seconds(10)
        /// How long busy, refused and no answer are heard and seen.
        public var signalTime: Duration = .seconds(5)

        public init() {}
    }

    /// Where new configurations are dropped; `nil` for nowhere.
    public struct Drop: Sendable, Equatable {
        public var folder: String? = "/var/lib/portier/drop"

        public init() {}
    }

    /// Where the tool talks to the daemon.
    public struct Control: Sendable, Equatable {
        public var socket = "/run/portier/control.sock"

        public init() {}
    }

    public struct Log: Sendable, Equatable {
        public var level = Severity.info

        public init() {}
    }
}
