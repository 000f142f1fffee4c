import Glibc

/// What `models/products.c`, preloaded, has measured; nil where it is not there.
enum ProductClock {
    private static let read: (@convention(c) () -> Double)? = {
        guard let symbol = dlsym(nil, "varve_product_seconds") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) () -> Double).self)
    }()

    /// Time spent inside matrix products so far, summed over threads.
    static var seconds: Double? { read?() }
}
