import Base
import SIP

/// PUBLISH: how calls sounded, to whoever collects that. RFC 6035 §3.2, RFC 3903.
///
/// A report is sent once. What becomes of it is for the log: a call's quality is no reason to keep a line or memory busy.
extension UserAgent {
    /// Reports on their way: as many calls as could end within a few seconds.
    private static let publicationLimit = 16
    static let qualityPackage = "vq-rtcpxr"

    /// Where reports about calls of this account go, if anywhere.
    func collector(account name: String?) -> URI? {
        guard let name else { return settings.qualityCollector }
        return account(named: name)?.qualityCollector
    }

    /// A call was answered: whoever is to report about it needs to know what it is called on the wire.
    mutating func tellSubject(_ call: Call) {
        guard let dialog = call.dialog, let route = call.route, collector(account: call.account) != nil else { return }
        let subject = QualityReport.Subject(
            account: call.account, callID: dialog.id.callID, localTag: dialog.id.localTag, remoteTag: dialog.id.remoteTag,
            local: dialog.local.uri.plain, remote: dialog.remote.uri.plain, isOriginator: call.isOutgoing,
            address: settings.advertisedAddress ?? route.local)
        tell(call, .observed(subject))
    }

    mutating func report(_ report: QualityReport, at now: Instant) {
        guard !isStopping, let address = collector(account: report.subject.account) else { return }
        let account = account(named: report.subject.account)
        guard let target = reachable(address, account: account) else { return }
        guard collectors.takes(target, at: now) else { return reportLost(target, "the collector wants none now") }
        guard loneRequests.keys.count(where: { !$0.isMessage }) < Self.publicationLimit else {
            return reportLost(target, "too many reports at once")
        }
        nextPublication &+= 1
        let fields = [
            HeaderField(name: "Event", value: Self.qualityPackage),
            HeaderField(name: "Content-Type", value: QualityReport.contentType),
        ]
        send(
            .publication(nextPublication), .publish, to: target, account: account?.name, fields: fields, body: report.body)
    }

    mutating func publicationEnded(
        _ publication: LoneRequest, _ status: Int?, _ text: String, retryAfter: Duration?, at now: Instant
    ) {
        let target = publication.target
        switch status {
        case .some(200...299):
            return log(.debug, "quality-report-sent", [("to", "\(target)")])
        case 405, 489, 501:
            // RFC 6035 §3.2: it will never want any.
            collectors.refused(target, until: nil)
        case .some(400...699):
            if let retryAfter { collectors.refused(target, until: now + min(retryAfter, Collectors.longestRest)) }
        default: break
        }
        reportLost(target, status.map { "\($0) \(text)" } ?? text)
    }

    private mutating func reportLost(_ target: URI, _ why: String) {
        log(.notice, "quality-report-lost", [("to", "\(target)"), ("why", why)])
    }
}

/// Which collectors want no reports, and for how long: RFC 6035 §3.2 and §3.4. Forgotten with a new configuration.
struct Collectors: Sendable {
    /// Only those of the configuration come in here; `nil` is for ever.
    private var resting: [URI: Instant?] = [:]
    /// Whatever they ask for, a day later they are asked again.
    static let longestRest = Duration.seconds(86_400)

    mutating func refused(_ collector: URI, until: Instant?) { resting[collector] = .some(until) }

    mutating func takes(_ collector: URI, at now: Instant) -> Bool {
        guard let until = resting[collector] else { return true }
        guard let until, until <= now else { return false }
        resting[collector] = nil
        return true
    }
}
