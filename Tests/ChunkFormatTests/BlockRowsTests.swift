import ChunkFormat
import Tensor
import Testing

@Suite struct BlockRowsTests {
    @Test(arguments: [(1, 16384), (4, 4096), (128, 128), (8192, 128), (10240, 64), (1 << 20, 4), (16 << 20, 1)])
    func narrowColumnsGetLongBlocks(rowBytes: Int, rows: Int) {
        let type: ElementType = rowBytes < 4 ? .uint8 : .float32
        #expect(
            ColumnSpec(id: .tokenID, elementType: type, width: max(1, rowBytes / type.byteCount)).blockRows == rows)
    }
}
