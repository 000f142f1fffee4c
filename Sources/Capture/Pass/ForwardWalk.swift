internal import Models

/// One stretch of layers that is run once, for all captures to which it looks the same.
struct ForwardStep: Sendable {
    /// nil for the model as it is.
    var adapter: LoRAAdapter?
    var layers: Range<Int>
    var finish: PassEnd
    /// Captures that take what this stretch shows, as places in the list of plans.
    var live: [Int]
}

/// How several captures of the same prompts are made without running a layer twice: below the first layer that an adapter
/// changes, the model with it is the model without it.
struct ForwardWalk: Sendable {
    private(set) var steps: [ForwardStep] = []

    /// What one capture needs of the walk.
    struct Need: Sendable {
        /// Its place in the list of plans.
        var plan: Int
        var adapter: LoRAAdapter?
        /// Layers from the first.
        var layers: Int
        var finish: PassEnd

        /// The layer from which it parts from the bare model; nil where it never does.
        var branch: Int? {
            guard let adapter else { return nil }
            return adapter.firstLayer < layers ? adapter.firstLayer : nil
        }
    }

    init(_ needs: [Need]) {
        var at = 0
        let branching = needs.filter { $0.branch != nil }.sorted {
            ($0.branch ?? 0, $0.plan) < ($1.branch ?? 0, $1.plan)
        }
        let plain = needs.filter { $0.branch == nil }
        for (place, need) in branching.enumerated() {
            let branch = need.branch ?? 0
            if branch > at {
                let live = branching[place...].map(\.plan) + plain.map(\.plan)
                steps.append(ForwardStep(adapter: nil, layers: at..<branch, finish: .none, live: live))
                at = branch
            }
            steps.append(
                ForwardStep(
                    adapter: need.adapter, layers: branch..<need.layers, finish: need.finish, live: [need.plan]))
        }
        guard !plain.isEmpty else { return }
        let top = plain.map(\.layers).max() ?? 0
        // Where nothing is left but what an earlier stretch has shown, no pass is needed; the embedding is shown by the first.
        let finish = plain.map(\.finish).max() ?? .none
        if at == 0 || top > at || finish > .none {
            steps.append(
                ForwardStep(adapter: nil, layers: at..<max(at, top), finish: finish, live: plain.map(\.plan)))
        }
    }
}
