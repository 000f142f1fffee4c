internal import Kernels
public import Tensor

/// Gathers `ColumnStatistics` block by block.
public struct ColumnSurvey: Sendable {
    private let spec: ColumnSpec
    private var survey: ValueSurvey

    /// Nothing seen yet.
    public init(_ spec: ColumnSpec) {
        self.spec = spec
        survey = ValueSurvey(type: spec.elementType, width: spec.width)
    }

    /// Takes the rows of one block in. Blocks may be surveyed apart and merged in their order: the result is the same to the
    /// last bit.
    ///
    /// - Parameter bytes: whole rows
    public mutating func add(_ bytes: RawSpan) {
        var block = ValueSurvey(type: spec.elementType, width: spec.width)
        block.add(bytes)
        survey.merge(block)
    }

    /// Takes in a survey of one later block.
    public mutating func merge(_ block: ColumnSurvey) { survey.merge(block.survey) }

    /// Of everything so far.
    public var result: ColumnStatistics { survey.statistics }
}
