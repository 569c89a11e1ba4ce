// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "fovea",
    products: [
        .executable(name: "fovea", targets: ["fovea"]),
        .executable(name: "kubectl-fovea", targets: ["kubectl-fovea"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The schema and the domain: no operating system, no input or output.
        .target(name: "MetricSchema", swiftSettings: strict),
        .target(name: "Observability", dependencies: ["MetricSchema"], swiftSettings: strict),

        // Linux: what the BPF programs share with Swift, the C libraries, the backend.
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "KernelABI", path: "bpf/include"),
        .systemLibrary(
            name: "CLibBPF", pkgConfig: "libbpf", providers: [.apt(["libbpf-dev", "libelf-dev"])]),
        .systemLibrary(name: "CLibMNL", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .plugin(name: "CompileBPF", capability: .buildTool(), path: "bpf/plugin"),
        .target(
            name: "LinuxBackend",
            dependencies: [
                "Observability", "KernelABI", "CLibBPF", "CLibMNL", "CLinux",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict,
            plugins: ["CompileBPF"]),

        // Windows: compiled and tested on every system, from recordings.
        .target(name: "CWindowsNet", path: "windows-stubs", exclude: ["README.md"]),
        .target(
            name: "WindowsBackend",
            dependencies: [
                "Observability", "CWindowsNet", .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        // The cluster: its objects, as far as they name what is seen here.
        .target(
            name: "Kubernetes",
            dependencies: [
                "Observability", "Yams",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),

        // The process.
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Agent",
            dependencies: [
                "Observability", "Kubernetes", "WindowsBackend", "CZlib", "Yams",
                .target(name: "LinuxBackend", condition: .when(platforms: [.linux])),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "fovea",
            dependencies: [
                "Agent",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // All agents at once, for people: kubectl's plugin.
        .target(
            name: "ClusterView",
            dependencies: [
                "MetricSchema", "Kubernetes", "Observability", "Yams",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "kubectl-fovea",
            dependencies: [
                "ClusterView", "Kubernetes", "Observability",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // What the tests stand on.
        .executableTarget(
            name: "traffic",
            dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Tests/Traffic", swiftSettings: strict),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Agent", "Kubernetes", "LinuxBackend", "WindowsBackend", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Benchmarks", swiftSettings: strict),
        .target(
            name: "TestAPIServer",
            dependencies: [
                "Kubernetes",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Tests/TestAPIServer", swiftSettings: strict),
        .testTarget(
            name: "MetricSchemaTests", dependencies: ["MetricSchema"], swiftSettings: strict),
        .testTarget(
            name: "ObservabilityTests", dependencies: ["Observability", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "LinuxBackendTests", dependencies: ["KernelABI", "LinuxBackend", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "WindowsBackendTests", dependencies: ["WindowsBackend", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "KubernetesTests",
            dependencies: ["Kubernetes", "TestAPIServer", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "ClusterViewTests",
            dependencies: [
                "ClusterView", "Kubernetes", "Observability", "TestAPIServer", "TestSupport",
                "Yams", "kubectl-fovea",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "AgentTests",
            dependencies: [
                "Agent", "ClusterView", "CZlib", "Kubernetes", "TestAPIServer", "TestSupport",
                "Yams",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "KernelTests",
            dependencies: [
                "Agent", "Kubernetes", "LinuxBackend", "TestAPIServer", "TestSupport", "traffic",
            ],
            swiftSettings: strict),
    ]
)
