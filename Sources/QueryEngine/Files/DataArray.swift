import QueryLanguage
import TensorFiles

/// Arrays of NumPy files as frames without rows.
enum DataArray {
    /// One axis [d] is one vector; [n, d] are n vectors along `row`.
    static func npy(_ path: String) throws(FileError) -> Frame {
        let array = try NumPyFile(path: path)
        guard (1...2).contains(array.shape.count), array.elementCount > 0 else {
            throw FileError(
                path: path, problem: "the shape is \(array.shape), expected [d] or [n, d]",
                mend: "save one vector, or one a row")
        }
        let rows = array.shape.count == 2 ? [Axis("row", (0..<array.shape[0]).map { .int($0) })] : []
        return try frame(array, axes: rows, hasWidth: true)
    }

    /// What `export` writes: `values`, and the labels of each dimension in the order of the file. The last axis without labels
    /// is the width of vectors.
    static func npz(_ path: String) throws(FileError) -> Frame {
        let zip = try ZipReader(path: path)
        let arrays = try zip.array("values.npy")
        for name in ["offsets.npy", "prompt.npy", "indices.npy", "sd.npy", "probability.npy"] where zip[name] != nil {
            throw FileError(
                path: path, problem: "holds rows or statistics (\(name)), which `read` does not give back",
                mend: "export a pooled value: `mean` first")
        }
        var axes: [Axis] = []
        for member in zip.members where member.name != "values.npy" && member.name.hasSuffix(".npy") {
            let labels = try zip.array(member.name)
            let name = String(member.name.dropLast(4))
            guard labels.shape.count == 1, axes.count < arrays.shape.count,
                labels.elementCount == arrays.shape[axes.count]
            else {
                throw FileError(
                    path: "\(path):\(member.name)",
                    problem: "holds \(labels.shape) labels, which do not fit values of shape \(arrays.shape)",
                    mend: "write the labels of each axis in the order of the axes")
            }
            axes.append(Axis(name, try self.labels(labels)))
        }
        guard axes.count == arrays.shape.count || axes.count + 1 == arrays.shape.count, arrays.elementCount > 0 else {
            throw FileError(
                path: path,
                problem: "values have the shape \(arrays.shape), and labels are given for \(axes.count) axes",
                mend: "write one array of labels for every axis but the last")
        }
        return try frame(arrays, axes: axes, hasWidth: axes.count < arrays.shape.count)
    }

    private static func labels(_ array: NumPyFile) throws(FileError) -> [Label] {
        if case .text = array.type { return try different(array.texts().map { .string($0) }, array) }
        let numbers = try array.numbers()
        let whole = numbers.compactMap { array.isWhole ? Int(exactly: $0) : nil }
        let labels: [Label] = whole.count == numbers.count ? whole.map { .int($0) } : numbers.map { .double($0) }
        return try different(labels, array)
    }

    private static func different(_ labels: [Label], _ array: NumPyFile) throws(FileError) -> [Label] {
        guard Set(labels).count == labels.count else {
            throw FileError(
                path: array.path, problem: "holds the same label twice", mend: "label every entry differently")
        }
        return labels
    }

    private static func frame(_ array: NumPyFile, axes: [Axis], hasWidth: Bool) throws(FileError) -> Frame {
        guard array.byteCount <= DataFile.arrayLimit else {
            throw FileError(
                path: array.path,
                problem: "has \(array.byteCount) bytes of numbers, \(DataFile.arrayLimit) is the most",
                mend: "read a part of it")
        }
        var seen: Set<String> = []
        for axis in axes {
            guard !Dimension.sampleNames.contains(axis.name), seen.insert(axis.name).inserted else {
                throw FileError(
                    path: array.path, problem: "an axis can't be called `\(axis.name)`", mend: "name it otherwise")
            }
        }
        let numbers = try array.numbers()
        let width = array.shape.last ?? 1
        let payload: Payload =
            hasWidth ? .vectors(numbers.map { Float($0) }, width: width) : .numbers(numbers)
        // Axes of captures come first in every value; here as in the file all that are not among these follow.
        let outer = Array(axes.prefix { $0.name == "model" || $0.name == "dataset" })
        let inner = Array(axes.dropFirst(outer.count))
        guard !inner.contains(where: { $0.name == "model" || $0.name == "dataset" }) else {
            throw FileError(
                path: array.path, problem: "`model` and `dataset` come before all other axes",
                mend: "transpose the values")
        }
        // Files are row-major over all axes; a frame without rows has its outer cells inside.
        let cells = outer.cells
        let count = inner.cells
        let order = (0..<count).flatMap { place in (0..<cells).map { $0 * count + place } }
        return Frame(outer: outer, inner: inner, payload: cells == 1 ? payload : payload.gathered(order))
    }
}
