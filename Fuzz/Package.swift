// swift-tools-version:6.0
import PackageDescription

// One libFuzzer program for each parser of what others send. A package of its own: everything in it, the product's
// modules included, is built with coverage and the address sanitizer (see run.sh).
func target(_ name: String, _ modules: [String]) -> Target {
    .executableTarget(name: name, dependencies: ["CFuzzer"] + modules.map { .product(name: $0, package: "portier") })
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "portier", path: "..")],
    targets: [
        .target(name: "CFuzzer"),
        target("fuzz-sip", ["SIP"]),
        target("fuzz-stream", ["SIP", "Base"]),
        target("fuzz-sdp", ["SDP"]),
        target("fuzz-rtp", ["Media", "Base"]),
        target("fuzz-configuration", ["Configuration"]),
        target("fuzz-control", ["JSON"]),
        target("fuzz-agent", ["Telephony", "SIP", "Base"]),
    ],
    cxxLanguageStandard: .cxx17
)
