// swift-tools-version:6.0
import PackageDescription

/// A module that holds decisions only: it may import what stands below it and nothing of the operating system.
func pure(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies)
}

let package = Package(
    name: "portier",
    products: [
        .executable(name: "portierd", targets: ["portierd"]),
        .executable(name: "portier", targets: ["portier"]),
        // For the packages beside this one: Benchmarks and Fuzz.
        .library(name: "Base", targets: ["Base"]),
        .library(name: "Media", targets: ["Media"]),
        .library(name: "SIP", targets: ["SIP"]),
        .library(name: "SDP", targets: ["SDP"]),
        .library(name: "JSON", targets: ["JSON"]),
        .library(name: "Telephony", targets: ["Telephony"]),
        .library(name: "Configuration", targets: ["Configuration"]),
    ],
    targets: [
        // C libraries, by their pkg-config names.
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
        .systemLibrary(name: "CSpanDSP", pkgConfig: "spandsp", providers: [.apt(["libspandsp-dev"])]),
        .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
        .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CAres", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CSRTP", linkerSettings: [.linkedLibrary("srtp2"), .linkedLibrary("crypto")]),
        .target(name: "CTOML"),
        .target(name: "CGPIOLines", linkerSettings: [.linkedLibrary("gpiod")]),

        // Values: pure, no input or output.
        pure("Base"),
        pure("Crypto", ["Base", "CCrypto"]),
        pure("JSON", ["CJansson"]),
        pure("SIP", ["Base", "Crypto"]),
        pure("SDP", ["Base"]),
        pure("Telephony", ["Base", "SIP", "SDP"]),
        pure("Media", ["Base", "CSpeexDSP", "CSpanDSP", "COpus", "CSRTP"]),
        pure("Configuration", ["Base", "CTOML"]),
        pure("Intercom", ["Base", "Configuration", "Crypto"]),

        // The world.
        .target(name: "Runtime", dependencies: ["Base", "JSON", "SIP", "CLinux", "CAres", "COpenSSL"]),
        .target(name: "HouseFile", dependencies: ["Configuration", "SIP", "Runtime", "Board"]),
        .target(name: "Board", dependencies: ["Base", "Runtime", "Media", "CLinux", "CALSA", "CGPIOLines", "CSpeexDSP"]),
        .target(
            name: "App",
            dependencies: [
                "Base", "Crypto", "JSON", "SIP", "SDP", "Telephony", "Media", "Configuration", "Intercom", "Runtime", "HouseFile",
                "Board",
            ]),
        .executableTarget(name: "portierd", dependencies: ["App", "Base", "Runtime", "Tool"]),
        .target(
            name: "Tool",
            dependencies: ["Base", "JSON", "Configuration", "HouseFile", "Runtime", "Media", "Board", "CLinux", "CSpeexDSP"]),
        .executableTarget(name: "portier", dependencies: ["Tool"]),

        // Tests and the worlds they run in.
        .target(
            name: "Simulator", dependencies: ["App", "Runtime", "Board", "SIP", "Telephony", "CCrypto", "Media", "Intercom"]),
        tests(of: "Base"),
        tests(of: "Crypto"),
        tests(of: "JSON"),
        tests(of: "SIP"),
        tests(of: "SDP"),
        tests(of: "Telephony"),
        tests(of: "Media"),
        tests(of: "Configuration"),
        tests(of: "Intercom"),
        .target(name: "CCertificates", dependencies: ["COpenSSL"], path: "Tests/CCertificates"),
        .target(name: "Certificates", dependencies: ["CCertificates"], path: "Tests/Certificates"),
        tests(of: "Runtime", ["Base", "JSON", "SIP", "CLinux", "COpenSSL", "Certificates"]),
        tests(of: "HouseFile", ["Configuration", "Runtime"]),
        tests(of: "Tool", ["JSON", "Runtime"]),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        tests(of: "Board", ["CAllocations"]),
        tests(of: "App", ["Simulator", "Certificates", "Runtime", "SIP"]),
        .testTarget(name: "UserAgentTests", dependencies: ["Simulator", "Telephony", "SIP", "Crypto"]),
        .testTarget(name: "ArchitectureTests"),
        tests(of: "Rig"),

        // Real peers: the demonstration and the interoperability suite.
        .target(name: "Rig", dependencies: ["JSON", "CLinux"]),
        .executableTarget(name: "demo", dependencies: ["Rig", "JSON"]),
        .executableTarget(name: "call-bench", dependencies: ["Rig", "JSON"]),
        .executableTarget(name: "interop", dependencies: ["Rig", "JSON"]),
        .executableTarget(name: "hil", dependencies: ["Base", "JSON", "Rig"]),
    ],
    cxxLanguageStandard: .cxx17
)
