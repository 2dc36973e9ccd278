// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// What programs get memory from (docs/decisions/0029-jemalloc.md). The sanitizers, which are for debug builds, bring their
/// own.
let allocator: [LinkerSetting] = [
    .linkedLibrary("jemalloc", .when(platforms: [.linux], configuration: .release))
]

let package = Package(
    name: "signalbox",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "signalbox", targets: ["SignalboxCLI"]),
        .executable(name: "signalbox-bench", targets: ["SignalboxBench"]),
        // For programs that embed the engine, and the sandbox alone: see examples/embedding.
        .library(
            name: "Signalbox", targets: ["Signalbox", "Journeys", "Plugins", "Store", "Values", "Workspace"]),
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
        .library(name: "LuaSandbox", targets: ["LuaSandbox", "Values"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The plain value that crosses every border.
        .target(name: "Values", swiftSettings: strict),

        // The law: maps, journeys, moments. No I/O, no clock, no Lua.
        .target(name: "Journeys", dependencies: ["Values"], swiftSettings: strict),

        // The sandbox: knows Lua, knows no lead.
        .systemLibrary(
            name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .target(
            name: "CSandbox", dependencies: ["CLua"],
            // The interpreter's remainder of two numbers goes over the sandbox.
            linkerSettings: [.linkedLibrary("m")]),
        .target(
            name: "LuaSandbox", dependencies: ["CSandbox", "Values"], swiftSettings: strict),

        // Files in YAML are read as the parser's events.
        .systemLibrary(
            name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),

        // Where Lua meets the law.
        .target(
            name: "Plugins",
            dependencies: ["Journeys", "LuaSandbox", "Values"],
            resources: [
                .embedInCode("Host/nearest.lua"), .embedInCode("Host/host.lua"),
                .embedInCode("Host/secrets.lua"), .embedInCode("Host/members.lua"),
                .embedInCode("Host/conditions.lua"),
            ],
            swiftSettings: strict),

        // The files of a workspace: read strictly, watched, and made into generations.
        .target(
            name: "Workspace",
            dependencies: ["CLibYAML", "Journeys", "LuaSandbox", "Plugins", "Values"],
            swiftSettings: strict),

        // What lasts.
        .target(name: "Store", dependencies: ["Journeys", "Values"], swiftSettings: strict),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "Journeys", "Store", "Values",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict),

        // What leaves the building.
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "Delivery",
            dependencies: [
                "CCurl", "COpenSSL", "Journeys", "Store", "Values", "Workspace",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // What is measured, as Prometheus reads it.
        .target(
            name: "PrometheusMetrics",
            dependencies: ["Values", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict),

        // The engine.
        .target(
            name: "Signalbox",
            dependencies: [
                "Journeys", "LuaSandbox", "Plugins", "Store", "Values", "Workspace",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // What authors ask: why a trigger fired or did not, and whether their specs hold.
        .target(
            name: "Authoring",
            dependencies: [
                "Journeys", "LuaSandbox", "Plugins", "Signalbox", "Store", "Values", "Workspace",
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [
                .embedInCode("Specs/expect.lua"), .embedInCode("Specs/spec.lua"),
                .embedInCode("Types/signalbox.lua"), .embedInCode("Types/specs.lua"),
                // What `init` lays.
                .embedInCode("NewWorkspace/Files/signalbox.yaml"),
                .embedInCode("NewWorkspace/Files/new-buyer.yaml"),
                .embedInCode("NewWorkspace/Files/greeting.lua"),
                .embedInCode("NewWorkspace/Files/greeting.spec.lua"),
                .embedInCode("NewWorkspace/Files/commands.jsonl"),
                .embedInCode("NewWorkspace/Files/luarc.json"),
                .embedInCode("NewWorkspace/Files/gitignore"),
                .embedInCode("NewWorkspace/Standard/choose.lua"),
                .embedInCode("NewWorkspace/Standard/choose.spec.lua"),
                .embedInCode("NewWorkspace/Standard/email.lua"),
                .embedInCode("NewWorkspace/Standard/email.spec.lua"),
                .embedInCode("NewWorkspace/Standard/field.lua"),
                .embedInCode("NewWorkspace/Standard/field.spec.lua"),
                .embedInCode("NewWorkspace/Standard/lead.lua"),
                .embedInCode("NewWorkspace/Standard/lead.spec.lua"),
                .embedInCode("NewWorkspace/Standard/note.lua"),
                .embedInCode("NewWorkspace/Standard/note.spec.lua"),
                .embedInCode("NewWorkspace/Standard/pick.lua"),
                .embedInCode("NewWorkspace/Standard/pick.spec.lua"),
                .embedInCode("NewWorkspace/Standard/todo.lua"),
                .embedInCode("NewWorkspace/Standard/todo.spec.lua"),
            ],
            swiftSettings: strict),

        // The API that a running engine offers over HTTP.
        .target(
            name: "SignalboxServer",
            dependencies: [
                "Authoring", "Journeys", "Plugins", "PrometheusMetrics", "Signalbox", "Store", "Values",
                "Workspace",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Description/openapi.json")],
            swiftSettings: strict),

        // The benchmarks. What they measure with never ships in the product.
        .target(name: "CSandboxBench", dependencies: ["CLua"]),
        .executableTarget(
            name: "SignalboxBench",
            dependencies: [
                "CSandboxBench", "Journeys", "LuaSandbox", "Plugins", "SQLiteStore", "Signalbox", "Store",
                "Values", "Workspace",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            resources: [.embedInCode("Redis/journey.lua")],
            swiftSettings: strict,
            linkerSettings: allocator),

        // The command line: the only place that puts real parts together.
        .executableTarget(
            name: "SignalboxCLI",
            dependencies: [
                "Authoring", "Delivery", "Journeys", "LuaSandbox", "Plugins", "PrometheusMetrics",
                "SQLiteStore",
                "Signalbox", "SignalboxServer", "Store", "Values", "Workspace",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict,
            linkerSettings: allocator),

        .target(
            name: "TestKit",
            dependencies: ["Journeys", "LuaSandbox", "Plugins", "Store", "Values", "Workspace"],
            exclude: ["Servers"],
            swiftSettings: strict),
        // Tests: one folder a target.
        .testTarget(name: "ValuesTests", dependencies: ["Values"], swiftSettings: strict),
        // What the repository's own files must keep to.
        .testTarget(name: "TidyTests", swiftSettings: strict),
        .testTarget(
            name: "JourneysTests", dependencies: ["Journeys", "TestKit", "Values"], swiftSettings: strict),
        .testTarget(
            name: "AttackTests", dependencies: ["LuaSandbox", "TestKit", "Values"],
            exclude: ["attacks", "corpus"],
            swiftSettings: strict),
        .testTarget(
            name: "LuaSandboxTests",
            dependencies: ["CSandbox", "CSandboxTesting", "LuaSandbox", "TestKit", "Values"],
            swiftSettings: strict),
        // Tests in C of what the sandbox shows nobody.
        .target(
            name: "CSandboxTesting", dependencies: ["CSandbox"], path: "Tests/CSandboxTesting",
            cSettings: [.headerSearchPath("../../Sources/CSandbox")]),
        .testTarget(
            name: "PrometheusMetricsTests",
            dependencies: ["PrometheusMetrics", .product(name: "CoreMetrics", package: "swift-metrics")],
            swiftSettings: strict),
        .testTarget(
            name: "PluginsTests",
            dependencies: ["Journeys", "LuaSandbox", "Plugins", "TestKit", "Values", "Workspace"],
            swiftSettings: strict),
        .testTarget(
            name: "AuthoringTests",
            dependencies: [
                "Authoring", "Journeys", "Plugins", "Signalbox", "Store", "TestKit", "Values", "Workspace",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "WorkspaceTests",
            dependencies: ["Journeys", "LuaSandbox", "Plugins", "TestKit", "Values", "Workspace"],
            swiftSettings: strict),
        .testTarget(
            name: "StoreTests", dependencies: ["Journeys", "Store", "TestKit", "Values"],
            swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "Journeys", "SQLiteStore", "Store", "TestKit", "Values",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "DeliveryTests",
            dependencies: [
                "Delivery", "Journeys", "SQLiteStore", "Store", "TestKit", "Values", "Workspace",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandLineTests",
            dependencies: [
                "Authoring", "Journeys", "LuaSandbox", "Plugins", "PrometheusMetrics", "SQLiteStore",
                "Signalbox", "SignalboxCLI", "SignalboxServer", "Store", "TestKit", "Values", "Workspace",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "BenchmarkTests", dependencies: ["SignalboxBench", "TestKit", "Values"],
            swiftSettings: strict),
        .testTarget(
            name: "SignalboxTests",
            dependencies: [
                "Journeys", "Plugins", "SQLiteStore", "Signalbox", "Store", "TestKit", "Values",
                "Workspace",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "RuleTests",
            dependencies: [
                "Journeys", "Plugins", "SQLiteStore", "Signalbox", "Store", "TestKit", "Values",
                "Workspace",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // The program itself, killed and on bad disks.
        .testTarget(
            name: "CrashTests",
            dependencies: [
                "Delivery", "Journeys", "Plugins", "SQLiteStore", "Signalbox", "SignalboxCLI", "Store",
                "TestKit",
                "Values", "Workspace",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
