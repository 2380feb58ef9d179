import Foundation

/// Real time, as the rig needs it: the programs that it drives run on it.
public enum Clock {
    /// Seconds on the monotonic clock, the one that the daemon's events carry.
    public static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// What to add to the wall clock's seconds to get `now`.
    public static var offsetFromWall: Double {
        var wall = timespec()
        let before = now
        clock_gettime(CLOCK_REALTIME, &wall)
        return (before + now) / 2 - Double(wall.tv_sec) - Double(wall.tv_nsec) / 1e9
    }

    public static func pause(_ seconds: Double) {
        Thread.sleep(forTimeInterval: seconds)
    }

    /// Asks again and again, a few hundred times a second, until there is a value or time is up.
    public static func poll<Value>(within seconds: Double, every interval: Double = 0.005, _ value: () -> Value?) -> Value? {
        let end = now + seconds
        while true {
            if let value = value() { return value }
            if now >= end { return nil }
            pause(interval)
        }
    }
}
