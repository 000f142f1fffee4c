/// Colours for numbers: one hue after the other from dark to light, or two away from a middle.
public enum ColourScale: Sendable, Hashable {
    /// Viridis: even steps to the eye, also in grey and to eyes that see two of the three colours.
    case sequential
    /// Blue below, white at, red above zero.
    case diverging

    /// A colour of the screen, 0…255 each.
    public struct Colour: Sendable, Hashable {
        public var red: Int
        public var green: Int
        public var blue: Int

        init(_ code: Int) {
            red = code >> 16 & 0xFF
            green = code >> 8 & 0xFF
            blue = code & 0xFF
        }

        init(_ red: Double, _ green: Double, _ blue: Double) {
            self.red = Int(red.rounded())
            self.green = Int(green.rounded())
            self.blue = Int(blue.rounded())
        }

        /// `#1f9e89`.
        public var hex: String {
            "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        /// The nearest of the 216 colours and 24 greys that terminals with 256 colours have.
        public var index256: Int {
            func step(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
            let steps = [0, 95, 135, 175, 215, 255]
            let (r, g, b) = (step(red), step(green), step(blue))
            let grey = max(0, min(23, ((red + green + blue) / 3 - 3) / 10))
            let level = 8 + grey * 10
            func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
                (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
            }
            return distance(level, level, level) < distance(steps[r], steps[g], steps[b])
                ? 232 + grey : 16 + 36 * r + 6 * g + b
        }
    }

    /// The colour at a share of the way, 0…1.
    public func colour(at share: Double) -> Colour {
        let stops = self == .sequential ? ColourScale.viridis : ColourScale.blueRed
        let place = min(1, max(0, share.isFinite ? share : 0)) * Double(stops.count - 1)
        let index = min(stops.count - 2, Int(place))
        let (a, b, rest) = (Colour(stops[index]), Colour(stops[index + 1]), place - Double(index))
        func between(_ x: Int, _ y: Int) -> Double { Double(x) + rest * Double(y - x) }
        return Colour(between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue))
    }

    /// The scale that fits some numbers and the ends that it stands for: around zero where they have both signs.
    public static func fitting(_ values: [Double]) -> (scale: ColourScale, low: Double, high: Double)? {
        let finite = values.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return nil }
        guard low < 0, high > 0 else { return (.sequential, low, high) }
        let end = max(-low, high)
        return (.diverging, -end, end)
    }

    /// Ten points of matplotlib's viridis (CC0), which lies almost straight between them.
    private static let viridis = [
        0x440154, 0x482878, 0x3E4989, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6ECE58, 0xB5DE2B, 0xFDE725,
    ]
    private static let blueRed = [0x2166AC, 0x67A9CF, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xEF8A62, 0xB2182B]
}
