import CWindowsNet

/// Runs a program of System32 with an argument vector, never through a shell, and reads what it says.
struct LiveProgram {
    /// A file in System32.
    let name: String
    let timeout: Duration
    /// The most bytes of output that are taken.
    let limit: Int

    func run(_ arguments: [String], as call: String) throws(WindowsCallError) -> [UInt8] {
        var status: UInt32 = 0
        let output: [UInt8]
        do {
            output = try LiveCall.bytes(call) { bytes in
                fovea_run(
                    LiveCall.strings([name]), LiveCall.strings(arguments), arguments.count,
                    UInt32(clamping: timeout.components.seconds * 1000), limit, bytes, &status)
            }
        } catch {
            throw WindowsCallError(call, named(error.cause))
        }
        if status != 0 {
            throw WindowsCallError(call, .exit(status, said: Self.firstLine(output)))
        }
        return output
    }

    private func named(_ cause: WindowsCallError.Cause) -> WindowsCallError.Cause {
        switch cause {
        case .result(.timeout): .timeout(seconds: Int(timeout.components.seconds))
        case .result(.moreData): .tooLong(limit: limit)
        default: cause
        }
    }

    /// What is not empty, as far as a log needs it.
    private static func firstLine(_ output: [UInt8]) -> String {
        let lines = output.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let line = lines.first { $0.contains { $0 > 0x20 } } ?? []
        return String(decoding: line.prefix(200), as: UTF8.self)
    }
}
