import Foundation

/// What one call's two recordings prove: that each side heard the other, and how late.
public struct CallSound {
    public var phoneHeardVisitor: Correlation
    public var doorHeardResident: Correlation
    /// The same recordings searched for the speech of the side that recorded: it must not be in there.
    public var phoneHeardItself: Correlation
    /// Seconds from one side's mouth to the other side's ear; `nil` when the clocks of the recordings could not be told.
    public var delayToPhone: Double?
    public var delayToDoor: Double?

    /// `interval` is the time of the call on the monotonic clock, to find it on the door's tape, which runs all day.
    public init(
        visitor: WAV, resident: WAV, phone: Baresip.Recording, phoneSpoken: Baresip.Recording?, door: WAV, doorOrigin: Double,
        interval: Range<Double>
    ) {
        let start = max(0, interval.lowerBound - doorOrigin)
        let doorPart = door[start..<max(start, interval.upperBound - doorOrigin)]
        phoneHeardVisitor = Correlation(of: phone.sound, with: visitor)
        phoneHeardItself = Correlation(of: phone.sound, with: resident)
        doorHeardResident = Correlation(of: doorPart, with: resident)
        if let origin = phone.origin { delayToPhone = origin - doorOrigin + phoneHeardVisitor.lag }
        if let origin = phoneSpoken?.origin { delayToDoor = doorOrigin + start - origin + doorHeardResident.lag }
    }
}
