import Base

/// The alarms that are set, the earliest first; of equal deadlines the one set first.
///
/// A binary heap in which each alarm knows its place, so that setting it anew costs no search and no allocation.
struct AlarmQueue {
    private var heap: ContiguousArray<Alarm> = []
    private var sequence: UInt64 = 0

    var first: Alarm? { heap.first }

    /// Larger than the sequence of every alarm set until now.
    var nextSequence: UInt64 { sequence }

    mutating func set(_ alarm: Alarm, at deadline: Instant) {
        alarm.deadline = deadline
        alarm.sequence = sequence
        sequence &+= 1
        if alarm.place < 0 {
            alarm.place = heap.count
            heap.append(alarm)
            rise(alarm.place)
        } else {
            rise(alarm.place)
            sink(alarm.place)
        }
    }

    mutating func remove(_ alarm: Alarm) {
        let place = alarm.place
        alarm.deadline = nil
        guard place >= 0 else { return }
        alarm.place = -1
        let last = heap.removeLast()
        guard last !== alarm else { return }
        heap[place] = last
        last.place = place
        rise(place)
        sink(last.place)
    }

    private func isBefore(_ left: Alarm, _ right: Alarm) -> Bool {
        guard let leftDeadline = left.deadline, let rightDeadline = right.deadline else { return false }
        return leftDeadline == rightDeadline ? left.sequence < right.sequence : leftDeadline < rightDeadline
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard isBefore(heap[place], heap[parent]) else { break }
            exchange(place, parent)
            place = parent
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            let left = 2 * place + 1
            if left < heap.count, isBefore(heap[left], heap[least]) { least = left }
            if left + 1 < heap.count, isBefore(heap[left + 1], heap[least]) { least = left + 1 }
            guard least != place else { return }
            exchange(place, least)
            place = least
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        heap[left].place = left
        heap[right].place = right
    }
}
