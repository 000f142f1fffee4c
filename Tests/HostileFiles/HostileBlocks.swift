import FuzzStores
import FuzzTargets

/// Stored blocks that must be refused: their description says more or less than their bytes hold.
enum HostileBlocks {
    static let all: [HostileFile] = nothing + unknown + lengths

    private static let nothing = [
        HostileFile(.block, "empty", []), HostileFile(.block, "a description alone", [2, 0, 0, 7, 31, 0, 0]),
    ]

    private static let unknown = [UInt8(3), 6, 8, 15].map { encoding in
        HostileFile(.block, "encoding \(encoding)", [encoding] + FuzzTarget.block.seeds[0].dropFirst())
    }

    /// The first block of each encoding, cut and lengthened.
    private static let lengths: [HostileFile] = Dictionary(grouping: FuzzTarget.block.seeds) { $0[0] }
        .sorted { $0.key < $1.key }
        .flatMap { encoding, seeds in
            let bytes = seeds[0]
            return [
                ("cut by one byte", Array(bytes.dropLast())), ("one byte more", bytes + [0]),
                ("half of it", Array(bytes.prefix(7 + (bytes.count - 7) / 2))),
                ("its description alone", Array(bytes.prefix(7))),
            ]
            .map { HostileFile(.block, "encoding \(encoding), \($0)", $1) }
        }
}
