internal import Kernels
internal import Tensor

/// What is gathered of a column's rows: blocks merge in row order, so that the result doesn't depend on threads.
struct ColumnTotals: Sendable {
    private var survey = ValueSurvey()

    /// - Parameter block: the rows of one block, as they were given
    mutating func add(_ block: RawSpan, _ shape: BlockShape) {
        var found = ValueSurvey()
        found.add(block, type: shape.elementType, width: shape.width)
        survey.merge(found)
    }

    /// Takes in the rows that follow.
    mutating func merge(_ next: ColumnTotals) { survey.merge(next.survey) }

    var result: ColumnStatistics { survey.statistics }
}
