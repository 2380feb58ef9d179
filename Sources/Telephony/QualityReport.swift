import Base
import SIP

/// How a call sounded, as a collector is told: a session report of RFC 6035 §4.6, application/vq-rtcpxr.
///
/// ```
/// VQSessionReport: CallTerm
/// CallID: …          SessionInfo: which call, from where to where
/// …
/// LocalMetrics:
/// Timestamps:…       what we measured of the stream that came
/// …
/// RemoteMetrics:
/// …                  what the peer said by RTCP XR of the stream that it got
/// DialogID:…
/// ```
///
/// The grammar has no word for "unknown": what is not known is left out. All texts are ASCII, and no secret is in any.
public struct QualityReport: Sendable, Equatable {
    static let contentType = "application/vq-rtcpxr"

    /// Which call it is about, by its dialog.
    public struct Subject: Sendable, Equatable {
        /// The account that carries the call, and the report.
        public var account: String?
        public var callID: String
        public var localTag: String
        public var remoteTag: String
        public var local: URI
        public var remote: URI
        /// We sent the INVITE.
        public var isOriginator: Bool
        /// Ours, as the peer sees it.
        public var address: IPAddress

        public init(
            account: String?, callID: String, localTag: String, remoteTag: String, local: URI, remote: URI, isOriginator: Bool,
            address: IPAddress
        ) {
            self.account = account
            self.callID = callID
            self.localTag = localTag
            self.remoteTag = remoteTag
            self.local = local
            self.remote = remote
            self.isOriginator = isOriginator
            self.address = address
        }
    }

    /// One end of the sound.
    public struct End: Sendable, Equatable {
        public var address: SocketAddress
        public var ssrc: UInt32

        public init(_ address: SocketAddress, ssrc: UInt32) {
            self.address = address
            self.ssrc = ssrc
        }
    }

    public var subject: Subject
    /// The call is over; otherwise it goes on with another codec or another peer.
    public var isFinal: Bool
    public var local: End
    public var remote: End
    /// From when to when the figures are, in seconds since 1970.
    public var start: Double
    public var stop: Double
    public var localMetrics: Metrics
    public var remoteMetrics: Metrics?

    public init(
        subject: Subject, isFinal: Bool, local: End, remote: End, start: Double, stop: Double, localMetrics: Metrics,
        remoteMetrics: Metrics?
    ) {
        self.subject = subject
        self.isFinal = isFinal
        self.local = local
        self.remote = remote
        self.start = start
        self.stop = stop
        self.localMetrics = localMetrics
        self.remoteMetrics = remoteMetrics
    }

    /// The body, by the letter of the grammar: that has an empty line before each set of metrics, and none at the end.
    public var body: [UInt8] {
        let (ours, theirs) = ("<\(subject.local)>", "<\(subject.remote)>")
        var parts = [
            [
                isFinal ? "VQSessionReport: CallTerm" : "VQSessionReport",
                "CallID: " + subject.callID,
                "LocalID: " + ours,
                "RemoteID: " + theirs,
                "OrigID: " + (subject.isOriginator ? ours : theirs),
                "LocalAddr: " + Self.text(local),
                "RemoteAddr: " + Self.text(remote),
                "LocalGroup: " + Self.group(subject.local),
                "RemoteGroup: " + Self.group(subject.remote),
            ]
        ]
        let timestamps = "Timestamps:START=\(UTCTime(start)) STOP=\(UTCTime(stop))"
        parts.append(["LocalMetrics:", timestamps] + localMetrics.lines)
        if let remoteMetrics { parts.append(["RemoteMetrics:", timestamps] + remoteMetrics.lines) }
        let text = parts.map { $0.map { $0 + "\r\n" }.joined() }.joined(separator: "\r\n")
        // The tags of a call that goes on are nobody else's business.
        return Array((isFinal ? text + "\r\n" + dialog : text).utf8)
    }

    /// From whose side it is: a caller's tag is that of From.
    private var dialog: String {
        let (from, to) =
            subject.isOriginator ? (subject.localTag, subject.remoteTag) : (subject.remoteTag, subject.localTag)
        // A peer from before RFC 3261 has no tag, and an empty one is none.
        return "DialogID:" + subject.callID + (to.isEmpty ? "" : ";to-tag=" + to) + (from.isEmpty ? "" : ";from-tag=" + from)
    }

    private static func text(_ end: End) -> String {
        "IP=\(end.address.address) PORT=\(end.address.port) SSRC=0x" + String(end.ssrc, radix: 16)
    }

    /// What calls are counted together by: the domain, or the number of a `tel:`.
    private static func group(_ uri: URI) -> String {
        let name = uri.isSIP ? uri.host : uri.user ?? uri.host
        return name.isEmpty ? "unknown" : name
    }
}
