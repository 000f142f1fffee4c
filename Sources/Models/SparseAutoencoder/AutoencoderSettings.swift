internal import Tensor
internal import TensorFiles

/// How an autoencoder encodes, whatever format says it.
struct AutoencoderSettings {
    var architecture: SparseAutoencoder.Architecture
    var inputSize: Int
    var latentCount: Int
    /// Where the input is read.
    var site: Site
    /// Whether a Hugging Face module's output is meant.
    var readsModule = false
    /// How queries tell autoencoders of a layer apart.
    var name: String
    var normalisation = SparseAutoencoder.Normalisation.none
    var subtractsDecoderBias = true
    var rescalesByDecoderNorm = false
    var tensors = Tensors()

    /// What the arrays are called, and which way the encoder lies.
    struct Tensors {
        var encoder = "W_enc"
        /// [latents, inputs] instead of [inputs, latents].
        var encoderIsTransposed = false
        var bias = "b_enc"
        var decoder = "W_dec"
        var inputBias = "b_dec"
    }

    /// Names and shapes of all arrays that the architecture has.
    var shapes: [(name: String, shape: [Int])] {
        let (inputs, latents) = (inputSize, latentCount)
        var all = [
            (tensors.encoder, tensors.encoderIsTransposed ? [latents, inputs] : [inputs, latents]),
            (tensors.decoder, [latents, inputs]), (tensors.inputBias, [inputs]),
        ]
        switch architecture {
        case .standard, .topK: all.append((tensors.bias, [latents]))
        case .jumpReLU: all += [(tensors.bias, [latents]), ("threshold", [latents])]
        case .gated: all += [("b_gate", [latents]), ("b_mag", [latents]), ("r_mag", [latents])]
        }
        return all
    }

    /// Sizes that any format may state.
    static let inputSizes = 1...(1 << 24)
    static let latentCounts = 1...(1 << 26)
}
