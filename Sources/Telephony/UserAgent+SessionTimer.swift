import Base
import SIP

/// Sessions that must be refreshed to go on, in both roles: RFC 4028.
extension UserAgent {
    /// What the INVITE, a re-INVITE or an UPDATE says of our wish (§7.1, §7.4).
    func sessionFields(of call: Call) -> [HeaderField] {
        guard let wish = sessionSeconds else { return [] }
        var fields: [HeaderField] = []
        let minimum = max(call.minimumSession ?? 0, Self.shortestSession)
        let seconds = max(call.sessionTimer.map { UInt32(clamping: $0.interval.milliseconds / 1000) } ?? wish, minimum)
        // Who refreshes now goes on to do so.
        let refresher: SessionExpires.Refresher? = call.sessionTimer.map { $0.refreshes ? .uac : .uas }
        fields.append(
            HeaderField(name: "Session-Expires", value: SessionExpires(seconds: seconds, refresher: refresher).description))
        if call.minimumSession != nil { fields.append(HeaderField(name: "Min-SE", value: "\(minimum)")) }
        return fields
    }

    /// A 2xx to a request of ours with `sessionFields` came: its word counts; without one there is no timer (§7.2).
    func agreeOnSession(_ call: inout Call, by response: Message, at now: Instant) {
        guard sessionSeconds != nil, let asked = response.sessionExpires else {
            call.sessionTimer = nil
            return
        }
        call.sessionTimer = SessionTimer(seconds: asked.seconds, refreshes: asked.refresher != .uas, at: now)
    }

    /// The headers of our 2xx to a session refresh of the peer, which sets the timer (§9, table 2).
    func keepSession(_ call: inout Call, by request: Message, at now: Instant) -> [HeaderField] {
        let supports = request.supported.contains { $0.lowercased() == "timer" }
        guard let wish = sessionSeconds, supports || request.sessionExpires != nil else {
            call.sessionTimer = nil
            return []
        }
        // Never more than was asked for, and never less than the request's minimum.
        let asked = request.sessionExpires
        let floor = max(request.minimumSession ?? 0, Self.shortestSession)
        let seconds = max(min(asked?.seconds ?? wish, wish), min(floor, asked?.seconds ?? floor))
        let refresher = supports ? asked?.refresher ?? .uas : .uas
        call.sessionTimer = SessionTimer(seconds: seconds, refreshes: refresher == .uas, at: now)
        let agreed = SessionExpires(seconds: seconds, refresher: refresher)
        var fields = [HeaderField(name: "Session-Expires", value: agreed.description)]
        if supports { fields.append(HeaderField(name: "Require", value: "timer")) }
        return fields
    }

    /// 422 for a session that would have to be refreshed all the time (§9).
    func shortSession(_ request: Message) -> (status: Int, fields: [HeaderField])? {
        guard sessionSeconds != nil, let asked = request.sessionExpires, asked.seconds < Self.shortestSession,
            request.supported.contains(where: { $0.lowercased() == "timer" })
        else { return nil }
        return (422, [HeaderField(name: "Min-SE", value: "\(Self.shortestSession)")])
    }

    /// Takes the minimum of a 422 over; false when it asks for nothing more than we asked for already (§7.3).
    func lengthenSession(_ call: inout Call, by response: Message) -> Bool {
        guard let minimum = response.minimumSession, minimum > max(call.minimumSession ?? 0, Self.shortestSession) else {
            return false
        }
        call.minimumSession = minimum
        return true
    }

    /// No session is shorter (§4).
    static let shortestSession: UInt32 = 90

    private var sessionSeconds: UInt32? {
        settings.sessionInterval.map { UInt32(clamping: $0.milliseconds / 1000) }
    }

    // MARK: Time

    mutating func sessionTimerDue(_ call: inout Call, at now: Instant) {
        guard let timer = call.sessionTimer, timer.due <= now else { return }
        guard timer.refreshes, now < timer.expiry else {
            hangUp(&call, CallEnd(.sessionExpired, text: "no session refresh"), at: now)
            return
        }
        refreshSession(&call, at: now)
    }

    /// By UPDATE where the peer knows it, for that touches no sound; else by a re-INVITE that offers what is in force.
    private mutating func refreshSession(_ call: inout Call, at now: Instant) {
        guard let current = call.current, let route = call.route, call.update == nil, call.invite == nil, call.answering == nil
        else {
            call.sessionTimer?.postpone(by: .seconds(2), at: now)
            return
        }
        // The answer, or its absence, says when the next one is.
        call.sessionTimer?.postpone(by: TimerValues.timeout + .seconds(1), at: now)
        guard call.peerAllowsUpdate else {
            call.owesOffer = true
            startReinvite(&call, at: now)
            return
        }
        let fields = [contact(account: call.account, over: route), Self.supported] + sessionFields(of: call)
        call.update = transmit(.update, in: &call, fork: current, fields: fields, at: now)
    }
}
