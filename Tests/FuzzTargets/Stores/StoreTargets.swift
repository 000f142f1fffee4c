public import FuzzTargets

extension FuzzTarget {
    public static let chunkEnds = FuzzTarget("chunk-ends", ChunkInputs.ends, seeds: ChunkInputs.endSeeds)
    public static let chunkFooter = FuzzTarget("chunk-footer", ChunkInputs.footer, seeds: ChunkInputs.footerSeeds)
    public static let block = FuzzTarget("block", BlockInputs.parse, seeds: BlockInputs.seeds)
    public static let storeDescriptor = FuzzTarget(
        "store-descriptor", StoreInputs.descriptor, seeds: StoreInputs.descriptorSeeds)
    public static let flatJSON = FuzzTarget("flat-json", StoreInputs.flatJSON, seeds: StoreInputs.flatJSONSeeds)

    /// Parsers of what lies in a store.
    public static let ofStores = [chunkEnds, chunkFooter, block, storeDescriptor, flatJSON]
}
