import Foundation
import Rig

/// What portierd costs when nobody wants anything of it, by the clock of a guest that counts instructions.
struct Idle {
    /// Of one processor, in percent.
    private static let most = 0.5
    private static let seconds = 30

    let story: Story
    let guest: Guest

    init(_ story: Story, _ guest: Guest) {
        self.story = story
        self.guest = guest
    }

    /// Nanoseconds since the guest's start, without a process that would have to be started for it.
    private static let now =
        "now() { while read -r word _ time _; do [ $word != now ] || break; done </proc/timer_list; echo $time; }"

    /// Tells how long it takes from its start until it serves, for the record.
    func start() throws {
        let portierd = "portierd --config /run/host/house.toml --log terminal"
        let text = try guest.perform(
            "\(Self.now); mkfifo /run/first; now; \(portierd) >/run/first 2>&1 & first=$!; "
                + "while read -r line; do case $line in *': ready'*) now; break;; esac; done </run/first; "
                + "kill $first; wait $first; true")
        let times = text.split(separator: "\n").compactMap { Double($0) }
        guard times.count == 2 else { throw RigError("portierd did not start in the guest: \(text)") }
        story.tell("Start to ready: \(decimal((times[1] - times[0]) / 1e6)) ms.")
    }

    /// Half a minute in which nothing happens.
    func wait(_ door: Door) throws {
        let figures = "now; cat /proc/\(door.pid)/task/*/comm; cat /proc/\(door.pid)/task/*/schedstat"
        // Of a registration and a start nothing is left to do.
        let text = try guest.perform("\(Self.now); sleep 2; \(figures); echo; sleep \(Self.seconds); \(figures)", within: 120)
        let looks = text.components(separatedBy: "\n\n").map(Look.init)
        guard looks.count == 2, let start = looks[0], let end = looks[1], start.tasks.keys == end.tasks.keys else {
            throw RigError("the guest does not tell what portierd costs: \(text)")
        }
        let share = { (cost: Double) in 100 * cost / (end.time - start.time) }
        let costs = end.tasks.map { (name: $0, cost: $1 - (start.tasks[$0] ?? 0)) }.sorted { $0.cost > $1.cost }
        let whole = share(costs.reduce(0) { $0 + $1.cost })
        story.check(
            "idle, it takes at most \(Self.most) % of the processor", whole <= Self.most,
            "\(decimal(whole, 3)) %: " + costs.map { "\($0.name) \(decimal(share($0.cost), 3)) %" }.joined(separator: ", "))
    }
}

/// What the scheduler had given to each thread by a time, in nanoseconds.
private struct Look {
    var time: Double
    var tasks: [String: Double]

    /// The time, the threads' names, and as many lines of the scheduler that begin with their time.
    init?(_ text: String) {
        let lines = text.split(separator: "\n").map(String.init)
        let count = (lines.count - 1) / 2
        guard count > 0, lines.count == 1 + 2 * count, let time = Double(lines[0]) else { return nil }
        self.time = time
        tasks = [:]
        for (name, line) in zip(lines[1...count], lines[(count + 1)...]) {
            guard let cost = line.split(separator: " ").first.flatMap({ Double($0) }) else { return nil }
            tasks[name, default: 0] += cost
        }
    }
}
