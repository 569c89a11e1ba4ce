import Testing

@testable import Agent

/// What `--config` reads.
struct ConfigurationFileTests {
    @Test("a key sets its value and no other", arguments: ConfigurationSample.all)
    func everyKey(_ sample: ConfigurationSample) {
        var configuration = Configuration()
        #expect(configuration.apply(yaml: sample.document, file: "f").isEmpty)
        var expected = Configuration.defaultsShown
        #expect(expected[sample.path] != sample.shown, "the sample is the default")
        expected[sample.path] = sample.shown
        #expect(configuration.shown == expected)
    }

    @Test("all keys fit into one file")
    func wholeFile() {
        let text = """
            # A comment.
            server: {address: "127.0.0.1", port: 9100, scrape-timeout: 5}
            log:
              level: trace
            state-directory: /tmp/fovea
            """
        var configuration = Configuration()
        #expect(configuration.apply(yaml: text, file: "f").isEmpty)
        #expect(configuration.serverAddress == "127.0.0.1")
        #expect(configuration.serverPort == 9100)
        #expect(configuration.scrapeTimeout == 5)
        #expect(configuration.logLevel == .trace)
        #expect(configuration.stateFolder == "/tmp/fovea")
    }

    @Test(
        "a document or a section that says nothing changes nothing",
        arguments: [
            "", "\n\n", "# only a comment\n", "---\n", "--- null\n", "{}\n", "server:\n",
            "server: null\n", "server: {}\n", "server:\nlog:\n",
        ])
    func empty(_ text: String) {
        var configuration = Configuration()
        #expect(configuration.apply(yaml: text, file: "f").isEmpty)
        #expect(configuration.shown == Configuration.defaultsShown)
    }

    #if os(Linux)
        @Test(
            "a list is a sequence, or one text with commas",
            arguments: [
                ("[eth0, eth1]", ["eth0", "eth1"]), ("\n    - eth0\n    - eth1", ["eth0", "eth1"]),
                ("eth0,eth1", ["eth0", "eth1"]), ("eth0, eth1", ["eth0", "eth1"]),
                ("eth0", ["eth0"]), ("[eth0]", ["eth0"]), ("[]", []), ("''", []),
            ])
        func lists(_ value: String, _ expected: [String]) {
            var configuration = Configuration()
            configuration.linux.uplinks = ["before"]
            let text = ConfigurationKey.document("packets.uplinks", value)
            #expect(configuration.apply(yaml: text, file: "f").isEmpty)
            #expect(configuration.linux.uplinks == expected)
        }

        @Test(
            "a list of anything but texts is refused",
            arguments: ["{a: b}", "[{a: b}]", "[[eth0]]", "[eth0, [eth1]]"])
        func lists(refused value: String) {
            let text = ConfigurationKey.document("packets.uplinks", value)
            expect(text, "fovea.yaml:2:12: 'packets.uplinks' takes interface names")
        }
    #endif

    private static let levels = "trace, debug, info, notice, warning, error, critical"

    @Test(
        "a value that does not fit is named with its place and what would fit",
        arguments: [
            (
                "server.port", "many",
                "2:9: 'server.port' takes a number from 1 to 65535, not 'many'"
            ),
            ("server.port", "0", "2:9: 'server.port' takes a number from 1 to 65535, not '0'"),
            (
                "server.port", "65536",
                "2:9: 'server.port' takes a number from 1 to 65535, not '65536'"
            ),
            ("server.port", "-1", "2:9: 'server.port' takes a number from 1 to 65535, not '-1'"),
            (
                "server.port", "80.5",
                "2:9: 'server.port' takes a number from 1 to 65535, not '80.5'"
            ),
            (
                "server.port", "99999999999999999999",
                "2:9: 'server.port' takes a number from 1 to 65535, not '99999999999999999999'"
            ),
            ("server.port", "''", "2:9: 'server.port' takes a number from 1 to 65535, not ''"),
            ("server.port", "[80]", "2:9: 'server.port' takes a number from 1 to 65535"),
            ("server.port", "{a: 1}", "2:9: 'server.port' takes a number from 1 to 65535"),
            ("server.address", "[a, b]", "2:12: 'server.address' takes an address or a host name"),
            (
                "server.address", "''",
                "2:12: 'server.address' takes an address or a host name, not ''"
            ),
            (
                "log.level", "loud",
                "2:10: 'log.level' takes one of \(levels), not 'loud'"
            ),
            ("log.level", "[info]", "2:10: 'log.level' takes one of \(levels)"),
            ("state-directory", "{}", "1:18: 'state-directory' takes a folder"),
        ])
    func wrongTypes(_ path: String, _ value: String, _ problem: String) {
        expect(ConfigurationKey.document(path, value), "fovea.yaml:\(problem)")
    }

    #if os(Linux)
        @Test("a flag is no number and no list", arguments: ["maybe", "1", "TRUE", "[true]", "{}"])
        func flags(_ value: String) throws {
            let text = ConfigurationKey.document("drops.enabled", value)
            let problem = try #require(problems(text).first)
            #expect(problem.hasPrefix("fovea.yaml:2:12: 'drops.enabled' takes true or false"))
        }
    #endif

    @Test(
        "an unknown key is named with its place and the nearest key",
        arguments: [
            ("server:\n  prot: 1\n", "2:3: unknown key 'server.prot'; did you mean 'server.port'?"),
            ("sever:\n  port: 1\n", "1:1: unknown key 'sever'; did you mean 'server'?"),
            (
                "log: {levels: info}\n",
                "1:7: unknown key 'log.levels'; did you mean 'log.level'?"
            ),
            (
                "state_directory: /tmp\n",
                "1:1: unknown key 'state_directory'; did you mean 'state-directory'?"
            ),
            (
                "\n\n  State-Directory: /tmp\n",
                "3:3: unknown key 'State-Directory'; did you mean 'state-directory'?"
            ),
        ])
    func unknown(_ text: String, _ problem: String) {
        expect(text, "fovea.yaml:\(problem)")
    }

    @Test(
        "an unknown key that is like no other is named without a guess",
        arguments: [
            ("port: 1\n", "1:1: unknown key 'port'"),
            ("server:\n  colour: red\n", "2:3: unknown key 'server.colour'"),
            ("quasars:\n  port: 1\n", "1:1: unknown key 'quasars'"),
            ("? [a, b]\n: 1\n", "1:3: unknown key '?'"),
        ])
    func strange(_ text: String, _ problem: String) {
        expect(text, "fovea.yaml:\(problem)")
    }

    @Test("all problems of a file are told at once, in the file's order, and the rest is taken")
    func several() {
        let text = """
            server:
              address: 127.0.0.1
              port: http
              colour: red
            log:
              level: [info]
            state-directory: /tmp/fovea
            packages:
              enabled: true
            """
        var configuration = Configuration()
        let found = configuration.apply(yaml: text, file: "fovea.yaml").map(\.description)
        let starts = [
            "fovea.yaml:3:9: 'server.port' takes",
            "fovea.yaml:4:3: unknown key 'server.colour'",
            "fovea.yaml:6:10: 'log.level' takes",
            "fovea.yaml:8:1: unknown key 'packages'",
        ]
        #expect(found.count == starts.count)
        for (problem, start) in zip(found, starts) { #expect(problem.hasPrefix(start)) }
        #expect(configuration.serverAddress == "127.0.0.1")
        #expect(configuration.stateFolder == "/tmp/fovea")
        #expect(configuration.serverPort == Configuration().serverPort)
        #expect(configuration.logLevel == Configuration().logLevel)
    }

    @Test(
        "a section holds keys",
        arguments: [
            ("server: 5\n", "1:9: 'server' must hold keys"),
            ("server: [port]\n", "1:9: 'server' must hold keys"),
            ("server\n", "1:1: the document must hold keys"),
            ("- server\n", "1:1: the document must hold keys"),
        ])
    func sections(_ text: String, _ problem: String) {
        expect(text, "fovea.yaml:\(problem)")
    }

    @Test(
        "a text that is no YAML is told with its line",
        arguments: [
            ("server:\n  port: 1\n address: a\n", 3), ("server: [1, 2\n", 2),
            ("log:\n\tlevel: info\n", 2), ("server: 'open\n", 2), ("a: *nowhere\n", 1),
            ("server:\n  address: a\u{7}\n", 2),
        ])
    func syntax(_ text: String, _ line: Int) throws {
        let found = problems(text)
        try #require(found.count == 1)
        #expect(found[0].hasPrefix("fovea.yaml:\(line):"), "\(found[0])")
        #expect(!found[0].contains("\n"), "a problem is one line")
    }

    @Test("a second document is refused")
    func documents() {
        #expect(problems("server:\n  port: 1\n---\nserver:\n  port: 2\n").count == 1)
    }

    @Test("a key that is given twice is refused by name, with its place")
    func duplicates() throws {
        var configuration = Configuration()
        let text = "server:\n  port: 1\n  port: 2\n"
        let found = configuration.apply(yaml: text, file: "fovea.yaml")
        try #require(found.count == 1)
        #expect(found[0].place == "fovea.yaml:2:3")
        #expect(found[0].problem.contains("'port'"), "\(found[0])")
        #expect(!found[0].problem.contains("\n"), "\(found[0])")
        #expect(configuration.serverPort == Configuration().serverPort)
    }

    @Test("a value may be an alias of one before")
    func aliases() {
        var configuration = Configuration()
        let text = "server:\n  port: &number 30\n  scrape-timeout: *number\n"
        #expect(configuration.apply(yaml: text, file: "f").isEmpty)
        #expect(configuration.serverPort == 30)
        #expect(configuration.scrapeTimeout == 30)
    }

    @Test("problems together are a line each")
    func description() {
        let invalid = InvalidConfiguration(problems: [
            ConfigurationProblem(place: "a:1:2", problem: "x"),
            ConfigurationProblem(place: "FOVEA_Y", problem: "z"),
        ])
        #expect("\(invalid)" == "a:1:2: x\nFOVEA_Y: z")
    }

    private func problems(_ text: String) -> [String] {
        var configuration = Configuration()
        return configuration.apply(yaml: text, file: "fovea.yaml").map(\.description)
    }

    /// That one thing is wrong with `text`, and that its value keeps the default.
    private func expect(
        _ text: String, _ problem: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        var configuration = Configuration()
        let found = configuration.apply(yaml: text, file: "fovea.yaml").map(\.description)
        #expect(found == [problem], sourceLocation: sourceLocation)
        #expect(configuration.shown == Configuration.defaultsShown, sourceLocation: sourceLocation)
    }
}
