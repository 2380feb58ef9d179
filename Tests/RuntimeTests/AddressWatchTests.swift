import Base
import Testing

@testable import Runtime

@Suite("Addresses and routes that change")
struct AddressWatchTests {
    @Test("What the kernel tells is looked at once it is quiet, and told when it is something new")
    func quiet() throws {
        let loop = Loop(reactor: VirtualReactor())
        let told = Journal<Instant>()
        let shown = Journal<AddressWatch.Picture>()
        let home = AddressWatch.Picture(addresses: [.v4(0x0A00_0001)], ways: [.v4(0x0A00_0001), nil])
        shown.write(home)
        let watch = try AddressWatch(on: loop, look: { shown.entries[shown.entries.count - 1] }) { told.write(loop.now) }
        // A router announces what is known.
        watch.changed()
        loop.advance(by: .seconds(10))
        #expect(told.entries.isEmpty)
        // The cable is pulled out and put in elsewhere.
        shown.write(AddressWatch.Picture())
        watch.changed()
        loop.advance(by: .milliseconds(900))
        shown.write(AddressWatch.Picture(addresses: [.v4(0x0A00_0909)], ways: [.v4(0x0A00_0909), nil]))
        watch.changed()
        loop.advance(by: .seconds(10))
        #expect(told.entries == [Instant() + .milliseconds(11_900)])
        // Somebody who never stops talking cannot hide a change.
        shown.write(home)
        for _ in 0..<20 {
            watch.changed()
            loop.advance(by: .milliseconds(500))
        }
        #expect(told.entries.count == 2)
    }

    @Test("The kernel tells, and loopback is not in the picture")
    func kernel() throws {
        let loop = try Loop()
        let watch = try AddressWatch(on: loop) {}
        try watch.start()
        #expect(!AddressWatch.look().addresses.contains(.loopback))
        watch.cancel()
    }
}
