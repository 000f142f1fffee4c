/// The seed of every draw that names none, as a session may set it: written into the text, so that the text alone repeats the draw.
public enum SeedDefault {
    /// The file with `seed=` added to each verb that draws and was given none.
    public static func adding(_ seed: Int, to file: QueryFile) -> QueryFile {
        var copy = file
        copy.statements = file.statements.map { statement in
            statement.rewritten({ _ in nil }) { name, arguments, inputs in
                guard let verb = VerbTable.verb(name.text),
                    let place = verb.parameters.firstIndex(where: { $0.name == "seed" })
                else { return arguments }
                let unnamed = arguments.count { $0.label == nil } - max(0, verb.inputs - inputs)
                guard unnamed <= place, !arguments.contains(where: { $0.label?.text == "seed" }) else {
                    return arguments
                }
                return arguments + [
                    Argument(label: Name("seed", span: name.span), Expr(Constant.int(seed)), span: name.span)
                ]
            }
        }
        return copy
    }
}
