// swift-tools-version:6.0
import PackageDescription

// A package of its own, so that the product's build needs none of the peers' headers.
let package = Package(
    name: "benchmarks",
    dependencies: [.package(name: "portier", path: "..")],
    targets: [
        .target(name: "CSpeexPeer", linkerSettings: [.linkedLibrary("speexdsp")]),
        .executableTarget(
            name: "sound-bench",
            dependencies: ["CSpeexPeer", .product(name: "Base", package: "portier"), .product(name: "Media", package: "portier")]),
    ]
)
