// swift-tools-version: 6.3
import PackageDescription

// A package of its own, as the fuzzer brings its own `main`: only `swift build --sanitize=fuzzer` can link it.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz", dependencies: [.product(name: "FuzzTargets", package: "varve")])
    ]
)
