// swift-tools-version: 6.3
import PackageDescription

/// Measurements of varve's modules; `Scripts/bench` builds and runs them beside other libraries.
private let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .executableTarget(
            name: "StoreBenchmark",
            dependencies: [.product(name: "VarveStore", package: "varve")],
            swiftSettings: strict),
        .executableTarget(
            name: "ModelsBenchmark",
            dependencies: [.product(name: "VarveModels", package: "varve")],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
