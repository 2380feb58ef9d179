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
