import Base
import SIP

/// New settings while calls go on, and the end.
extension UserAgent {
    mutating func reconfigure(_ new: UserAgentSettings, at now: Instant) {
        guard !isStopping else { return }
        let old = settings
        settings = new
        ports.replace(by: new.media.ports)
        trust.policy = new.trust
        collectors = Collectors()
        guard isStarted else { return }
        let moved = old.port != new.port || old.advertisedAddress != new.advertisedAddress
        for account in old.accounts {
            guard let id = registrationIDs[account.name] else { continue }
            let successor = new.accounts.first { $0.name == account.name }
            if successor == account, !moved { continue }
            // The same address at the same registrar is taken over by the next REGISTER; to take it away first would only
            // race with that.
            if new.accounts.contains(where: { $0.address == account.address && $0.registrar == account.registrar }), !moved {
                forget(id)
            } else {
                registrationIDs[account.name] = nil
                if successor?.registrar == nil { outbox.append(.registration(account: account.name, .unregistered)) }
                unregister(id, at: now)
            }
        }
        for account in new.accounts where registrationIDs[account.name] == nil { register(account, at: now) }
        refreshTrust(at: now)
        log(.debug, "reconfigured", [("accounts", "\(new.accounts.count)")])
    }

    // MARK: Stop

    /// How long the last answers are waited for.
    static let farewell = Duration.seconds(2)

    mutating func stop(at now: Instant) {
        guard !isStopping else { return }
        isStopping = true
        deadlines.set(.trust, nil)
        for id in calls.keys.sorted() {
            withCall(id, at: now) { agent, call in agent.hangUp(&call, CallEnd(.shutDown), at: now) }
        }
        for handle in watchers.keys.sorted() { dismissWatcher(handle, at: now) }
        for id in registrations.keys.sorted() { unregister(id, at: now) }
        deadlines.set(.stop, now + Self.farewell)
    }

    mutating func stopIfDone() {
        guard !isStopped, registrations.isEmpty, !calls.values.contains(where: \.owesBye), !transactions.awaitsResponse else {
            return
        }
        finishStopping()
    }

    /// The time is up: what waits for an ACK that may never come is ended without it.
    mutating func stopInHaste(at now: Instant) {
        for id in calls.keys.sorted() where calls[id]?.owesBye == true {
            withCall(id, at: now) { agent, call in
                call.owesBye = false
                call.answering = nil
                if let current = call.current { agent.transmit(.bye, in: &call, fork: current, at: now) }
            }
        }
        finishStopping()
    }

    private mutating func finishStopping() {
        guard !isStopped else { return }
        isStopped = true
        deadlines.set(.stop, nil)
        outbox.append(.stopped)
    }
}
