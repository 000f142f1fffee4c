/// Functions, methods, filters and tests: those that chat templates use. Others are refused by name.
extension JinjaInterpreter {
    mutating func call(
        _ callee: JinjaValue, _ arguments: [JinjaValue], _ named: [String: JinjaValue]
    ) throws(JinjaError) -> JinjaValue {
        switch callee {
        case .function("raise_exception"):
            let message = arguments.isEmpty ? "" : try text(arguments[0]).string
            throw failure("the template refuses these messages: \(message)")
        case .function("namespace"):
            let space = JinjaValue.Namespace()
            for (name, value) in named { space.members[name] = try stored(value) }
            return .namespace(space)
        case .function("dict"):
            guard named.count <= JinjaInterpreter.maximumMembers else {
                throw failure("a mapping has more than \(JinjaInterpreter.maximumMembers) members")
            }
            return try stored(.dict(named.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        case .function("range"):
            let bounds = arguments.compactMap(\.integer)
            guard bounds.count == arguments.count, (1...3).contains(bounds.count), bounds.count < 3 || bounds[2] != 0
            else {
                throw failure("range needs one to three whole numbers")
            }
            let start = bounds.count == 1 ? 0 : bounds[0]
            var values: [JinjaValue] = []
            for value in stride(
                from: start, to: bounds.count == 1 ? bounds[0] : bounds[1], by: bounds.count == 3 ? bounds[2] : 1)
            {
                try spend(64)
                values.append(.int(value))
            }
            return .list(values)
        case .method(.text(let base), let name): return try method(base, name, arguments)
        case .method(.dict(let members), let name):
            switch name {
            case "items": return .list(members.map { .list([.text($0.key), $0.value]) })
            case "keys": return .list(members.map { .text($0.key) })
            case "values": return .list(members.map(\.value))
            default:
                guard let key = arguments.first else { throw failure("get needs a key") }
                let wanted = try text(key).string
                return members.first { $0.key == wanted }?.value ?? (arguments.count > 1 ? arguments[1] : .none)
            }
        case .undefined("strftime_now"):
            throw failure(
                "the template asks for today's date (strftime_now), and then no two days give the same prompts",
                mend: "write a date into the template in its place")
        case .undefined(let name): throw failure("the function '\(name)' is not known")
        default: throw failure("\(callee.kindName) cannot be called")
        }
    }

    private mutating func method(
        _ base: TaggedText, _ name: String, _ arguments: [JinjaValue]
    ) throws(JinjaError) -> JinjaValue {
        try spend(base.bytes.count)
        var texts: [TaggedText] = []
        for case .text(let text) in arguments { texts.append(text) }
        switch name {
        case "strip", "lstrip", "rstrip":
            try spend(base.bytes.count * (texts.first?.bytes.count ?? 0))
            return .text(base.stripped(left: name != "rstrip", right: name != "lstrip", of: texts.first?.string))
        case "upper", "lower", "capitalize", "title": return try filter(.text(base), name, [], [:])
        case "startswith", "endswith":
            guard let part = texts.first else { throw failure("\(name) needs a string") }
            return .bool(
                name == "startswith"
                    ? base.bytes.starts(with: part.bytes) : base.bytes.reversed().starts(with: part.bytes.reversed()))
        case "split":
            let limit = arguments.count > 1 ? arguments[1].integer ?? -1 : -1
            if let separator = texts.first {
                try spendOnSearch(base, for: separator)
                guard !separator.bytes.isEmpty else { throw failure("split needs a separator that is not empty") }
                return .list(base.split(by: separator.bytes, atMost: limit < 0 ? Int.max : limit).map { .text($0) })
            }
            guard limit < 0 else { throw failure("split without a separator, but with a limit, is not supported") }
            return .list(base.words.map { .text($0) })
        case "replace":
            guard texts.count == 2 else { throw failure("replace needs two strings") }
            return try filter(.text(base), name, arguments, [:])
        case "join": return try filter(arguments.first ?? .list([]), "join", [.text(base)], [:])
        default: throw failure("the method '\(name)' of a string is not supported")
        }
    }

    mutating func filter(
        _ value: JinjaValue, _ name: String, _ arguments: [JinjaValue], _ named: [String: JinjaValue]
    ) throws(JinjaError) -> JinjaValue {
        switch name {
        case "trim", "strip":
            let set = arguments.isEmpty ? nil : try text(arguments[0]).string
            try spend(text(value).bytes.count * (1 + (set?.utf8.count ?? 0)))
            return .text(try text(value).stripped(left: true, right: true, of: set))
        case "length", "count":
            if case .text(let text) = value {
                try spend(text.bytes.count / 4)
                return .int(text.scalarStarts.count - 1)
            }
            return .int(try elements(of: value).count)
        case "tojson":
            guard arguments.isEmpty, named.keys.allSatisfy({ $0 == "ensure_ascii" }), let json = value.json else {
                throw failure("tojson of \(value.kindName), or with options, is not supported")
            }
            try spend(json.utf8.count)
            if case .text(let text) = value { return .text(TaggedText(json, tag: text.commonTag)) }
            return .text(json)
        case "title":
            var startsWord = true
            return .text(
                try spent(on: value).mapped { scalar in
                    defer { startsWord = " \t\n\r\u{B}\u{C}-([{<".unicodeScalars.contains(scalar) }
                    return startsWord ? scalar.properties.uppercaseMapping : scalar.properties.lowercaseMapping
                })
        case "upper": return .text(try spent(on: value).mapped { $0.properties.uppercaseMapping })
        case "lower": return .text(try spent(on: value).mapped { $0.properties.lowercaseMapping })
        case "capitalize":
            var isFirst = true
            return .text(
                try spent(on: value).mapped { scalar in
                    defer { isFirst = false }
                    return isFirst ? scalar.properties.titlecaseMapping : scalar.properties.lowercaseMapping
                })
        case "string", "safe": return .text(try text(value))
        case "list": return .list(try elements(of: value))
        case "first", "last":
            let values = try elements(of: value)
            return (name == "first" ? values.first : values.last) ?? .undefined("the \(name) of nothing")
        case "reverse": return .list(try elements(of: value).reversed())
        case "items":
            guard case .dict(let members) = value else { throw failure("items needs a mapping") }
            return .list(members.map { .list([.text($0.key), $0.value]) })
        case "default", "d":
            let replacement = arguments.first ?? .text("")
            let counts = arguments.count > 1 && arguments[1].isTrue || named["boolean"]?.isTrue == true
            if case .undefined = value { return replacement }
            return counts && !value.isTrue ? replacement : value
        case "int":
            if let number = value.integer { return .int(number) }
            if case .text(let text) = value { return .int(Int(text.string) ?? 0) }
            throw failure("int of \(value.kindName) is not supported")
        case "join":
            let separator = try text(arguments.first ?? .text(""))
            var result = TaggedText()
            for (index, part) in try elements(of: value).enumerated() {
                if index > 0 { try append(separator, to: &result) }
                try append(text(part), to: &result)
            }
            return .text(result)
        case "replace":
            guard arguments.count == 2 else { throw failure("replace needs two strings") }
            let old = try text(arguments[0])
            let new = try text(arguments[1])
            guard !old.bytes.isEmpty else { throw failure("replace needs a string that is not empty") }
            let whole = try text(value)
            try spendOnSearch(whole, for: old)
            return try filter(.list(whole.split(by: old.bytes).map { .text($0) }), "join", [.text(new)], [:])
        case "selectattr", "rejectattr":
            guard let attribute = arguments.first else { throw failure("\(name) needs an attribute") }
            let key = try text(attribute).string
            var kept: [JinjaValue] = []
            for element in try elements(of: value) {
                try spend(32)
                let found = try member(element, key)
                var passes = found.isTrue
                if arguments.count > 1 {
                    passes = try test(found, text(arguments[1]).string, arguments.count > 2 ? arguments[2] : nil)
                }
                if passes == (name == "selectattr") { kept.append(element) }
            }
            return .list(kept)
        case "map":
            guard let attribute = named["attribute"] else { throw failure("map without attribute= is not supported") }
            let key = try text(attribute).string
            var values: [JinjaValue] = []
            for element in try elements(of: value) { values.append(try member(element, key)) }
            return .list(values)
        default: throw failure("the filter '\(name)' is not supported")
        }
    }

    /// A text that every letter of is looked at.
    private mutating func spent(on value: JinjaValue) throws(JinjaError) -> TaggedText {
        let result = try text(value)
        try spend(16 * result.bytes.count)
        return result
    }

    mutating func test(_ value: JinjaValue, _ name: String, _ argument: JinjaValue?) throws(JinjaError) -> Bool {
        switch (name, value) {
        case ("defined", .undefined): return false
        case ("defined", _): return true
        case ("undefined", .undefined): return true
        case ("undefined", _): return false
        case ("none", .none): return true
        case ("none", _): return false
        case ("string", .text), ("mapping", .dict), ("boolean", .bool), ("integer", .int), ("number", .int),
            ("number", .double), ("iterable", .text), ("iterable", .list), ("iterable", .dict), ("sequence", .text),
            ("sequence", .list), ("sequence", .dict), ("float", .double):
            return true
        case ("string", _), ("mapping", _), ("boolean", _), ("integer", _), ("number", _), ("iterable", _),
            ("sequence", _),
            ("float", _):
            return false
        case ("true", .bool(let flag)): return flag
        case ("false", .bool(let flag)): return !flag
        case ("true", _), ("false", _): return false
        case ("odd", .int(let number)): return number % 2 != 0
        case ("even", .int(let number)): return number % 2 == 0
        default: break
        }
        guard let argument else { throw failure("the test '\(name)' is not supported") }
        switch name {
        case "equalto", "eq", "sameas": return try same(value, argument)
        case "ne": return !(try same(value, argument))
        case "in": return try compare(value, "in", argument)
        default: throw failure("the test '\(name)' is not supported")
        }
    }
}
