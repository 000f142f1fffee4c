import FuzzModels
import FuzzProgram
import FuzzTargets

@_cdecl("LLVMFuzzerInitialize")
func initialize(_ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?) -> Int32 {
    FuzzProgram.begin(FuzzTarget.ofModels)
}
