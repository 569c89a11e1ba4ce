import Foundation
import PackagePlugin

/// Compiles every `bpf/*.bpf.c` with the toolchain's own clang into a Swift source that carries the object.
@main
struct CompileBPF: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "bpf")
        let files = try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil)
        let headers = try FileManager.default.contentsOfDirectory(
            at: folder.appending(path: "include"), includingPropertiesForKeys: nil)
        let script = folder.appending(path: "embed.sh")
        let clang = try context.tool(named: "clang").url
        return
            files
            .filter { $0.lastPathComponent.hasSuffix(".bpf.c") }
            .sorted { $0.path < $1.path }
            .map { source in
                let name = source.lastPathComponent.split(separator: ".")[0]
                let output = context.pluginWorkDirectoryURL.appending(path: "\(name)Object.swift")
                return .buildCommand(
                    displayName: "Compiling \(source.lastPathComponent)",
                    executable: URL(filePath: "/bin/sh"),
                    arguments: [script.path, clang.path, source.path, output.path],
                    inputFiles: [source, script] + headers,
                    outputFiles: [output])
            }
    }
}
