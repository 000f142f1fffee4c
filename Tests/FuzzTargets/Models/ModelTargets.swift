public import FuzzTargets

extension FuzzTarget {
    public static let tokenizer = FuzzTarget(
        "tokenizer", TokenizerInputs.tokenizer, seeds: TokenizerInputs.tokenizerSeeds)
    public static let chatTemplate = FuzzTarget(
        "chat-template", TokenizerInputs.chatTemplate, seeds: TokenizerInputs.chatTemplateSeeds)
    public static let modelConfig = FuzzTarget("model-config", ModelInputs.config, seeds: ModelInputs.configSeeds)
    public static let modelWeights = FuzzTarget("model-weights", ModelInputs.weights, seeds: ModelInputs.weightSeeds)
    public static let adapterConfig = FuzzTarget(
        "adapter-config", LatentInputs.adapterConfig, seeds: LatentInputs.adapterSeeds)
    public static let autoencoderConfig = FuzzTarget(
        "autoencoder-config", LatentInputs.autoencoderConfig, seeds: LatentInputs.autoencoderSeeds)
    public static let gemmaScope = FuzzTarget(
        "gemma-scope", LatentInputs.gemmaScope, seeds: LatentInputs.gemmaScopeSeeds)

    /// Parsers of what a model, adapter or autoencoder folder holds.
    public static let ofModels = [
        tokenizer, chatTemplate, modelConfig, modelWeights, adapterConfig, autoencoderConfig, gemmaScope,
    ]
}
