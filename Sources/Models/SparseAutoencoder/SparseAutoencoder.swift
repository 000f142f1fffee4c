internal import Kernels
public import Tensor
public import TensorFiles

/// A sparse autoencoder's encoder: activations of one site in, latents out.
public struct SparseAutoencoder: Sendable {
    /// How pre-activations become latents.
    public enum Architecture: Sendable, Hashable {
        /// ReLU.
        case standard
        /// The k largest, then ReLU.
        case topK(Int)
        /// The pre-activation where it is above the latent's threshold and positive.
        case jumpReLU
        /// A gate's sign decides, a magnitude path gives the value.
        case gated

        var isTopK: Bool { if case .topK = self { true } else { false } }
    }

    /// What is done to an activation x of size d before encoding.
    public enum Normalisation: String, Sendable, Hashable {
        case none
        /// x·√d / ‖x‖.
        case constantNorm = "constant_norm_rescale"
        /// (x − mean) / (sd + 1e-5), sd with d − 1.
        case layerNorm = "layer_norm"
    }

    /// How queries tell autoencoders apart: the name that it was given, else the folder's, for Gemma Scope what follows the layer, for sparsify the series.
    public let name: String
    /// Where its input is read.
    public let source: Site
    /// Whether it was trained on the output of a Hugging Face module (`layers.3.mlp`): where a model normalises that before it is
    /// added to the residual stream, no site holds it.
    public let readsModuleOutput: Bool
    /// d_in.
    public let inputSize: Int
    /// d_sae.
    public let latentCount: Int
    /// How latents are made active.
    public let architecture: Architecture
    /// Done to the input first.
    public let normalisation: Normalisation
    /// Fingerprint of the settings that matter and of the encoder's weights.
    public let digest: String

    /// [inputs, latents], or [latents, inputs] where it lies transposed; row-major.
    let encoder: [Float]
    let encoderIsTransposed: Bool
    /// Pre-activation bias; of the gate for gated autoencoders.
    let bias: [Float]
    /// Subtracted from the normalised input; empty where nothing is.
    let inputBias: [Float]
    /// ‖row of the decoder‖ by latent, where latents are rescaled by it; else empty.
    let decoderNorms: [Float]
    /// JumpReLU.
    let thresholds: [Float]
    /// Gated: e^r and the bias of the magnitude path.
    let magnitudeScale: [Float]
    let magnitudeBias: [Float]

    /// The site of its latents: `sae`, the layer it reads, its name.
    public var site: Site { Site(.sae, layer: source.layer, part: name) }

    /// Latents that a row can have at most: its own k, or all.
    public var activeLimit: Int { if case .topK(let k) = architecture { k } else { latentCount } }

    /// Places a row takes in a store: `topK`, but no more than there are latents; where it is nil, room for every active one.
    public func width(topK: Int?) -> Int { topK.map { min($0, latentCount) } ?? activeLimit }

    /// Loads an autoencoder as the command line names it: `DIR`, `DIR@SITE` or `NAME=DIR@SITE`.
    public init(folder text: String) throws(FileError) { try self.init(AutoencoderReference(text)) }

    /// Loads a folder of SAELens, sparsify or Gemma Scope, checking the shape of every array.
    public init(_ reference: AutoencoderReference) throws(FileError) {
        var (settings, weights) = try AutoencoderFolder(reference.folder).open(reference)
        try weights.check(settings.shapes)
        let (inputs, latents) = (settings.inputSize, settings.latentCount)
        let tensors = settings.tensors
        name = reference.name ?? settings.name
        source = settings.site
        readsModuleOutput = settings.readsModule
        inputSize = inputs
        latentCount = latents
        architecture = settings.architecture
        normalisation = settings.normalisation
        encoderIsTransposed = tensors.encoderIsTransposed
        encoder = try weights.floats(
            tensors.encoder, shape: encoderIsTransposed ? [latents, inputs] : [inputs, latents])
        let isGated = settings.architecture == .gated
        bias = try weights.floats(isGated ? "b_gate" : tensors.bias, shape: [latents])
        inputBias = settings.subtractsDecoderBias ? try weights.floats(tensors.inputBias, shape: [inputs]) : []
        // A latent that never fires may have an infinite threshold.
        thresholds =
            settings.architecture == .jumpReLU
            ? try weights.floats("threshold", shape: [latents], infinities: true) : []
        magnitudeScale =
            isGated ? try weights.floats("r_mag", shape: [latents]).map { SparseAutoencoder.exponential($0) } : []
        magnitudeBias = isGated ? try weights.floats("b_mag", shape: [latents]) : []
        if settings.rescalesByDecoderNorm {
            let decoder = try weights.floats(tensors.decoder, shape: [latents, inputs])
            let rows = decoder.span
            decoderNorms = (0..<latents).map { latent in
                Float(Dot.squaredNorm(rows.extracting(latent * inputs..<(latent + 1) * inputs)).squareRoot())
            }
        } else {
            decoderNorms = []
        }
        var digest = ContentDigest()
        digest.update("\(settings.architecture) \(settings.normalisation) \(settings.site.canonicalName)")
        digest.update("\(settings.subtractsDecoderBias) \(settings.rescalesByDecoderNorm)")
        digest.update(weights.digest.text)
        self.digest = digest.text
    }
}
