// swift-tools-version: 6.3
import PackageDescription

private let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

/// Measurements of varve's modules; `Scripts/bench` builds and runs them beside other libraries.
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .target(name: "CSums"),
        .executableTarget(
            name: "StoreBenchmark",
            dependencies: ["CSums", .product(name: "VarveStore", package: "varve")],
            swiftSettings: strict),
        .executableTarget(
            name: "ModelsBenchmark",
            dependencies: [.product(name: "VarveModels", package: "varve")],
            swiftSettings: strict),
        .executableTarget(
            name: "AnalysesBenchmark",
            dependencies: [.product(name: "VarveEngine", package: "varve")],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
