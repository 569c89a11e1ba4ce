import Observability

/// The page at `/`: what this is, where the numbers are, what is missing here.
struct LandingPage {
    let backend: any Backend

    var html: String {
        let rows = backend.capabilities.map { capability in
            "<tr><td>\(escaped(capability.name))</td><td>\(capability.missing == nil ? "yes" : "no")</td>"
                + "<td>\(escaped(capability.missing ?? ""))</td></tr>"
        }
        let system = backend.system == .linux ? "Linux" : "Windows"
        let subject =
            backend.isReplay
            ? "<strong>A replay of a recorded \(system) node</strong>: the numbers are not of now."
            : "Network observability for this \(system) node."
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>Fovea</title><style>
            body { font: 16px/1.5 system-ui, sans-serif; margin: 3em auto; max-width: 46em; padding: 0 1em }
            table { border-collapse: collapse } td, th { text-align: left; padding: .2em 1.2em .2em 0; vertical-align: top }
            </style></head><body>
            <h1>Fovea \(Configuration.version)</h1>
            <p>\(subject)</p>
            <ul><li><a href="/metrics">/metrics</a> for Prometheus</li>
            <li><a href="/drops/flows">/drops/flows</a>, what was lost lately and what network policies say of it</li>
            <li><a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a></li></ul>
            <table><tr><th>Capability</th><th>Here</th><th>What is missing</th></tr>
            \(rows.joined(separator: "\n"))
            </table></body></html>

            """
    }

    private func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}
