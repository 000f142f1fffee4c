public struct DifferenceInMeans: Sendable { public let direction: [Double]; public let threshold: Double
 public init(_ x: FeatureMatrix, labels: [Bool]) throws(AnalysisError) { direction=[]; threshold=0 }
 public func decisions(_ x: FeatureMatrix) throws(AnalysisError) -> [Double] { [] } }
