import Base

extension HouseConfiguration {
    /// Who is answered without a hand at the door.
    public struct Answering: Sendable, Equatable {
        public var automatic: [CallerPattern] = []
        /// Answer whoever's Call-Info, Alert-Info or Answer-Mode asks for it. From trusted sources, as all calls.
        public var byHeader = false
        /// Do what a NOTIFY `talk` or `hold` of a trusted peer or the registrar asks for.
        public var byNotify = false
        /// Tells the people at the door that someone listens.
        public var warningTone = true

        public init() {}
    }

    /// Callers by address or by phone book entry.
    public enum CallerPattern: Sendable, Equatable {
        /// `nil` is any: `201@*` has no host.
        case address(user: String?, host: String?)
        /// Whoever is a target of this phone book entry.
        case entry(String)
    }

    /// Who may send requests to this house at all, beside registrars and the phone book's hosts.
    public struct Trust: Sendable, Equatable {
        public var networks: [Network] = []
        public var everyone = false

        public init() {}
    }

    /// Somebody who may call from anywhere, by a password.
    public struct Caller: Sendable, Equatable {
        /// The caller's name in the configuration unless the file says otherwise.
        public var username: String
        public var password: Secret
        /// What is offered, in this order, and accepted.
        public var algorithms: [Algorithm] = [.sha256, .md5]

        public enum Algorithm: String, Sendable, CaseIterable {
            case sha256 = "SHA-256"
            case sha512 = "SHA-512-256"
            case md5 = "MD5"
        }

        public init(username: String, password: Secret) {
            self.username = username
            self.password = password
        }
    }

    /// A network in CIDR notation.
    public struct Network: Sendable, Equatable {
        public var address: IPAddress
        public var prefixLength: Int

        public init(address: IPAddress, prefixLength: Int) {
            self.address = address
            self.prefixLength = prefixLength
        }
    }
}
