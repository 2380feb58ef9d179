import Base
import SDP
import SIP

/// One call, either way, from the command or the INVITE to the last message about it.
///
/// For the house it is over when `ended` was told; on the wire it may live on for as long as somebody may still ask:
/// a CANCEL that crosses a 200, a BYE that waits for its answer.
struct Call: Sendable {
    enum Phase: Sendable, Equatable {
        /// We want to call, and look for the address.
        case resolving
        /// Our INVITE is on the wire; the peer may ring.
        case inviting
        /// The peer's INVITE waits for the house to decide.
        case ringing(ServerKey)
        /// 2xx was sent or received: both sides may talk.
        case established
        /// `ended` was told; what is left is courtesy on the wire.
        case over
    }

    /// How far an outgoing call is with giving up: RFC 3261 §9.1 wants a provisional response before CANCEL.
    enum Cancellation: Sendable, Equatable {
        case none, wanted, sent
    }

    /// One of the phones that our INVITE reached, or the one that called us.
    struct Fork: Sendable {
        var dialog: Dialog
        /// Sent again for each copy of the 2xx.
        var acknowledgement: Acknowledgement?
        var negotiation: MediaNegotiation
        /// Its BYE overtook its 200.
        var hasHungUp = false
        /// RSeq of its latest reliable provisional response.
        var reliableNumber: UInt32?
    }

    struct Acknowledgement: Sendable {
        var sequence: UInt32
        var bytes: [UInt8]
        var destination: Hop
    }

    /// A 2xx of ours that waits for its ACK.
    struct Answering: Sendable {
        var key: ServerKey
        var response: Response
        var sequence: UInt32
        var retransmission: AnswerRetransmission
        /// The 2xx carried an offer: the ACK brings the answer.
        var awaitsAnswer: Bool
    }

    let id: CallID
    /// What the house knows it by: at first its id; `nil` while the house does not know of it, or no longer.
    var name: CallID?
    let callID: String
    let localTag: String
    var phase: Phase
    /// The account's name, and what it authenticates with.
    var account: String?
    var authorization: Authorization
    /// Our name in this call, with tag; and whom it is with, for people.
    var local: NameAddress
    var target: URI
    var peer: String
    var startedAt: Instant
    var answeredAt: Instant?

    /// Where messages go and which of our addresses they leave from.
    var route: Route?
    var routes: [Route] = []

    // On the wire.
    var forks: [Fork] = []
    /// The fork that the call is with.
    var current: Int?
    var sequence: UInt32
    /// Our INVITE or re-INVITE that has no final response yet, and the dialog's credentials.
    var invite: ClientKey?
    var hasProvisional = false
    var cancellation = Cancellation.none
    var inviteCredentials: [HeaderField] = []
    var request: Message?
    var answering: Answering?
    /// What our CANCEL or BYE says: why.
    var farewell: Reason?
    /// Hung up before the ACK came: BYE is due when it comes (RFC 3261 §15).
    var owesBye = false
    /// A 180 of ours that waits for its PRACK, and the number of the latest such response.
    var provisional: Provisional?
    var lastReliable: UInt32?
    /// The house answered while the PRACK must still bring an answer.
    var answersWhenAcknowledged = false
    /// Our UPDATE that has no final response yet.
    var update: ClientKey?
    var peerAllowsUpdate = false
    /// Places that redirections named: all of them, and those that were not tried.
    var redirections: [URI] = []
    var alternatives: [URI] = []
    /// The peer sends us on to another call; and the call that this one would take the place of.
    var referral: UserAgent.Referral?
    var predecessor: CallID?
    /// It has the name of a call that the house was told is answered.
    var inheritsAnswer = false
    /// We send the peer on.
    var transfer: UserAgent.Transfer?
    /// Beside what every INVITE has: Replaces, Referred-By.
    var inviteFields: [HeaderField] = []
    /// Client transactions that are not over.
    var transactions = 0

    // Sound.
    var port: UInt16?
    var negotiation: MediaNegotiation?
    /// Our first offer, not answered by anybody: what each fork starts from.
    var offered: MediaNegotiation?
    var preparedAnswer: SessionDescription?
    /// Why an answer of the peer's could not be used, where encryption was the reason.
    var encryptionProblem: EncryptionProblem?
    var session: MediaSession?
    var toldRinging: Bool?
    var isHeldByPeer = false
    var isHeld = false
    var wantsHold = false
    /// Our address or something else that the peer must be told changed since the last offer.
    var owesOffer = false

    // Deadlines.
    var ringLimit: Instant?
    var callLimit: Instant?
    /// After a glare (491), or for the answer that a re-INVITE must get in time.
    var reinviteRetry: Instant?
    /// An INVITE that was cancelled or a re-INVITE is given up here.
    var inviteLimit: Instant?
    var sessionTimer: SessionTimer?
    /// Min-SE of the latest 422.
    var minimumSession: UInt32?
    /// A caller's proxies forget a call that shows no sign of life for three minutes.
    var ringAgain: Instant?

    /// A re-INVITE would say something new.
    var wantsOffer: Bool { wantsHold != isHeld || owesOffer }

    var isOutgoing: Bool { id.isOutgoing }
    var isOver: Bool { phase == .over }
    /// Nothing more to do on the wire either.
    var isForgettable: Bool { isOver && transactions == 0 && answering == nil }

    var dialog: Dialog? { current.map { forks[$0].dialog } }

    var nextDeadline: Instant? {
        var next = earliest(earliest(ringLimit, callLimit), earliest(reinviteRetry, inviteLimit))
        next = earliest(next, earliest(ringAgain, provisional?.nextDeadline))
        next = earliest(next, earliest(sessionTimer?.due, transfer?.limit))
        return earliest(next, answering?.retransmission.nextDeadline)
    }
}
