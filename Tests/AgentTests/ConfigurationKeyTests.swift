import Testing

@testable import Agent

struct ConfigurationKeyTests {
    @Test("no two keys have the same path or the same variable")
    func unique() {
        let keys = ConfigurationKey.all
        #expect(Set(keys.map(\.path)).count == keys.count)
        #expect(Set(keys.map(\.variable)).count == keys.count)
    }

    @Test("no key is also a section")
    func sections() {
        let paths = ConfigurationKey.all.map(\.path)
        for path in paths { #expect(!paths.contains { $0.hasPrefix(path + ".") }, "\(path)") }
    }

    @Test("a path is lower-case words, with dots between sections and hyphens between words")
    func spelling() {
        for path in ConfigurationKey.all.map(\.path) {
            #expect(path.wholeMatch(of: /[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*)*/) != nil, "\(path)")
        }
    }

    @Test("help is a sentence on one line, and so fits into a Markdown table")
    func help() {
        for key in ConfigurationKey.all {
            #expect(key.help.hasSuffix("."), "\(key.path)")
            #expect(key.help.first?.isUppercase == true, "\(key.path)")
            #expect(!(key.help + key.takes).contains { $0 == "|" || $0 == "\n" }, "\(key.path)")
            // `takes` goes into the middle of a sentence.
            #expect(!key.takes.hasSuffix("."), "\(key.path)")
        }
    }

    @Test("a default, as it is shown, is accepted from a file and changes nothing")
    func defaults() {
        for key in ConfigurationKey.all {
            let text = ConfigurationKey.document(key.path, key.show(Configuration()))
            var configuration = Configuration()
            #expect(configuration.apply(yaml: text, file: "f").isEmpty, "\(text)")
            #expect(configuration.shown == Configuration.defaultsShown, "\(text)")
        }
    }

    @Test("a default, as it is shown, is accepted from a variable and changes nothing")
    func defaultsAsVariables() {
        for key in ConfigurationKey.all {
            let text = key.show(Configuration())
            var configuration = Configuration()
            #expect(configuration.apply(environment: [key.variable: text]).isEmpty, "\(key.path)")
            #expect(configuration.shown == Configuration.defaultsShown, "\(key.variable)=\(text)")
        }
    }

    @Test("the samples of these tests have every key")
    func samples() {
        #expect(ConfigurationSample.all.map(\.path) == ConfigurationKey.all.map(\.path))
    }

    @Test(
        "a variable is the path in capitals",
        arguments: [
            ("server.port", "FOVEA_SERVER_PORT"),
            ("server.scrape-timeout", "FOVEA_SERVER_SCRAPE_TIMEOUT"),
            ("log.level", "FOVEA_LOG_LEVEL"),
            ("state-directory", "FOVEA_STATE_DIRECTORY"),
        ])
    func variable(_ path: String, _ variable: String) {
        #expect(ConfigurationKey.all.first { $0.path == path }?.variable == variable)
    }

    #if os(Linux)
        @Test(
            "a flag is said in YAML's words",
            arguments: [
                ("true", true), ("yes", true), ("on", true), ("false", false), ("no", false),
                ("off", false),
            ])
        func flags(_ text: String, _ expected: Bool) {
            var configuration = Configuration()
            configuration.linux.drops = !expected
            #expect(configuration.apply(assignment: "drops.enabled=\(text)").isEmpty)
            #expect(configuration.linux.drops == expected)
        }
    #endif

    @Test("a number may be the first and the last of its range", arguments: [1, 2, 65_534, 65_535])
    func range(_ port: Int) {
        var configuration = Configuration()
        #expect(configuration.apply(assignment: "server.port=\(port)").isEmpty)
        #expect(configuration.serverPort == port)
    }
}
