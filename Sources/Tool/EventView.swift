import CLinux
import JSON

/// One event on one line: when, what, and its values.
enum EventView {
    /// `calendar` turns seconds since 1970 into what the clock on the wall shows.
    static func line(_ event: JSONValue, calendar: (Int64) -> String = localTime) -> String {
        var words: [String] = []
        if let time = event["time"]?.double, abs(time) < 1e11 { words.append(calendar(Int64(time.rounded(.down)))) }
        words.append(Words.text(event["event"] ?? "event"))
        // The monotonic time is for programs that measure.
        for member in event.object ?? [:] where !["event", "time", "monotonic"].contains(member.name) {
            let text = Words.text(member.value)
            words.append(Words.harmless(member.name) + "=" + (text.contains(" ") ? "\"\(text)\"" : text))
        }
        return words.joined(separator: " ")
    }

    static func localTime(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return String(seconds) }
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(1_900 + parts.tm_year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
    }
}
