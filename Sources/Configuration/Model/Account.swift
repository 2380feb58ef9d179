import Base

extension HouseConfiguration {
    /// An identity, and the registrar that knows it, if any.
    public struct Account: Sendable, Equatable {
        /// The address of record, a SIP URI.
        public var address: String
        /// SIP URI that REGISTER goes to; `nil` is an identity that nobody registers.
        public var registrar: String?
        /// SIP URI that every request goes to first.
        public var proxy: String?
        /// The user part of the address unless the file says otherwise.
        public var username: String?
        public var password: Secret?
        public var expires: Duration = .seconds(600)
        public var displayName: String?
        /// The registrar answers STUN at its SIP port, so that a NAT's way back can be kept open by that.
        public var stunKeepAlive = false
        /// Subscribes to the account's mailbox, and tells what waits in it.
        public var messageWaiting = false
        /// A SIP URI that the quality of its calls is reported to, or `off`; `nil` is as `calls.quality_reports_to`.
        public var qualityReportsTo: String?
        /// Encryption of its calls' sound; `nil` is as `calls.srtp`.
        public var srtp: SRTPPolicy?
        /// In order of preference; `nil` is as `sound.codecs`.
        public var codecs: [Codec]?
        /// Keys as tones in the speech; `nil` is as `calls.inband_dtmf`.
        public var inbandDTMF: InbandDTMF?

        public init(address: String) {
            self.address = address
        }
    }
}
