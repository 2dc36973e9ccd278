// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "signalbox",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "signalbox", targets: ["SignalboxCLI"]),
        .library(name: "Signalbox", targets: ["Signalbox"]),
        .library(name: "LuaSandbox", targets: ["LuaSandbox"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The plain value that crosses every border.
        .target(name: "Values", swiftSettings: strict),

        // The law: maps, journeys, moments. No I/O, no clock, no Lua.
        .target(name: "Journeys", dependencies: ["Values"], swiftSettings: strict),

        // The sandbox: knows Lua, knows no lead.
        .systemLibrary(
            name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(name: "CSandbox", dependencies: ["CLua"]),
        .target(
            name: "LuaSandbox", dependencies: ["CSandbox", "Values"], swiftSettings: strict),

        // Where Lua meets the law.
        .target(
            name: "Plugins",
            dependencies: [
                "Journeys", "LuaSandbox", "Values",
                .product(name: "Yams", package: "Yams"),
            ],
            resources: [.embedInCode("Host/host.lua")], swiftSettings: strict),

        // What lasts.
        .target(name: "Store", dependencies: ["Journeys", "Values"], swiftSettings: strict),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "Journeys", "Store", "Values", .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // The engine.
        .target(
            name: "Signalbox",
            dependencies: [
                "Journeys", "Plugins", "Store", "Values",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // The command line: the only place that puts real parts together.
        .executableTarget(
            name: "SignalboxCLI",
            dependencies: [
                "Journeys", "Plugins", "SQLiteStore", "Signalbox", "Store", "Values",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        .target(name: "TestKit", dependencies: ["Journeys", "Store", "Values"], swiftSettings: strict),
        .testTarget(
            name: "JourneysTests", dependencies: ["Journeys", "TestKit", "Values"], swiftSettings: strict),
        .testTarget(
            name: "AttackTests", dependencies: ["LuaSandbox", "Values"], exclude: ["attacks"],
            swiftSettings: strict),
        .testTarget(
            name: "LuaSandboxTests", dependencies: ["LuaSandbox", "Values"], swiftSettings: strict),
        .testTarget(name: "ValuesTests", dependencies: ["Values"], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
