import ChunkFormat
import FuzzTargets
import Store

/// The small texts of a store.
enum StoreInputs {
    static func descriptor(_ bytes: [UInt8]) throws {
        // With a check that is right, so that what lies behind it is reached; and as it is.
        _ = try? StoreDescriptor(sealed(bytes), path: "STORE.json", store: "store")
        _ = try StoreDescriptor(bytes, path: "STORE.json", store: "store")
    }

    static func flatJSON(_ bytes: [UInt8]) throws {
        guard let text = String(validating: bytes, as: UTF8.self), let fields = FlatJSON.parse(text) else {
            throw InputError.notWhatIsExpected
        }
        precondition(FlatJSON.parse(FlatJSON.render(fields)) != nil, "what is written can't be read back")
    }

    /// The same text with the check that belongs to it.
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array(#""check":""#.utf8)
        guard bytes.count > mark.count,
            let start = (0...(bytes.count - mark.count)).first(where: { bytes[$0...].starts(with: mark) })
        else { return bytes }
        let head = bytes[..<(start + mark.count)]
        let tail = bytes[(start + mark.count)...].drop { $0 != UInt8(ascii: "\"") }
        return head + Array(Checksum.text(Checksum.of(Array(head + tail))).utf8) + tail
    }

    static var descriptorSeeds: [[UInt8]] { [StoreDescriptor(uuid: "00000000-0000-0000-0000-000000000000").encoded] }

    static var flatJSONSeeds: [[UInt8]] {
        [#"{"group":"aligned","n":3,"score":0.5,"ok":true,"é\u0001\n":"\""}"#, "{}", #"{"a":-1e308}"#].map {
            Array($0.utf8)
        }
    }
}
