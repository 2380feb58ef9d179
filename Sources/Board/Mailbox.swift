import Synchronization

/// Hands whole values from control to the audio thread: the newest wins, nobody waits, and all freeing is control's.
///
/// The audio thread borrows a value until it takes the next; only then does control, with its next value, free it.
final class Mailbox<Value: Sendable>: @unchecked Sendable {
    private final class Letter {
        let value: Value
        var next: UnsafeRawPointer?

        init(_ value: Value) { self.value = value }
    }

    private let pending = Atomic<UnsafeRawPointer?>(nil)
    /// Letters that the audio thread is done with, each pointing to the next.
    private let spent = Atomic<UnsafeRawPointer?>(nil)
    /// The audio thread's alone.
    private var current: UnsafeRawPointer?

    init() {}

    deinit {
        free(pending.load(ordering: .relaxed))
        free(current)
        free(spent.load(ordering: .relaxed))
    }

    /// By control.
    func post(_ value: Value) {
        let letter = UnsafeRawPointer(Unmanaged.passRetained(Letter(value)).toOpaque())
        free(pending.exchange(letter, ordering: .acquiringAndReleasing))
        free(spent.exchange(nil, ordering: .acquiring))
    }

    /// By the audio thread: lends it the newest value when there is one it has not seen.
    func take(_ body: (Value) -> Void) {
        guard pending.load(ordering: .relaxed) != nil,
            let letter = pending.exchange(nil, ordering: .acquiring)
        else { return }
        body(Unmanaged<Letter>.fromOpaque(letter).takeUnretainedValue().value)
        if let old = current {
            Unmanaged<Letter>.fromOpaque(old).takeUnretainedValue().next = spent.exchange(nil, ordering: .acquiring)
            // Only this thread adds to `spent`, so that nothing was put there since.
            spent.store(old, ordering: .releasing)
        }
        current = letter
    }

    private func free(_ first: UnsafeRawPointer?) {
        var next = first
        while let letter = next {
            let unmanaged = Unmanaged<Letter>.fromOpaque(letter)
            next = unmanaged.takeUnretainedValue().next
            unmanaged.release()
        }
    }
}
