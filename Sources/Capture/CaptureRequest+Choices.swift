internal import Tensor

extension CaptureRequest {
    /// Reads `--positions`.
    static func positions(_ text: String) throws(CaptureError) -> KeptTokens {
        guard let kept = KeptTokens(text) else {
            throw CaptureError(
                .request, "--positions \"\(text)\" is not known",
                mend: "give all, last, assistant, or last:N such as last:8")
        }
        return kept
    }

    /// Pieces separated by commas, each `A:B`, `A:`, `:B`, `:` or a single layer; the end is not included, as in the slices of
    /// queries.
    static func layers(_ text: String, layerCount: Int) throws(CaptureError) -> [Int] {
        var chosen: Set<Int> = []
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            chosen.formUnion(try range(piece.filter { $0 != " " }, of: text, layerCount: layerCount))
        }
        return chosen.sorted()
    }

    private static func range(_ piece: String, of text: String, layerCount: Int) throws(CaptureError) -> Range<Int> {
        func refuse(_ problem: String) -> CaptureError {
            CaptureError(
                .request, "layers \"\(text)\": \(problem)",
                mend:
                    "give A:B with 0 ≤ A < B ≤ \(layerCount), where B is not included, or a list such as 0,\(layerCount - 1)"
            )
        }
        let pieces = piece.split(separator: ":", omittingEmptySubsequences: false)
        func number(_ piece: Substring, else other: Int) throws(CaptureError) -> Int {
            if piece.isEmpty { return other }
            guard piece.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(piece) else {
                throw refuse("\"\(piece)\" is no layer number")
            }
            return value
        }
        guard (1...2).contains(pieces.count), !piece.isEmpty else { throw refuse("expected two numbers with a colon") }
        let first = try number(pieces[0], else: 0)
        guard first < layerCount else { throw refuse("the model has \(layerCount) layers") }
        let end = pieces.count == 1 ? first + 1 : try number(pieces[1], else: layerCount)
        guard first < end else { throw refuse("it holds no layer") }
        guard end <= layerCount else { throw refuse("the model has \(layerCount) layers") }
        return first..<end
    }
}
