public import FuzzTargets

extension FuzzTarget {
    public static let safetensors = FuzzTarget(
        "safetensors", FileInputs.safetensors, seeds: FileInputs.safetensorsSeeds)
    public static let numPy = FuzzTarget("npy", FileInputs.numPy, seeds: FileInputs.numPySeeds)
    public static let zip = FuzzTarget("npz", FileInputs.zip, seeds: FileInputs.zipSeeds)
    public static let json = FuzzTarget("json", FileInputs.json, seeds: FileInputs.jsonSeeds)

    /// Parsers of tensors, arrays, archives and JSON.
    public static let ofFiles = [safetensors, numPy, zip, json]
}
