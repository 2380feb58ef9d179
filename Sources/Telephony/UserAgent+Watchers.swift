import Base
import SIP

/// SUBSCRIBE from others, and the NOTIFYs that they get: RFC 6665 §4.2, RFC 4235.
extension UserAgent {
    static let watcherLimit = 32
    /// In seconds: what is given at most, and when nothing is asked for; and the least.
    private static let longest: UInt32 = 3600
    private static let shortest: UInt32 = 60

    /// From a trusted source, outside of any dialog.
    mutating func takeSubscribe(_ request: Message, from source: Hop, to local: IPAddress, at now: Instant) {
        func refuse(_ agent: inout UserAgent, _ status: Int, _ fields: [HeaderField] = []) {
            agent.counters.refused += 1
            agent.answerOnce(request, from: source, status, fields: fields, at: now)
        }
        guard let event = request.event, event.name == Watcher.package else {
            return refuse(&self, 489, [HeaderField(name: "Allow-Events", value: "dialog")])
        }
        if let accepted = refusedType(request) { return refuse(&self, 406, [accepted]) }
        let asked = request.expires ?? Self.longest
        guard asked == 0 || asked >= Self.shortest else {
            return refuse(&self, 423, [HeaderField(name: "Min-Expires", value: "\(Self.shortest)")])
        }
        guard !isStopping, watchers.count < Self.watcherLimit else {
            return refuse(&self, 503, [HeaderField(name: "Retry-After", value: "60")])
        }
        let tag = random.token(10)
        let sequence = UInt32.random(in: 1...0xFFFF, using: &random)
        guard let dialog = Dialog(called: request, localTag: tag, sequence: sequence), dialog.remoteTarget.isUsableTarget else {
            return refuse(&self, 400)
        }
        let route = Route(remote: source, local: local)
        let granted = min(asked, Self.longest)
        let entity = arrivalAccount(request, from: source)?.address ?? request.requestURI?.plain ?? dialog.local.uri
        let handle = DialogHandle(callID: request.callID, localTag: tag)
        watchers[handle] = Watcher(
            dialog: dialog, route: route, event: event, entity: entity, expiry: now + .seconds(granted))
        grant(request, handle, granted, from: source, at: now)
    }

    /// In the dialog that a SUBSCRIBE made: again, or for the last time. False when there is no such dialog.
    mutating func takeWatcherRequest(_ request: Message, from source: Hop, at now: Instant) -> Bool {
        guard let tag = request.toTag else { return false }
        let handle = DialogHandle(callID: request.callID, localTag: tag)
        guard var watcher = watchers[handle], watcher.dialog.id.remoteTag == (request.fromTag ?? "") else { return false }
        guard request.method == .subscribe else {
            counters.refused += 1
            answerOnce(request, from: source, 481, at: now)
            return true
        }
        guard watcher.dialog.admit(request) else {
            counters.refused += 1
            answerOnce(request, from: source, 500, reason: "CSeq Out Of Order", at: now)
            return true
        }
        let asked = request.expires ?? Self.longest
        guard request.event?.name == Watcher.package else {
            counters.refused += 1
            answerOnce(request, from: source, 489, fields: [HeaderField(name: "Allow-Events", value: "dialog")], at: now)
            return true
        }
        guard asked == 0 || asked >= Self.shortest else {
            counters.refused += 1
            let least = HeaderField(name: "Min-Expires", value: "\(Self.shortest)")
            answerOnce(request, from: source, 423, fields: [least], at: now)
            return true
        }
        let granted = min(asked, Self.longest)
        watcher.dialog.refreshTarget(by: request)
        watcher.expiry = now + .seconds(granted)
        watchers[handle] = watcher
        grant(request, handle, granted, from: source, at: now)
        return true
    }

    /// 200, and at once a NOTIFY with all there is (RFC 6665 §4.2.1.2).
    private mutating func grant(
        _ request: Message, _ handle: DialogHandle, _ seconds: UInt32, from source: Hop, at now: Instant
    ) {
        guard let watcher = watchers[handle] else { return }
        let fields =
            [
                contact(account: nil, over: watcher.route), HeaderField(name: "Expires", value: "\(seconds)"), Self.allowEvents,
            ] + request.headers("Record-Route").map { HeaderField(name: "Record-Route", value: $0) }
        answerOnce(request, from: source, 200, fields: fields, toTag: handle.localTag, at: now)
        notify(handle, at: now)
    }

    private func refusedType(_ request: Message) -> HeaderField? {
        let accepted = request.headers("Accept").flatMap { HeaderParts.list($0) }.compactMap {
            HeaderParts($0).first { _ in true }?.lowercased()
        }
        let isFine = accepted.isEmpty || accepted.contains { [Watcher.contentType, "application/*", "*/*"].contains($0) }
        return isFine ? nil : HeaderField(name: "Accept", value: Watcher.contentType)
    }

    // MARK: NOTIFY

    /// Something was told of a call: whoever watches is told too, if that is news.
    mutating func tellWatchers(at now: Instant) {
        guard !watchers.isEmpty, outbox.contains(where: { if case .call = $0 { true } else { false } }) else { return }
        let calls = watchedCalls
        for handle in watchers.keys.sorted() where watchers[handle]?.told != calls {
            if let quiet = watchers[handle]?.quietUntil, quiet > now {
                watchers[handle]?.owesNotice = true
                setWatcherDeadline(handle)
            } else {
                notify(handle, at: now)
            }
        }
    }

    mutating func wakeWatcher(_ handle: DialogHandle, at now: Instant) {
        guard let watcher = watchers[handle] else { return }
        if watcher.expiry <= now || watcher.owesNotice && watcher.told != watchedCalls {
            notify(handle, at: now)
        } else {
            watchers[handle]?.owesNotice = false
            setWatcherDeadline(handle)
        }
    }

    mutating func watcherAnswered(_ handle: DialogHandle, _ response: Message) {
        // Who wants no more, or cannot be asked for a password, is forgotten (RFC 6665 §4.2.2).
        if let status = response.status, status >= 300 { forgetWatcher(handle) }
    }

    mutating func forgetWatcher(_ handle: DialogHandle) {
        watchers[handle] = nil
        deadlines.set(.watcher(handle), nil)
    }

    private mutating func setWatcherDeadline(_ handle: DialogHandle) {
        deadlines.set(.watcher(handle), watchers[handle]?.nextDeadline)
    }

    /// The house goes down: whoever watches may ask again.
    mutating func dismissWatcher(_ handle: DialogHandle, at now: Instant) {
        watchers[handle]?.expiry = now
        notify(handle, why: "probation", at: now)
    }

    private mutating func notify(_ handle: DialogHandle, why: String = "timeout", at now: Instant) {
        guard var watcher = watchers[handle] else { return }
        let calls = watchedCalls
        let isOver = watcher.expiry <= now
        let left = UInt32(clamping: (watcher.expiry - now).milliseconds / 1000)
        let state = isOver ? SubscriptionState(.terminated(why)) : SubscriptionState(.active, expires: left)
        var request = watcher.dialog.request(.notify, body: watcher.document(calls))
        let way = self.route(to: watcher.dialog.nextHop, by: watcher.route)
        // A trusted source may name any address, and nobody else is to be sent anything.
        let route = trust.trusts(way.remote.address.address) ? way : watcher.route
        request.headers += [
            contact(account: nil, over: route), HeaderField(name: "Event", value: watcher.event.description),
            HeaderField(name: "Subscription-State", value: state.description),
            HeaderField(name: "Content-Type", value: Watcher.contentType),
        ]
        watcher.told = calls
        watcher.owesNotice = false
        watcher.quietUntil = now + .seconds(1)
        watchers[handle] = watcher
        if isOver { forgetWatcher(handle) } else { setWatcherDeadline(handle) }
        transmit(request, over: route, owner: .watcher(handle), at: now)
    }

    /// All calls that are not over, in the order of their names.
    private var watchedCalls: [WatchedCall] {
        calls.values.compactMap { call in
            let state: String
            switch call.phase {
            case .resolving: state = "trying"
            case .inviting: state = call.toldRinging == nil ? "trying" : "early"
            case .ringing: state = "early"
            case .established: state = "confirmed"
            case .over: return nil
            }
            return call.name.map { WatchedCall(id: $0, state: state, peer: call.peer) }
        }.sorted { $0.id < $1.id }
    }
}
