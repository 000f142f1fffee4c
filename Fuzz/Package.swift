// swift-tools-version: 6.3
import PackageDescription

// A package of its own, as the fuzzer brings its own `main`: only `swift build --sanitize=fuzzer` can link it.

/// One program for parsers that need the same modules: a fuzzer looks through the counters of all that is linked.
func fuzzer(_ parsers: String) -> Target {
    .executableTarget(
        name: parsers.lowercased(),
        dependencies: [
            "FuzzProgram", .product(name: "FuzzTargets", package: "varve"),
            .product(name: "Fuzz\(parsers)", package: "varve"),
        ],
        // One file without `@main` would be taken for a script, with a `main` of its own.
        swiftSettings: [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "varve", path: "..")],
    targets: [
        .target(name: "FuzzProgram", dependencies: [.product(name: "FuzzTargets", package: "varve")]),
        fuzzer("Stores"), fuzzer("Files"), fuzzer("Models"), fuzzer("Queries"), fuzzer("Prompts"),
    ]
)
