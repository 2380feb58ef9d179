/// A moment as RFC 3339 §5.6 writes it in UTC: `2004-10-10T18:23:43Z`.
struct UTCTime: CustomStringConvertible {
    private let seconds: Int64

    /// Seconds since 1970, 0 to the end of the year 9999; what is outside of that is brought in.
    init(_ seconds: Double) {
        self.seconds = seconds.isFinite ? Int64(min(max(seconds, 0), 253_402_300_799)) : 0
    }

    var description: String {
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        // Counted from 1 March of the year 0, so that a leap day is a year's last: eras of 400 years have 146 097 days.
        let shifted = days + 719_468
        let (era, day) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return Self.text(year, 4) + "-" + Self.text(month, 2) + "-" + Self.text(dayOfMonth, 2) + "T"
            + Self.text(rest / 3_600, 2) + ":" + Self.text(rest / 60 % 60, 2) + ":" + Self.text(rest % 60, 2) + "Z"
    }

    private static func text(_ number: Int64, _ digits: Int) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
