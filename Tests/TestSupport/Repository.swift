package import Foundation

/// Files of the repository this test was compiled in.
package enum Repository {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    package static let windowsScrape = url(
        "Tests/Fixtures/windows/server2022-calico-30-pods/scrape.golden")
    package static let linuxScrape = url("Tests/Fixtures/linux/node.golden")

    package static func url(_ path: String) -> URL { root.appending(path: path) }

    package static func text(_ url: URL) throws -> String {
        try String(contentsOf: url, encoding: .utf8)
    }
}
