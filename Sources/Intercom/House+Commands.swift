import Base
import Configuration

/// What the tool asks for: done, or refused with a reason for people.
extension House {
    mutating func call(_ target: String, at now: Instant, _ effects: inout [Effect]) {
        guard conversation == nil else {
            effects.append(.refuse("there is a call already"))
            return
        }
        if configuration.phoneBook[target] != nil {
            start(.entry(target), by: nil, at: now, &effects)
        } else if SIPAddress(uri: target) != nil {
            start(.uri(target, account: nil), by: nil, at: now, &effects)
        } else {
            effects.append(.refuse("\"\(target)\" is neither a phone book entry nor a SIP URI"))
        }
    }

    mutating func answer(_ call: CallID?, at now: Instant, _ effects: inout [Effect]) {
        guard let conversation, case .ringingHere(let ringing, _, _, _) = conversation.stage, call ?? ringing == ringing else {
            effects.append(.refuse(Self.noCall(call, "rings here")))
            return
        }
        answerCaller(at: now, &effects)
    }

    mutating func hangUp(_ call: CallID?, _ effects: inout [Effect]) {
        guard let conversation, call.map(conversation.contains) ?? true else {
            effects.append(.refuse(Self.noCall(call, "is there")))
            return
        }
        finish(&effects)
    }

    mutating func hold(_ call: CallID?, _ isHeld: Bool, _ effects: inout [Effect]) {
        guard let talking = talking(call, &effects) else { return }
        guard conversation?.isHeldHere != isHeld else {
            effects.append(.refuse("call \(talking) is \(isHeld ? "already" : "not") on hold"))
            return
        }
        effects.append(isHeld ? .hold(talking) : .resume(talking))
    }

    mutating func sendDigits(_ call: CallID?, _ digits: String, _ effects: inout [Effect]) {
        guard (1...64).contains(digits.utf8.count), digits.utf8.allSatisfy({ "0123456789*#ABCD".utf8.contains($0) }) else {
            effects.append(.refuse("expected 1 to 64 keys of 0-9 * # A-D"))
            return
        }
        guard let talking = talking(call, &effects) else { return }
        effects.append(.sendDigits(talking, digits))
    }

    mutating func transfer(_ call: CallID?, _ target: String, _ effects: inout [Effect]) {
        guard let uri = configuration.phoneBook[target]?.targets.first ?? SIPAddress(uri: target).map({ _ in target }) else {
            effects.append(.refuse("\"\(target)\" is neither a phone book entry nor a SIP URI"))
            return
        }
        guard let talking = talking(call, &effects) else { return }
        effects.append(.transfer(talking, uri: uri))
    }

    mutating func message(_ target: String, _ text: String, _ effects: inout [Effect]) {
        guard (1...4096).contains(text.utf8.count) else {
            effects.append(.refuse("expected a text of 1 to 4096 bytes"))
            return
        }
        if let entry = configuration.phoneBook[target] {
            for uri in entry.targets { effects.append(.sendText(uri: uri, account: entry.account, text)) }
        } else if SIPAddress(uri: target) != nil {
            effects.append(.sendText(uri: target, account: nil, text))
        } else {
            effects.append(.refuse("\"\(target)\" is neither a phone book entry nor a SIP URI"))
        }
    }

    /// The call that is meant, when it was answered; refused otherwise.
    private func talking(_ call: CallID?, _ effects: inout [Effect]) -> CallID? {
        guard let conversation, conversation.isTalking, let talking = conversation.call, call ?? talking == talking else {
            effects.append(.refuse(Self.noCall(call, "was answered")))
            return nil
        }
        return talking
    }

    private static func noCall(_ call: CallID?, _ what: String) -> String {
        call.map { "no call \($0) \(what)" } ?? "no call \(what)"
    }
}
