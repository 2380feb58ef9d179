import Base
import Configuration

extension House {
    /// `nil` when no door has a code.
    private var codeRules: CodeEntry.Rules? {
        let doors = doors.values.map(\.settings).filter { !$0.codes.isEmpty }
        let lengths = doors.flatMap { $0.codes.map { $0.revealed.utf8.count } }
        guard let shortest = lengths.min(), let longest = lengths.max(), let timeout = doors.map(\.codeTimeout).max()
        else { return nil }
        return CodeEntry.Rules(shortest: shortest, longest: longest, timeout: timeout)
    }

    mutating func digit(_ call: CallID, _ key: Character, _ method: DigitMethod, at now: Instant, _ effects: inout [Effect]) {
        guard let conversation, conversation.isTalking, conversation.call == call, let key = Self.key(key) else { return }
        guard self.conversation?.accepts(method) == true else { return }
        effects.publish("digit", ["call": .text(call.description), "method": .text(method.rawValue)])
        guard let rules = codeRules else { return }
        if let code = self.conversation?.entry.key(key, rules: rules, at: now) { judge(code, call, at: now, &effects) }
    }

    mutating func wakeEntry(at now: Instant, _ effects: inout [Effect]) {
        guard let rules = codeRules, let call = conversation?.call else {
            conversation?.entry.clear()
            return
        }
        if let code = conversation?.entry.wake(rules: rules, at: now) { judge(code, call, at: now, &effects) }
    }

    /// Judges a whole code for all doors: it opens those that know it, and is wrong for all when none does.
    private mutating func judge(_ code: [UInt8], _ call: CallID, at now: Instant, _ effects: inout [Effect]) {
        let names = doors.keys.sorted().filter { doors[$0]?.settings.codes.isEmpty == false }
        let right = names.filter { doors[$0]?.knows(code) ?? false }
        var (didOpen, isInterlocked) = (false, false)
        for name in names {
            let isRight = right.contains(name)
            let verdict = doors[name]?.judge(isRight: isRight, isForAnother: !isRight && !right.isEmpty, at: now)
            let door = HouseEvent.Value.text(name)
            let callName = HouseEvent.Value.text(call.description)
            switch verdict ?? nil {
            case .right?:
                if operate(.door(name), by: .code(call), at: now, &effects) { didOpen = true } else { isInterlocked = true }
            case .wrong?:
                effects.publish("code-wrong", ["door": door, "call": callName, "locked": .flag(false)])
            case .locked?:
                effects.publish("code-wrong", ["door": door, "call": callName, "locked": .flag(true)])
            case .lockedOut(let duration)?:
                effects.publish("code-wrong", ["door": door, "call": callName, "locked": .flag(false)])
                effects.publish("locked-out", ["door": door, "call": callName, "seconds": .number(duration.inSeconds)])
            case nil: break
            }
        }
        effects.append(.toneToPeer(call, didOpen ? .opened : isInterlocked ? .interlocked : .wrong))
        if didOpen { effects.append(.chime(.opened)) }
    }

    private static func key(_ key: Character) -> UInt8? {
        guard let byte = key.asciiValue, "0123456789*#ABCDabcd".utf8.contains(byte) else { return nil }
        return byte >= UInt8(ascii: "a") ? byte - 32 : byte
    }
}
