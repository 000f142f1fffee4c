import QueryEngine
import QueryLanguage
import Store
import Tensor
import TestSupport
import Testing

/// Columns with a number per token, and captures that keep only some tokens of each prompt.
@Suite struct TokenColumnTests {
    /// Prompts p0 … p3 of 3, 4, 5 and 6 tokens; the assistant has said those from position 2 on, but for a last `template` one in
    /// p3. `entropy` is prompt + position / 8, `argmax_token` the position, `resid_post.0` [position, prompt].
    private static let lengths = [3, 4, 5, 6]
    private static func role(_ prompt: Int, _ position: Int) -> TokenRole {
        position < 2 ? .user : prompt == 3 && position == 5 ? .template : .assistant
    }

    private static func write(_ kept: KeptTokens, as model: String, to writer: StoreWriter) throws {
        let positions = lengths.indices.map { prompt in
            kept.positions(roles: (0..<lengths[prompt]).map { role(prompt, $0) })
                ?? (0..<UInt32(lengths[prompt])).map { $0 }
        }
        let capture = SyntheticCapture(
            model: model, dataset: "talk",
            prompts: positions.enumerated().map {
                PromptRecord(key: "p\($0)", source: "\($0)", metadata: [("n", .int($0))], tokenCount: $1.count)
            }, layers: 1, hiddenSize: 2
        ) { column, prompt, row, place in
            let position = Int(positions[prompt][row])
            switch column {
            case .tokenID: return Double(position)
            case .prompt: return Double(prompt)
            case .position, .keptPosition, .perToken("argmax_token"): return Double(position)
            case .role: return Double(role(prompt, position).rawValue)
            case .perToken: return Double(prompt) + Double(position) / 8
            default: return Double(place == 0 ? position : prompt)
            }
        }
        var spec = capture.spec
        if kept != .all { spec.columns[2] = ColumnSpec(id: .keptPosition(kept), elementType: .uint32, width: 1) }
        spec.columns.append(ColumnSpec(id: .perToken("entropy"), elementType: .float32, width: 1))
        spec.columns.append(ColumnSpec(id: .perToken("argmax_token"), elementType: .uint32, width: 1))
        if model == "whole" { spec.columns.append(ColumnSpec(id: .perToken("kl"), elementType: .float32, width: 1)) }
        let rows = try writer.beginCapture(spec, prompts: capture.prompts, chunkBytes: 100)
        for chunk in rows.plannedChunks { try rows.commit(capture.builder(for: chunk, rows, spec)) }
    }

    private func withSession<T>(_ body: (QuerySession) throws -> T) throws -> T {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/store"
        let writer = try StoreWriter(path: path)
        for (model, kept) in [
            ("whole", KeptTokens.all), ("last", .last(1)), ("tail", .last(4)), ("answers", .assistant),
        ] {
            try Self.write(kept, as: model, to: writer)
        }
        return try body(QuerySession(store: path, options: QuerySession.Options(threads: 2, exportRoot: folder.path)))
    }

    /// The last line of each answer but the notes.
    private func check(_ cases: [(String, String)]) throws {
        try withSession { session in
            for (query, expected) in cases {
                let reply = session.reply(query)
                #expect(reply.contains(expected), "\(query)\n\(reply)")
            }
        }
    }

    @Test func columnsAreArraysOverTokens() throws {
        try check([
            (#"capture("whole", "talk").entropy"#, "float[prompt 4, token ≤6]"),
            (#"capture("whole", "talk").site("entropy") | mean"#, "\n2.01389"),
            (#"capture("whole", "talk").argmax_token[token=-1] | mean"#, "\n3.5"),
            (#"capture("*", "talk").entropy | max | sort"#, "float[model 4]"),
            (#"pair(capture("whole", "talk"), capture("tail", "talk"), missing="drop").entropy | diff | mean"#, "\n0"),
            (#"capture("*", "talk").kl"#, "`kl` is not stored for last/talk"),
            (#"capture("*", "talk").kl"#, "it is stored for whole/talk"),
            (#"capture("whole", "talk").entropi"#, "did you mean `entropy`?"),
            (#"captures | select(model, sites)"#, "whole | argmax_token entropy kl resid_post"),
        ])
    }

    @Test func conditionsMayNameThem() throws {
        try check([
            (
                #"capture("whole", "talk").argmax_token | where(entropy > 2 and role == "assistant") | mean"#,
                "\n3"
            ),
            (#"capture("whole", "talk").entropy | where(argmax_token in [4, 5]) | mean"#, "\n3.20833"),
            (#"capture("whole", "talk").resid_post | where(entropy >= 3.5) | norm | count"#, "0 | 2"),
            (#"capture("whole", "talk").entropy | where(entropy == "x")"#, "`entropy` holds numbers"),
            (#"capture(["whole", "last"], "talk").entropy | where(kl > 1)"#, "there is no column `kl`"),
            (#"capture("whole", "talk").entropy | where(n == 1 and entropy < 1.2) | count"#, "\n2"),
        ])
    }

    @Test func positionsStayThoseOfThePrompt() throws {
        try check([
            (#"capture("last", "talk") | tokens"#, "p3 | 5 | 5 | template"),
            (#"capture("last", "talk").entropy | explain"#, "positions of the kept tokens"),
            (#"capture("answers", "talk") | where(position == 3) | tokens | select(prompt)"#, "prompt\np1\np2\np3"),
            (#"capture("last", "talk").argmax_token[token=-1] | mean"#, "\n3.5"),
            (#"capture("tail", "talk").argmax_token[token=2] | mean"#, "\n2"),
            (#"capture("answers", "talk").argmax_token[token="first_generated"] | mean"#, "\n2"),
            (#"capture("answers", "talk").argmax_token[token=-1] | mean"#, "\n3.25"),
            (#"capture("tail", "talk").argmax_token | where(n < 2) | mean"#, "\n1.28571"),
            (
                #"pair(capture("whole", "talk"), capture("last", "talk"), tokens="suffix", missing="drop").argmax_token | diff | mean"#,
                "token ids match in 4 of 18 rows"
            ),
        ])
    }

    /// A prompt that lacks the token asked for is not left out silently.
    @Test func tokensThatAreNotKeptAreRefused() throws {
        let refused = [
            (#"capture("last", "talk").entropy[token="last_prompt"]"#, "`last_prompt` of prompt \"p0\" is not known"),
            (#"capture("last", "talk").entropy[token="first_generated"]"#, "keeps the last token of each prompt"),
            (#"capture("tail", "talk").entropy[token="first_generated"]"#, "of prompt \"p2\" is not known"),
            (#"capture("tail", "talk").entropy[token=0]"#, "token 0 of prompt \"p2\""),
            (#"capture("answers", "talk").entropy[token="last_prompt"]"#, "keeps the assistant's tokens"),
            (#"capture("answers", "talk").entropy[token=5]"#, "token 5 of prompt \"p0\""),
        ]
        try check(refused.map { ($0.0, "failure[token-not-kept]") } + refused)
        try check([
            (#"capture("tail", "talk").entropy | where(n < 2) | count"#, "\n7"),
            (#"capture("tail", "talk").argmax_token[token=4] | mean"#, "\n4"),
        ])
    }
}
