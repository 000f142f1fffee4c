/// Train and test rows, both in rising order.
public struct Split: Sendable, Hashable {
    /// Row indices to learn from.
    public let train: [Int]
    /// Row indices to be judged on; none is in `train`.
    public let test: [Int]

    /// - Parameters:
    ///   - train: in rising order.
    ///   - test: in rising order, apart from `train`.
    public init(train: [Int], test: [Int]) {
        self.train = train
        self.test = test
    }
}

/// Splits that depend only on (seed, repeat, prompt keys and classes): not on the order of rows, the layer or C.
///
/// Every unit (prompt or row) draws a number by `SeededDraw`; the units of a class with the lowest numbers are the test
/// set, so that one more prompt moves at most the units at the border. Shares count units: with whole prompts the share
/// of rows follows the prompts' lengths.
public struct Splits: Sendable, Hashable {
    /// Another seed, another set of splits.
    public var seed: UInt64
    /// What stays together.
    public var unit: SplitUnit
    /// Keeps every class's share on both sides.
    public var stratified: Bool
    /// What classes 0, 1, … are called in messages; their numbers where it is empty.
    public var classNames: [String] = []

    /// Splits by prompt and stratified unless said otherwise.
    public init(seed: UInt64, unit: SplitUnit = .prompt, stratified: Bool = true) {
        self.seed = seed
        self.unit = unit
        self.stratified = stratified
    }

    /// One shuffle split: ⌈testShare · n⌉ of n units are tested, as in scikit-learn's `StratifiedShuffleSplit`; the training
    /// units are shared among the classes by largest remainder (ties by the lowest drawn number), the rest is tested.
    ///
    /// - Throws: `.parameter` for a share outside (0, 1), `.tooFew` where a class has fewer than 2 units or a side would
    ///   have fewer units than there are classes.
    public func shuffle(
        _ keys: RowKeys, labels: [Int], testShare: Double, repeat index: Int
    ) throws(AnalysisError) -> Split {
        try check(keys, labels)
        guard testShare > 0, testShare < 1 else {
            throw AnalysisError(
                .parameter, "test = \(testShare) is no share", mend: "give a share between 0 and 1, such as 0.2")
        }
        let units = units(keys, labels, SeededDraw(seed: seed, repeat: index, purpose: .split))
        let total = units.count
        let testCount = Int((testShare * Double(total)).rounded(.up))
        let trainCount = total - testCount
        if stratified {
            for (label, size) in zip(units.labels, units.sizes) where size < 2 {
                throw AnalysisError(
                    .tooFew, "class \(name(label)) has only 1 \(unit.rawValue), which can't be on both sides",
                    mend: "add prompts of that class, or write stratify=false")
            }
        }
        let classes = units.sizes.count
        guard testCount >= classes, trainCount >= classes, testCount > 0, trainCount > 0 else {
            throw AnalysisError(
                .tooFew,
                "\(total) \(unit.rawValue)s make \(max(0, trainCount)) to train on and \(testCount) to test, "
                    + "fewer than the \(classes) classes",
                mend: "use more prompts or another share than test=\(testShare)")
        }
        let trained = Self.apportion(trainCount, among: units.sizes, ties: units.lowest)
        let (test, train) = units.rows(units.first(zip(units.sizes, trained).map { $0 - $1 }))
        return Split(train: train, test: test)
    }

    /// Shuffle splits of repeats 0 ..< count.
    public func shuffles(
        _ keys: RowKeys, labels: [Int], testShare: Double, repeats: Int
    ) throws(AnalysisError) -> [Split] {
        var splits: [Split] = []
        for index in 0..<max(0, repeats) {
            splits.append(try shuffle(keys, labels: labels, testShare: testShare, repeat: index))
        }
        return splits
    }

    /// k folds, each tested once: the units, class after class and by rising number within a class, are dealt to folds
    /// 0, 1, …, k − 1, 0, … without starting over at a new class, so that fold sizes and class counts differ by at most 1
    /// (the counts of scikit-learn's `StratifiedKFold`).
    ///
    /// - Throws: `.parameter` for k < 2, `.tooFew` where a class (or, unstratified, the whole) has fewer than k units.
    public func kFold(
        _ keys: RowKeys, labels: [Int], folds: Int, repeat index: Int = 0
    ) throws(AnalysisError) -> [Split] {
        try check(keys, labels)
        guard folds >= 2 else {
            throw AnalysisError(.parameter, "\(folds) folds leave nothing to compare", mend: "give at least 2 folds")
        }
        let units = units(keys, labels, SeededDraw(seed: seed, repeat: index, purpose: .fold))
        // In the order of their lowest drawn number, so that folds are the same whatever the classes are called.
        let lowest = units.lowest
        let order = lowest.indices.sorted { (lowest[$0], $0) < (lowest[$1], $1) }
        for kind in order where units.sizes[kind] < folds {
            throw AnalysisError(
                .tooFew,
                "\(folds) folds need \(folds) \(unit.rawValue)s"
                    + (stratified ? " of class \(name(units.labels[kind]))" : "") + "; there are \(units.sizes[kind])",
                mend: "use fewer folds or more prompts")
        }
        guard units.count > 0 else {
            throw AnalysisError(.tooFew, "no rows to split", mend: "check `where`")
        }
        let ordered = units.ordered()
        var tests = [[Bool]](repeating: [Bool](repeating: false, count: units.places), count: folds)
        var next = 0
        for kind in order {
            for place in ordered[kind] {
                tests[next][place] = true
                next = (next + 1) % folds
            }
        }
        return tests.map { isTested in
            let (test, train) = units.rows(isTested)
            return Split(train: train, test: test)
        }
    }

    /// The units of each class, or of all rows as one class.
    private func units(_ keys: RowKeys, _ labels: [Int], _ draw: SeededDraw) -> DrawnUnits {
        DrawnUnits(
            keys, labels: stratified ? labels : [Int](repeating: 0, count: labels.count), unit: unit, draw: draw)
    }

    private func name(_ label: Int) -> String {
        classNames.indices.contains(label) ? classNames[label] : String(label)
    }

    private func check(_ keys: RowKeys, _ labels: [Int]) throws(AnalysisError) {
        guard labels.count == keys.rows else {
            throw AnalysisError(.shape, "\(labels.count) labels for \(keys.rows) rows", mend: "give one label per row")
        }
    }

    /// Shares `total` in proportion to `sizes` by largest remainder; of equal remainders the lower tie number comes first.
    ///
    /// With the lowest number that a class drew, a tie falls to either class by chance, repeat by repeat, and the same way
    /// whatever the classes are called.
    static func apportion(_ total: Int, among sizes: [Int], ties: [UInt64]) -> [Int] {
        let all = sizes.reduce(0, +)
        guard all > 0 else { return sizes.map { _ in 0 } }
        var shares = sizes.map { total * $0 / all }
        let order = sizes.indices.sorted {
            (-(total * sizes[$0] % all), ties[$0], $0) < (-(total * sizes[$1] % all), ties[$1], $1)
        }
        var left = total - shares.reduce(0, +)
        for place in order where left > 0 {
            shares[place] += 1
            left -= 1
        }
        return shares
    }
}
