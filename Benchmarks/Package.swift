// swift-tools-version:6.0
import PackageDescription

// A package of its own, so that the product's build needs none of the peers' headers.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "portier", path: "..")],
    targets: [
        .target(
            name: "CParserPeers",
            // Where Debian puts the headers of libsofia-sip-ua-dev and libre-dev.
            cSettings: [.unsafeFlags(["-I/usr/include/sofia-sip-1.12", "-I/usr/include/re"])],
            linkerSettings: [.linkedLibrary("sofia-sip-ua"), .linkedLibrary("osipparser2"), .linkedLibrary("re")]),
        .executableTarget(name: "parsing-bench", dependencies: ["CParserPeers", .product(name: "SIP", package: "portier")]),
        .target(name: "CSpeexPeer", linkerSettings: [.linkedLibrary("speexdsp")]),
        .executableTarget(
            name: "sound-bench",
            dependencies: ["CSpeexPeer", .product(name: "Base", package: "portier"), .product(name: "Media", package: "portier")]),
        .executableTarget(
            name: "period-bench",
            dependencies: [.product(name: "Base", package: "portier"), .product(name: "Media", package: "portier")]),
        .executableTarget(
            name: "agent-bench",
            dependencies: ["Base", "SIP", "Telephony"].map { .product(name: $0, package: "portier") }),
    ]
)
