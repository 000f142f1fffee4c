// swift-tools-version: 6.3
import PackageDescription

/// Measurements of varve's modules; `Scripts/bench` builds and runs them beside other libraries.
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .target(name: "CSums"),
        .executableTarget(
            name: "StoreBenchmark",
            dependencies: ["CSums", .product(name: "VarveStore", package: "varve")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableExperimentalFeature("Lifetimes"),
                .treatAllWarnings(as: .error),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
