// swift-tools-version: 6.2
import PackageDescription

// Two programs that use Signalbox as a library. Elsewhere, name the package by its URL instead of its path.
let package = Package(
    name: "embedding",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "signalbox", path: "../.."),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .executableTarget(
            name: "sandbox-alone",
            dependencies: [.product(name: "LuaSandbox", package: "signalbox")]),
        .executableTarget(
            name: "engine",
            dependencies: [
                .product(name: "Signalbox", package: "signalbox"),
                .product(name: "SQLiteStore", package: "signalbox"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
