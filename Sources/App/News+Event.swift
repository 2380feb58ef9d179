import Intercom
import Telephony

extension HouseEvent {
    /// What a server or a peer told, as an event of the house.
    init(_ news: News) {
        switch news {
        case .mailbox(let account, let summary):
            var fields: [Field] = [.init("account", .text(account)), .init("waiting", .flag(summary.isWaiting))]
            if let new = summary.new { fields.append(.init("new", .number(Double(new)))) }
            if let old = summary.old { fields.append(.init("old", .number(Double(old)))) }
            if let urgent = summary.newUrgent { fields.append(.init("urgent", .number(Double(urgent)))) }
            self.init("message-waiting", fields)
        case .message(let message):
            let uri = message.from
            var fields: [Field] = [.init("peer", .text((uri.user.map { $0 + "@" } ?? "") + uri.host))]
            if let name = message.displayName { fields.append(.init("name", .text(name))) }
            if let account = message.account { fields.append(.init("account", .text(account))) }
            fields.append(.init("text", .text(message.text)))
            self.init("message", fields)
        case .checkSync(let account, let reboot):
            self.init("check-sync", [.init("account", .text(account ?? "")), .init("reboot", .flag(reboot))])
        case .messageSent(_, let target, let status, let text):
            var fields: [Field] = [.init("peer", .text(target.description))]
            if let status { fields.append(.init("status", .number(Double(status)))) }
            if status.map({ (200...299).contains($0) }) ?? false {
                self.init("message-sent", fields)
            } else {
                self.init("message-failed", fields + [.init("reason", .text(text))])
            }
        }
    }
}

extension CardNews {
    /// The fault that comes or goes with it, which a lamp may show.
    var fault: (name: String, isThere: Bool)? {
        switch self {
        case .open: ("sound", false)
        case .lost: ("sound", true)
        case .microphoneSilent(let isSilent): ("microphone", isSilent)
        case .problem, .interrupted, .figures: nil
        }
    }
}

extension HouseEvent {
    /// What becomes of the sound card, if it is worth telling.
    init?(_ news: CardNews) {
        switch news {
        case .open: self.init("sound-card-open")
        case .lost(let reason): self.init("sound-card-lost", [.init("error", .text(reason))])
        case .problem(let text): self.init("sound-card-problem", [.init("problem", .text(text))])
        case .microphoneSilent(let isSilent): self.init(isSilent ? "microphone-silent" : "microphone-heard")
        case .interrupted, .figures: return nil
        }
    }
}
