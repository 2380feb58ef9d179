import Base
import Intercom
import SIP
import Telephony

extension CallOutcome {
    /// What a call's end means to the house.
    init(_ cause: CallEnd.Cause) {
        switch cause {
        case .localHangUp, .shutDown, .transferred: self = .hungUpHere
        case .remoteHangUp: self = .hungUpThere
        case .cancelled: self = .cancelled
        case .answeredElsewhere: self = .answeredElsewhere
        case .busy: self = .busy
        case .declined, .forbidden, .notFound, .incompatible: self = .refused
        case .noAnswer: self = .noAnswer
        case .unreachable, .mediaLost, .sessionExpired: self = .unreachable
        case .timeLimit: self = .timeLimit
        case .failed: self = .failed
        }
    }

    /// Why the house ends a call, as the terminal event says it.
    var cause: CallEnd.Cause {
        switch self {
        case .hungUpHere, .hungUpThere: .localHangUp
        case .cancelled: .cancelled
        case .answeredElsewhere: .answeredElsewhere
        case .busy: .busy
        case .refused: .declined
        case .noAnswer: .noAnswer
        case .unreachable: .unreachable
        case .timeLimit: .timeLimit
        case .failed: .failed
        }
    }
}

extension Caller {
    /// A registrar's word on who calls counts more than the caller's own.
    init(_ call: IncomingCall) {
        let uri = call.asserted?.uri ?? call.from
        self.init(
            address: Self.address(uri), displayName: call.asserted?.displayName ?? call.displayName,
            dialled: call.target.user, account: call.account, automaticAnswerDelay: call.wantsAutomaticAnswer?.delay)
        mustBeAutomatic = call.wantsAutomaticAnswer?.isRequired ?? false
        mustRing = call.wantsManualAnswer
        divertedFrom = call.diversions.first.map { Self.address($0.from) }
        diversionReason = call.diversions.first?.reason
    }

    /// `201@10.0.0.5`; of a telephone number, the number.
    private static func address(_ uri: URI) -> String {
        guard let user = uri.user else { return uri.host }
        return uri.host.isEmpty ? user : "\(user)@\(uri.host)"
    }
}
