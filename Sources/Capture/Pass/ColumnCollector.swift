internal import Models
internal import Store
internal import Tensor

/// Takes the sites of a forward pass that the plans ask for. What several captures ask for is encoded once and shared.
struct ColumnCollector: ActivationVisitor {
    /// Captures that the stretch now running belongs to.
    var live: [Int] = []
    /// By capture and column.
    private(set) var columns: [[[UInt8]]]
    /// Layers that were run.
    private(set) var layerPasses = 0
    /// The first number that the chosen type could not hold.
    private(set) var problem: CaptureError?
    private let plans: [CapturePlan]
    private let prompts: Range<Int>
    /// Places of the kept tokens; nil where every token is kept.
    private let places: [Int]?
    private var gathered: [Float] = []

    init(plans: [CapturePlan], prompts: Range<Int>) {
        self.plans = plans
        self.prompts = prompts
        places = plans[0].rows.places(of: prompts)
        columns = plans.map { [[UInt8]](repeating: [], count: $0.spec.columns.count) }
    }

    mutating func visit(_ site: Site, rows: Span<Float>, width: Int) {
        if site.point == .residPre { layerPasses += 1 }
        let wanted = live.filter { plans[$0].targets[site] != nil }
        guard !wanted.isEmpty else { return }
        guard let places else { return take(site, rows, width, for: wanted) }
        gathered.removeAll(keepingCapacity: true)
        for place in places {
            for index in place * width..<(place + 1) * width { gathered.append(rows[index]) }
        }
        let kept = gathered
        take(site, kept.span, width, for: wanted)
    }

    private mutating func take(_ site: Site, _ rows: Span<Float>, _ width: Int, for wanted: [Int]) {
        var dense: [ElementType: [UInt8]] = [:]
        var latents: [String: (indices: [UInt8], values: [UInt8])] = [:]
        for plan in wanted {
            for target in plans[plan].targets[site] ?? [] {
                switch target {
                case .dense(let column, let type):
                    let bytes = dense[type] ?? encode(rows, width, as: type, of: site)
                    dense[type] = bytes
                    columns[plan][column] = bytes
                case .latents(let sae, let column, let k):
                    let key = "\(k) \(sae.digest)"
                    let found = latents[key] ?? ColumnCollector.encode(rows, rows.count / width, sae, k)
                    latents[key] = found
                    columns[plan][column] = found.indices
                    columns[plan][column + 1] = found.values
                }
            }
        }
    }

    private mutating func encode(_ rows: Span<Float>, _ width: Int, as type: ElementType, of site: Site) -> [UInt8] {
        var bytes: [UInt8] = []
        if let place = ActivationBytes.encode(rows, as: type, into: &bytes), problem == nil {
            let row = place / width
            let prompt = plans[0].rows.prompt(ofToken: places?[row] ?? row, in: prompts)
            problem = CaptureError(
                .range, "\(prompt.title): \(rows[place]) in \(site.canonicalName) does not fit \(type.rawValue)",
                mend: type == .float16 ? "use --dtype bf16 or f32" : "use --dtype f32")
        }
        return bytes
    }

    private static func encode(
        _ rows: Span<Float>, _ count: Int, _ sae: SparseAutoencoder, _ k: Int
    ) -> (indices: [UInt8], values: [UInt8]) {
        var indices = [UInt32](repeating: 0, count: count * k)
        var values = [Float](repeating: 0, count: count * k)
        sae.encode(rows, count: count, k: k, indices: &indices, values: &values)
        var encoded: [UInt8] = []
        _ = ActivationBytes.encode(values.span, as: .float32, into: &encoded)
        return (BatchCapture.bytes(indices), encoded)
    }

    mutating func visit(logits: LogitStatistics) {
        for plan in live {
            guard let first = plans[plan].logitColumns else { continue }
            columns[plan][first] = BatchCapture.bytes(kept(logits.argmaxToken))
            for (place, numbers) in [logits.argmaxProbability, logits.entropy, logits.nextLogProbability].enumerated() {
                _ = ActivationBytes.encode(kept(numbers).span, as: .float32, into: &columns[plan][first + 1 + place])
            }
        }
    }

    private func kept<Number>(_ numbers: [Number]) -> [Number] { places?.map { numbers[$0] } ?? numbers }
}
