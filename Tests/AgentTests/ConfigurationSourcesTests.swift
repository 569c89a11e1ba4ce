import Testing

@testable import Agent

/// The environment and the command line, and which goes over which.
struct ConfigurationSourcesTests {
    @Test("a variable sets its key and no other", arguments: ConfigurationSample.all)
    func variables(_ sample: ConfigurationSample) throws {
        let key = try #require(ConfigurationKey.all.first { $0.path == sample.path })
        var configuration = Configuration()
        #expect(configuration.apply(environment: [key.variable: sample.scalar]).isEmpty)
        var expected = Configuration.defaultsShown
        expected[sample.path] = sample.shown
        #expect(configuration.shown == expected)
    }

    @Test("an assignment sets its key and no other", arguments: ConfigurationSample.all)
    func assignments(_ sample: ConfigurationSample) {
        var configuration = Configuration()
        #expect(configuration.apply(assignment: "\(sample.path)=\(sample.scalar)").isEmpty)
        var expected = Configuration.defaultsShown
        expected[sample.path] = sample.shown
        #expect(configuration.shown == expected)
    }

    @Test("variables that are no key's are somebody else's")
    func others() {
        // What Kubernetes makes for a Service named fovea, and what looks like a slip.
        let environment = [
            "PATH": "/bin", "FOVEA_SERVICE_HOST": "10.0.0.7", "FOVEA_SERVICE_PORT": "10093",
            "FOVEA_PORT": "tcp://10.0.0.7:10093", "FOVEA_PORT_10093_TCP_PORT": "10093",
            "FOVEA_SERVER_PROT": "1", "fovea_server_port": "1", "SERVER_PORT": "1",
        ]
        var configuration = Configuration()
        #expect(configuration.apply(environment: environment).isEmpty)
        #expect(configuration.shown == Configuration.defaultsShown)
    }

    @Test("a variable whose value does not fit is named, and changes nothing")
    func badVariable() {
        var configuration = Configuration()
        let found = configuration.apply(environment: ["FOVEA_SERVER_PORT": "http"])
        #expect(
            found.map(\.description) == [
                "FOVEA_SERVER_PORT: 'server.port' takes a number from 1 to 65535, not 'http'"
            ])
        #expect(configuration.shown == Configuration.defaultsShown)
    }

    @Test("all variables that do not fit are told at once")
    func badVariables() {
        var configuration = Configuration()
        let found = configuration.apply(environment: [
            "FOVEA_SERVER_PORT": "", "FOVEA_LOG_LEVEL": "loud", "FOVEA_STATE_DIRECTORY": "/tmp/f",
        ])
        #expect(found.map(\.place) == ["FOVEA_SERVER_PORT", "FOVEA_LOG_LEVEL"])
        #expect(configuration.stateFolder == "/tmp/f")
    }

    @Test("only the first = of an assignment divides it")
    func equalsSigns() {
        var configuration = Configuration()
        #expect(configuration.apply(assignment: "state-directory=/tmp/a=b").isEmpty)
        #expect(configuration.stateFolder == "/tmp/a=b")
    }

    @Test(
        "an assignment that is wrong is repeated with what is wrong",
        arguments: [
            ("server.port", "--set server.port: must be KEY=VALUE"),
            ("", "--set : must be KEY=VALUE"),
            (
                "server.port=http",
                "--set server.port=http: 'server.port' takes a number from 1 to 65535, not 'http'"
            ),
            (
                "server.port=",
                "--set server.port=: 'server.port' takes a number from 1 to 65535, not ''"
            ),
            (
                "server.prot=1",
                "--set server.prot=1: unknown key 'server.prot'; did you mean 'server.port'?"
            ),
            (
                "log.Level=info",
                "--set log.Level=info: unknown key 'log.Level'; did you mean 'log.level'?"
            ),
        ])
    func badAssignments(_ assignment: String, _ problem: String) {
        var configuration = Configuration()
        #expect(configuration.apply(assignment: assignment).map(\.description) == [problem])
        #expect(configuration.shown == Configuration.defaultsShown)
    }

    @Test("an assignment is refused for a section and for no key")
    func noKeys() throws {
        for assignment in ["server=1", "=1"] {
            var configuration = Configuration()
            let found = configuration.apply(assignment: assignment)
            #expect(found.count == 1)
            let name = assignment.prefix { $0 != "=" }
            let problem = try #require(found.first).problem
            #expect(problem.hasPrefix("unknown key '\(name)'"))
            #expect(!problem.contains("did you mean '\(name)'"), "a section is not to be set")
        }
    }

    @Test("what is applied later goes over what was there; what it does not name stays")
    func precedence() {
        var configuration = Configuration()
        #expect(configuration.serverPort == 10_093)
        let file =
            "server:\n  port: 1001\n  scrape-timeout: 11\n  address: file\nlog:\n  level: error\n"
        #expect(configuration.apply(yaml: file, file: "f").isEmpty)
        #expect(configuration.serverPort == 1001)
        let environment = [
            "FOVEA_SERVER_PORT": "1002", "FOVEA_SERVER_SCRAPE_TIMEOUT": "12",
            "FOVEA_SERVER_ADDRESS": "variable",
        ]
        #expect(configuration.apply(environment: environment).isEmpty)
        #expect(configuration.serverPort == 1002)
        for assignment in ["server.port=1003", "server.scrape-timeout=13", "server.port=1004"] {
            #expect(configuration.apply(assignment: assignment).isEmpty)
        }
        #expect(configuration.serverPort == 1004)
        #expect(configuration.scrapeTimeout == 13)
        #expect(configuration.serverAddress == "variable")
        #expect(configuration.logLevel == .error)
        #expect(configuration.stateFolder == Configuration().stateFolder)
    }

    #if os(Linux)
        @Test("a later list takes the place of the one before; nothing is joined")
        func lists() {
            var configuration = Configuration()
            let file = ConfigurationKey.document("endpoints.namespace-directories", "[/a, /b]")
            #expect(configuration.apply(yaml: file, file: "f").isEmpty)
            #expect(configuration.apply(assignment: "endpoints.namespace-directories=/c").isEmpty)
            #expect(configuration.linux.namespaceFolders == ["/c"])
        }
    #endif
}
