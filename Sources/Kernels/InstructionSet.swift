internal import CKernels

extension CPU {
    /// What the codecs' loops are written for; a later one includes those before it.
    public enum InstructionSet: Int, Sendable, Hashable, CaseIterable {
        /// Plain C: what every processor has.
        case portable = 0
        /// AVX2, BMI2 and F16C.
        case avx2 = 1
        /// AVX-512 with byte-wise compress and expand (VBMI2).
        case avx512 = 2
    }

    /// The best set of this processor.
    public static var bestInstructionSet: InstructionSet {
        InstructionSet(rawValue: Int(varve_best_isa())) ?? .portable
    }

    /// The set in use: the best one, or less where the environment's `VARVE_ISA` (`portable`, `avx2`) or a test says so.
    public static var instructionSet: InstructionSet { InstructionSet(rawValue: Int(varve_isa())) ?? .portable }

    /// Makes the codecs of the whole process use a set, at most the best one; nil goes back to the choice at the start. Results
    /// don't depend on it.
    public static func forceInstructionSet(_ set: InstructionSet?) { varve_force_isa(Int32(set?.rawValue ?? -1)) }
}
