// swift-tools-version: 6.3
import PackageDescription

/// One set of settings for every Swift target: strict concurrency, explicit imports, no silent pointer, no warning left.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

func module(
    _ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil, exclude: [String] = [],
    resources: [Resource]? = nil
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path, exclude: exclude, resources: resources,
        swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, resources: resources,
        swiftSettings: strict)
}

/// Parsers of one kind, for the fuzzer and for mutations in the tests: with as little beside them as their module needs.
func fuzzed(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(
        name: "Fuzz\(name)", dependencies: dependencies + ["FuzzTargets"], path: "Tests/FuzzTargets/\(name)",
        swiftSettings: strict)
}

/// The query files that every `varve` carries; each has its recorded answer in `queries/answers`.
let savedQueries = [
    "look-around", "lora-specialisation", "feature-drift", "poser", "lora-paper-table", "norm-growth", "probe-grid",
    "audit-gate", "where-it-lights-up", "cka-between-models", "mass-mean-transfer", "new-features", "k-ablation",
    "permutation-test",
]

let package = Package(
    name: "varve",
    products: [
        .executable(name: "varve", targets: ["varve"]),
        // Preloaded into a child by the durability tests: a file of its own, linked into nothing.
        .library(name: "FaultShim", type: .dynamic, targets: ["FaultShim"]),
        // For Benchmarks/, which is a package of its own.
        .library(name: "VarveStore", targets: ["Tensor", "Kernels", "ChunkFormat", "Store", "Scan"]),
        .library(name: "VarveModels", targets: ["Tensor", "Models"]),
        .library(name: "VarveEngine", targets: ["Tensor", "Store", "QueryLanguage", "QueryEngine"]),
        // For Fuzz/, likewise.
        .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
        .library(name: "FuzzStores", targets: ["FuzzStores"]),
        .library(name: "FuzzFiles", targets: ["FuzzFiles"]),
        .library(name: "FuzzModels", targets: ["FuzzModels"]),
        .library(name: "FuzzQueries", targets: ["FuzzQueries"]),
        .library(name: "FuzzPrompts", targets: ["FuzzPrompts"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        // C edges.
        .systemLibrary(
            name: "CBLAS", path: "Sources/CBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLZ4", path: "Sources/CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(
            name: "CXXHash", path: "Sources/CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(
            name: "CSystem", path: "Sources/CSystem", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "CKernels", path: "Sources/CKernels"),

        // Lowest first: nothing imports upward.
        module("Tensor"),
        module("Kernels", ["Tensor", "CKernels", "CBLAS"]),
        module("TensorFiles", ["Tensor"]),
        module("ChunkFormat", ["Tensor", "Kernels", "CLZ4", "CXXHash"]),
        module("Schema", path: "schema", resources: [.embedInCode("migrations")]),
        module(
            "Store",
            [
                "Tensor", "ChunkFormat", "Schema", "CSystem", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        module("Models", ["Tensor", "TensorFiles", "Kernels"]),
        module("Capture", ["Tensor", "TensorFiles", "Models", "Store", "Scan"]),
        module("Scan", ["Tensor", "Store", "Kernels"]),
        module("Analysis", ["Tensor", "Scan", "Kernels"]),
        module("QueryLanguage", ["Tensor"]),
        module(
            "SavedQueries", path: "queries", exclude: ["answers"],
            resources: savedQueries.map { .embedInCode("\($0).vq") }),
        module(
            "QueryEngine",
            [
                "Tensor", "TensorFiles", "Kernels", "QueryLanguage", "Analysis", "Scan", "Store", "SavedQueries",
                "Figures",
            ]),
        module(
            "LanguageGuide", path: "docs", exclude: ["models.md", "shell.md", "answers.md", "import.md"],
            resources: [.embedInCode("language.md")]),
        module("Terminal"),
        module("Figures", ["Terminal", "TensorFiles"]),
        module("Shell", ["Terminal", "LanguageGuide", "QueryLanguage", "QueryEngine"]),
        .executableTarget(
            name: "varve",
            dependencies: [
                "Capture", "Models", "Shell", "Store", "Terminal", "Tensor", "TensorFiles",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["Tensor", "Store"], path: "Tests/TestSupport", swiftSettings: strict),
        .target(name: "FuzzTargets", path: "Tests/FuzzTargets/Target", swiftSettings: strict),
        fuzzed("Stores", ["Tensor", "ChunkFormat", "Store", "TestSupport"]),
        fuzzed("Files", ["Tensor", "TensorFiles"]),
        fuzzed("Models", ["Tensor", "TensorFiles", "Models"]),
        fuzzed("Queries", ["Tensor", "QueryLanguage"]),
        fuzzed("Prompts", ["Capture"]),
        .target(
            name: "HostileFiles",
            dependencies: [
                "FuzzTargets", "FuzzStores", "FuzzFiles", "FuzzModels", "FuzzQueries", "FuzzPrompts", "TensorFiles",
                "Tensor",
            ], path: "Tests/HostileFiles", swiftSettings: strict),
        tests(
            "FuzzTests",
            [
                "HostileFiles", "FuzzTargets", "FuzzStores", "FuzzFiles", "FuzzModels", "FuzzQueries", "FuzzPrompts",
                "TensorFiles",
                "Tensor",
            ]),
        tests("TensorTests", ["Tensor"]),
        tests("KernelsTests", ["Kernels", "Tensor"]),
        tests("TensorFilesTests", ["TensorFiles", "Tensor"]),
        tests("ChunkFormatTests", ["ChunkFormat", "Kernels", "Tensor"]),
        tests("StoreTests", ["Store", "ChunkFormat", "Schema", "Tensor"], exclude: ["Golden"]),
        tests(
            "ModelsTests", ["Models", "TensorFiles", "Tensor"], exclude: ["results"], resources: [.copy("Fixtures")]),
        tests("CaptureTests", ["Capture", "Models", "TensorFiles", "Store", "Tensor"]),
        tests("ScanTests", ["Scan", "Store", "Tensor"]),
        tests("AnalysisTests", ["Analysis", "Tensor"], resources: [.copy("Fixtures")]),
        tests("QueryLanguageTests", ["QueryLanguage", "Tensor"]),
        tests(
            "QueryEngineTests", ["QueryEngine", "QueryLanguage", "Shell", "Store", "Tensor", "TensorFiles"],
            exclude: ["conformance", "questions"]),
        tests("TerminalTests", ["Terminal"]),
        tests("FiguresTests", ["Figures", "TensorFiles"]),
        tests("ShellTests", ["Shell", "Terminal", "QueryEngine", "QueryLanguage", "Store"]),
        tests(
            "CommandTests",
            ["QueryEngine", "QueryLanguage", "Store", "ChunkFormat", "Tensor", "TensorFiles", "Terminal", "varve"]),

        // The proof of durability: what is recorded and broken, the child, the checks, the full figures.
        .target(name: "FaultShim", path: "Tests/FaultShim"),
        .target(
            name: "Durability", dependencies: ["Store", "ChunkFormat", "Tensor", "TestSupport"],
            path: "Tests/Durability", swiftSettings: strict),
        .executableTarget(
            name: "StoreDriver", dependencies: ["Durability"], path: "Tests/StoreDriver", swiftSettings: strict),
        .executableTarget(
            name: "Torture", dependencies: ["Durability", "FuzzTargets", "HostileFiles"], path: "Tests/Torture",
            swiftSettings: strict),
        tests("DurabilityTests", ["Durability", "StoreDriver"], exclude: ["results"]),
    ],
    swiftLanguageModes: [.v6]
)
