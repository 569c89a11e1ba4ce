/// vfpctrl.exe. Anywhere but on Windows every call fails with E_NOTIMPL.
package struct LiveVFP: VFPTransport {
    private let vfpctrl = LiveProgram(name: "vfpctrl.exe", timeout: .seconds(10), limit: 16 << 20)

    package init() {}

    package func ask(_ request: VFPRequest) throws(WindowsCallError) -> [UInt8] {
        try vfpctrl.run(request.arguments, as: request.commandLine)
    }
}
