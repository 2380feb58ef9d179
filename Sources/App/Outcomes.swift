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
    init(_ call: IncomingCall) {
        self.init(
            address: (call.from.user.map { $0 + "@" } ?? "") + call.from.host, displayName: call.displayName,
            dialled: call.target.user, account: call.account, automaticAnswerDelay: call.wantsAutomaticAnswer?.delay)
    }
}
