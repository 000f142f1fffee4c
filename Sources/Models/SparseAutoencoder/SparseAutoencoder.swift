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

    /// Name of the folder: how queries tell autoencoders apart.
    public let name: String
    /// Where its input is read.
    public let source: Site
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

    /// [inputs, latents], row-major.
    let encoder: [Float]
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

    /// Loads `cfg.json` and `sae_weights.safetensors` of a SAELens folder.
    public init(folder: String) throws(FileError) {
        let path = folder + "/cfg.json"
        guard InputFile.exists(path) else {
            throw FileError(
                path: path, problem: "the autoencoder's configuration is missing",
                mend: "give the SAELens folder that holds cfg.json and sae_weights.safetensors")
        }
        let settings = try AutoencoderSettings(path: path)
        var reader = WeightReader(try Safetensors(folder: folder, name: "sae_weights"))
        let (inputs, latents) = (settings.inputSize, settings.latentCount)
        name = SparseAutoencoder.name(of: folder)
        source = settings.site
        inputSize = inputs
        latentCount = latents
        architecture = settings.architecture
        normalisation = settings.normalisation
        encoder = try reader.floats("W_enc", shape: [inputs, latents])
        let isGated = settings.architecture == .gated
        bias = try reader.floats(isGated ? "b_gate" : "b_enc", shape: [latents])
        inputBias = settings.subtractsDecoderBias ? try reader.floats("b_dec", shape: [inputs]) : []
        thresholds = settings.architecture == .jumpReLU ? try reader.floats("threshold", shape: [latents]) : []
        magnitudeScale =
            isGated ? try reader.floats("r_mag", shape: [latents]).map { SparseAutoencoder.exponential($0) } : []
        magnitudeBias = isGated ? try reader.floats("b_mag", shape: [latents]) : []
        if settings.rescalesByDecoderNorm {
            let decoder = try reader.floats("W_dec", shape: [latents, inputs])
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
        digest.update(reader.digest.text)
        self.digest = digest.text
    }

    private static func name(of folder: String) -> String {
        let pieces = folder.split(separator: "/").filter { $0 != "." }
        return pieces.last.map(String.init) ?? "sae"
    }
}
