import SIP

/// What a final response means to the house, and what a refusal of the house is on the wire.
extension CallEnd {
    /// From a 300 to 699 to our INVITE: RFC 3261 §21.
    init(refusal response: Message) {
        let status = response.status ?? 500
        let reasons = Reason.all(in: response)
        let networkCause = Reason.networkCause(reasons)
        var cause = Cause(status: status)
        // Gateways say 503 or 500 for much that the network behind them knows better.
        if cause == .failed || status == 503 { cause = networkCause.flatMap { Cause(networkCause: $0) } ?? cause }
        self.init(
            cause, status: status, networkCause: networkCause, text: reasons.lazy.compactMap(\.text).first ?? response.reason)
    }
}

extension CallEnd.Cause {
    init(status: Int) {
        self =
            switch status {
            case 486, 600: .busy
            case 603, 607, 608: .declined
            case 404, 410, 484, 485, 604: .notFound
            case 401, 403, 407: .forbidden
            case 408, 480: .noAnswer
            case 415, 416, 488, 606: .incompatible
            case 502, 503, 504: .unreachable
            case 487: .cancelled
            default: .failed
            }
    }
}

extension Refusal {
    var status: Int {
        switch self {
        case .busy: 486
        case .declined: 603
        case .forbidden: 403
        case .unavailable: 480
        }
    }

    var cause: CallEnd.Cause {
        switch self {
        case .busy: .busy
        case .declined: .declined
        case .forbidden: .forbidden
        case .unavailable: .noAnswer
        }
    }

    /// How a call that rings here is refused when the house ends it for `cause`.
    init(_ cause: CallEnd.Cause) {
        self =
            switch cause {
            case .busy: .busy
            case .localHangUp, .declined: .declined
            case .forbidden: .forbidden
            default: .unavailable
            }
    }
}
