import Foundation
import Rig

// Figures of whole processes: what a call costs, and how fast the door reacts. The peer is baresip, in the same run.

Children.guardAgainstSignals()
do {
    let bench = try CallBench()
    try CallRate(bench).run()
    printHeading("calls: the ratio is the peer's figure over ours, more is better")
    try bench.start()
    try bench.idle()
    try bench.reaction()
    try bench.pressToInvite()
    for isCancelling in [false, true] { try bench.cost(isCancellingEcho: isCancelling) }
} catch {
    print("call-bench: \(error)")
    exit(1)
}
