import Observability
import Testing

@testable import Agent

struct LandingPageTests {
    @Test(
        "what a capability says cannot become markup",
        arguments: [
            ("<script>", "&lt;script&gt;"), ("a & b", "a &amp; b"), ("&lt;", "&amp;lt;"),
            ("kernel < 5.8", "kernel &lt; 5.8"), ("</td></tr>", "&lt;/td&gt;&lt;/tr&gt;"),
            ("größer", "größer"),
        ])
    func escapes(_ text: String, _ escaped: String) {
        let inName = LandingPage(backend: FixedBackend(capabilities: [Capability(text)]))
        #expect(inName.html.contains("<td>\(escaped)</td><td>yes</td><td></td>"))
        let missing = Capability("tcx", missing: text)
        let inReason = LandingPage(backend: FixedBackend(capabilities: [missing]))
        #expect(inReason.html.contains("<td>tcx</td><td>no</td><td>\(escaped)</td>"))
    }

    @Test("every capability has its row, in the backend's order")
    func rows() throws {
        let names = ["tcx", "btf", "drop reasons"]
        let html = LandingPage(backend: FixedBackend(capabilities: names.map { Capability($0) }))
            .html
        let places = names.compactMap { html.range(of: "<tr><td>\($0)</td>")?.lowerBound }
        #expect(places.count == names.count)
        #expect(places == places.sorted())
    }

    @Test("it leads to everything the agent serves, and names the version and the system")
    func links() {
        let html = LandingPage(backend: FixedBackend(system: .windows)).html
        let linux = LandingPage(backend: FixedBackend(system: .linux)).html
        for path in ["/metrics", "/healthz", "/readyz"] {
            #expect(html.contains("<a href=\"\(path)\">"))
        }
        #expect(html.contains("Fovea \(Configuration.version)"))
        #expect(html.contains("this Windows node."))
        #expect(linux.contains("this Linux node."))
    }
}
