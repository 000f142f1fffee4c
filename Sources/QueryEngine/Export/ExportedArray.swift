import TensorFiles

/// One array of an exported value, row-major, on its way to a file.
struct ExportedArray {
    enum Values {
        case floats([Float])
        case doubles([Double])
        case integers([Int])
        case words([UInt32])
        case texts([String])
    }

    var name: String
    var shape: [Int]
    var values: Values

    init(_ name: String, _ shape: [Int], _ values: [Float]) { self.init(name, shape, .floats(values)) }
    init(_ name: String, _ shape: [Int], _ values: [Double]) { self.init(name, shape, .doubles(values)) }
    init(_ name: String, _ shape: [Int], _ values: [Int]) { self.init(name, shape, .integers(values)) }
    init(_ name: String, _ shape: [Int], _ values: [UInt32]) { self.init(name, shape, .words(values)) }
    init(_ name: String, _ shape: [Int], _ values: [String]) { self.init(name, shape, .texts(values)) }

    private init(_ name: String, _ shape: [Int], _ values: Values) {
        self.name = name
        self.shape = shape
        self.values = values
    }

    /// The bytes of an npy file.
    var npy: [UInt8] {
        switch values {
        case .floats(let values): NumPyFile.encode(values, shape: shape)
        case .doubles(let values): NumPyFile.encode(values, shape: shape)
        case .integers(let values): NumPyFile.encode(values, shape: shape)
        case .words(let values): NumPyFile.encode(values, shape: shape)
        case .texts(let values): NumPyFile.encode(values, shape: shape)
        }
    }

    /// The array as a tensor; nil for texts, which have none.
    var tensor: TensorContent? {
        switch values {
        case .floats(let values): TensorContent(name: name, shape: shape, floats: values)
        case .doubles(let values): TensorContent(name: name, shape: shape, doubles: values)
        case .integers(let values): TensorContent(name: name, shape: shape, integers: values)
        case .words(let values): TensorContent(name: name, shape: shape, words: values)
        case .texts: nil
        }
    }
}
