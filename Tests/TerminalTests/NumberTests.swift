import Terminal
import Testing

@Suite struct NumberTests {
    @Test(arguments: [
        (0.0, "0"), (-0.0, "0"), (1.0, "1"), (0.12345, "0.123"), (0.9996, "1.00"), (12.345, "12.3"), (1234.5, "1235"),
        (99.96, "100"), (-0.0567, "-0.0567"), (0.00012345, "0.000123"), (0.0000123, "1.23e-05"),
        (1234567.8, "1.23e+06"),
        (-4.0, "-4"), (1e300, "1.00e+300"), (1e-300, "1.00e-300"), (.nan, "nan"), (.infinity, "inf"),
        (-.infinity, "-inf"),
    ])
    func threeSignificantDigits(value: Double, expected: String) {
        #expect(NumberFormat.short(value) == expected)
    }

    @Test(arguments: [
        (0.6213, 0.0312, "0.621 ± 0.031"), (0.5, 0.0, "0.500 ± 0.000"), (123.4, 5.67, "123 ± 6"),
        (0.0, 0.0, "0.00 ± 0.00"),
        (.nan, 0.1, "nan ± 0.100"), (1e-9, 2e-10, "1.00e-09 ± 2.00e-10"), (-0.001, 0.5, "-0.001 ± 0.500"),
    ])
    func meanAndSpreadShareTheirDecimals(mean: Double, spread: Double, expected: String) {
        #expect(NumberFormat.mean(mean, plusMinus: spread) == expected)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (.min, "-9,223,372,036,854,775,808"),
    ])
    func counts(value: Int, expected: String) {
        #expect(NumberFormat.count(value) == expected)
    }

    @Test(arguments: [
        (0.4949, 2, "0.49"), (-0.001, 2, "0.00"), (-1.5, 0, "-2"), (2.0, 3, "2.000"), (1e20, 2, "1e+20"),
        (0.07, 1, "0.1"),
    ])
    func fixedDecimals(value: Double, decimals: Int, expected: String) {
        #expect(NumberFormat.fixed(value, decimals: decimals) == expected)
    }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1536, "1.50 KiB"), (52_428_800, "50.0 MiB"), (3 << 30, "3.00 GiB"),
    ])
    func bytes(value: Int, expected: String) {
        #expect(NumberFormat.bytes(value) == expected)
    }

    @Test(arguments: [
        (0.0034, "3 ms"), (1.24, "1.2 s"), (42.4, "42 s"), (59.97, "1 min 00 s"), (125, "2 min 05 s"),
        (3720, "1 h 02 min"),
        (.infinity, "?"), (-1, "?"), (.nan, "?"),
    ])
    func durations(value: Double, expected: String) {
        #expect(NumberFormat.duration(value) == expected)
    }

    @Test func progressWaitsAndThenTellsRateAndTime() {
        var line = ProgressLine("capture", total: 1000, unit: .count("tokens"))
        #expect(line.update(done: 10, elapsed: 0.2, width: 80) == nil)
        #expect(!line.isShown)
        #expect(
            line.update(done: 500, elapsed: 2, width: 60)
                == "capture [██████████··········]  50%  250 tokens/s  ETA 2.0 s")
        #expect(line.update(done: 510, elapsed: 2.05, width: 60) == nil)
        #expect(line.isShown)
        #expect(line.update(done: 0, elapsed: 3, width: 20) == "capture   0%  0 tok…")
        let open = ProgressLine("read", total: nil, unit: .bytes)
        #expect(open.text(done: 3 << 20, elapsed: 2, width: 80) == "read  3,145,728  1.50 MiB/s")
    }
}
