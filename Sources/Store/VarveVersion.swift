/// The version of this program, as results and `--version` name it.
public enum VarveVersion {
    public static let text = "0.1.0"
}
