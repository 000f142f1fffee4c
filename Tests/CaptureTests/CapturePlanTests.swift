import Capture
import Models
import Store
import Tensor
import Testing

@Suite struct CapturePlanTests {
    private func refusal(
        _ prompts: [TokenizedPrompt]? = nil, _ change: (inout CaptureRequest) throws -> Void = { _ in }
    ) throws -> String {
        let model = try CaptureFixture.model()
        var request = try CaptureFixture.request()
        try change(&request)
        let error = #expect(throws: CaptureError.self) {
            try CapturePlan(request, model: model, prompts: prompts ?? CaptureFixture.prompts(2))
        }
        return error.map { "\($0)" } ?? ""
    }

    @Test func requestsThatContradictTheModel() throws {
        let topK = try SparseAutoencoder(folder: CaptureFixture.path("sae-topk"))
        #expect(try refusal { $0.sites = [Site(.lora)] }.contains("--adapter"))
        #expect(try refusal { $0.sites = [Site(.sae)] }.contains("--sae"))
        #expect(try refusal { $0.sites = [Site(.pattern)] }.contains("pattern cannot be captured"))
        #expect(try refusal { $0.sites = [Site(.residPost, layer: 3)] }.contains("layers 0 to 2"))
        #expect(try refusal { $0.layers = [0, 3] }.contains("layer 3 is not among the model's, which are 0 to 2"))
        #expect(try refusal { $0.layers = [] }.contains("no layer"))
        #expect(try refusal { $0.topK = 0 }.contains("top-k"))
        #expect(try refusal { $0.batchTokens = 0 }.contains("batch"))
        #expect(try refusal { $0.elementType = .uint8 }.contains("u8"))
        #expect(
            try refusal {
                $0.autoencoders = [topK]
                $0.sites = [Site(.sae, layer: 2)]
            }.contains("sae.1.sae-topk"))
        let config = try CaptureFixture.model().config
        let adapter = try LoRAAdapter(folder: CaptureFixture.path("rank1"), for: config)
        #expect(
            try refusal {
                $0.adapter = adapter
                $0.layers = [0]
                $0.sites = [Site(.lora)]
            }.contains("it changes layers 1, 2"))
    }

    @Test func promptsThatCannotBeRun() throws {
        var prompts = CaptureFixture.prompts(3)
        #expect(try refusal([]).contains("no prompt"))
        prompts[2].key = "p0"
        #expect(try refusal(prompts).contains("two prompts have the id \"p0\""))
        prompts = CaptureFixture.prompts(3)
        prompts[1].ids = []
        prompts[1].roles = []
        #expect(try refusal(prompts).contains("prompt \"p1\" has no token"))
        prompts = CaptureFixture.prompts(3)
        prompts[1].ids[0] = 300
        #expect(try refusal(prompts).contains("has token 300, the model knows 300"))
    }

    @Test func defaultsFollowWhatIsGiven() throws {
        let model = try CaptureFixture.model()
        var request = try CaptureFixture.request()
        func names() throws -> [String] {
            let plan = try CapturePlan(request, model: model, prompts: CaptureFixture.prompts(1))
            return plan.spec.columns.map(\.id.canonicalName)
        }
        let always = ["token_id", "prompt", "position", "role"]
        let residuals = ["resid_post.0", "resid_post.1", "resid_post.2"]
        #expect(try names() == always + residuals)
        request.adapter = try LoRAAdapter(folder: CaptureFixture.path("rank1"), for: model.config)
        request.autoencoders = [try SparseAutoencoder(folder: CaptureFixture.path("sae-standard"))]
        let scalars = ["lora.1.mlp.down_proj", "lora.2.mlp.down_proj"]
        let latents = ["sae.1.sae-standard.index", "sae.1.sae-standard.value"]
        #expect(try names() == always + residuals + scalars + latents)
        request.sites = [Site(.sae), Site(.residPost, layer: 2), Site(.residPost, layer: 2), Site(.lora, layer: 1)]
        #expect(try names() == always + latents + ["resid_post.2", "lora.1.mlp.down_proj"])
    }

    @Test(arguments: [
        ("resid_post,lora", [Site(.residPost), Site(.lora)]),
        (" blocks.1.hook_resid_post , sae", [Site(.residPost, layer: 1), Site(.sae)]),
        ("hidden_states[2]", [Site(.residPost, layer: 1)]), ("hidden_states[3]", [Site(.lnFinal)]),
        ("transformer.h.1.mlp.c_proj,logits", [Site(.mlpOut, layer: 1), Site(.logits)]),
    ])
    func siteLists(text: String, sites: [Site]) throws {
        #expect(try CaptureRequest.sites(text, of: CaptureFixture.model().config) == sites)
    }

    @Test(arguments: [
        ("resid_post,,lora", "unknown site \"\""), ("resid", "unknown site \"resid\""),
        (
            "hidden_states[4]",
            "hidden_states[4] is out of range: of 3 layers there are hidden_states[0] to hidden_states[3]"
        ),
    ])
    func siteListsThatFail(text: String, says: String) {
        let error = #expect(throws: CaptureError.self) {
            try CaptureRequest.sites(text, of: CaptureFixture.model().config)
        }
        #expect(error.map { "\($0)".contains(says) } == true)
    }

    @Test func names() throws {
        let name = try CaptureName("poser/faker-0/scenarios")
        #expect(name.model == "poser/faker-0" && name.dataset == "scenarios")
        for text in ["", "base", "/x", "x/", "a//b", "a/b\u{7}"] {
            #expect(throws: CaptureError.self) { try CaptureName(text) }
        }
    }
}
