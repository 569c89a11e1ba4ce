import Foundation
import Kubernetes
import Observability
import TestSupport
import Testing

@testable import Agent

/// What `fovea migrate retina` makes of Retina's files.
struct RetinaMigrationTests {
    private static func fixture(_ name: String) throws -> (name: String, text: String) {
        (name, try Repository.text(Repository.url("Tests/Fixtures/retina/\(name)")))
    }

    private static func notes(_ migration: RetinaMigration) -> [String] {
        migration.notes.map { "\($0.line) \($0.setting): \($0.kind.rawValue)" }
    }

    @Test(
        "values of Retina's chart become the accepted ones of ours, which the chart's tests render")
    func values() throws {
        let migration = try RetinaMigration([Self.fixture("values.yaml")])
        #expect(migration.files.map(\.name) == ["values.yaml"])
        let golden = Golden(url: Repository.url("Tests/Deploy/values/from-retina.yaml"))
        #expect(try golden.problem(with: migration.files[0].text) == nil)
    }

    @Test("what the chart's values lose is said with its line, and what is off loses nothing")
    func lost() throws {
        let migration = try RetinaMigration([Self.fixture("values.yaml")])
        let lines = try Self.fixture("values.yaml").text.split(
            separator: "\n", omittingEmptySubsequences: false)
        for note in migration.notes {
            let name = note.setting.split(separator: ".").last ?? ""
            #expect(lines[note.line - 1].contains("\(name):"), "\(note)")
        }
        #expect(
            migration.notes.filter { $0.kind == .lost }.map(\.setting)
                == ["capture.jobNumLimit", "livenessProbe.failureThreshold", "colour"])
        #expect(
            migration.notes.filter { $0.kind == .open }.map(\.setting)
                == ["os.windows", "image.repository"])
        #expect(migration.losesSomething)
    }

    @Test("ConfigMaps become the agent's files, of either system, with lines of the whole file")
    func configMaps() throws {
        let migration = try RetinaMigration([Self.fixture("configmaps.yaml")])
        #expect(
            migration.files == [
                MigratedFile(
                    name: "fovea.yaml",
                    text: """
                        server:
                          address: 0.0.0.0
                          port: 10093
                        log:
                          level: warning
                        compatibility: [retina]
                        retina:
                          context: local
                        dns:
                          names: true

                        """),
                MigratedFile(
                    name: "fovea-windows.yaml",
                    text: """
                        server:
                          address: 0.0.0.0
                          port: 10093
                        log:
                          level: info
                        compatibility: [retina]
                        retina:
                          context: basic

                        """),
            ])
        #expect(
            Self.notes(migration) == [
                "13 metricsInterval: not needed", "15 enableTelemetry: lost",
                "16 monitorSockPath: lost", "37 installCRDs: not needed",
                "38 captureJobNumLimit: lost", "41 Capture trouble: lost",
            ])
    }

    @Test("MetricsConfigurations become ours, which the agent takes, and what they lose is said")
    func contexts() throws {
        let migration = try RetinaMigration([Self.fixture("metricsconfigurations.yaml")])
        #expect(
            migration.files.map(\.name)
                == ["metricsconfiguration.yaml", "metricsconfiguration-2.yaml"])
        #expect(
            migration.files[0].text == """
                apiVersion: fovea.network/v1alpha1
                kind: MetricsConfiguration
                metadata:
                  name: documented
                spec:
                  namespaces:
                    include: [default, kube-system]
                  contexts:
                  - metrics: [fovea_pod_drop_packets_total]
                    pod:
                      labels: [pod, ip]
                  - metrics: [fovea_pod_forward_packets_total, fovea_flow_packets_total, fovea_pod_undetailed_packets_total]
                    pod:
                      labels: [pod, ip]
                    source:
                      labels: [pod, ip, port]
                    destination:
                      labels: []
                  - metrics: [fovea_pod_*, fovea_flow_*]

                """)
        let second = try MetricsConfiguration(yaml: migration.files[1].text)
        #expect(try MetricsConfiguration(yaml: migration.files[0].text).contexts.count == 3)
        #expect(
            second.contexts == [
                MetricContext(
                    [
                        "fovea_pod_forward_bytes_total", "fovea_flow_bytes_total",
                        "fovea_pod_undetailed_bytes_total",
                    ], pod: PartyLabels([.namespace, .workload, .zone]),
                    source: PartyLabels([.namespace, .workload, .zone]),
                    destination: PartyLabels([.namespace, .workload, .service, .port]),
                    namespaces: .exclude(["kube-system"]), ttl: .seconds(5_400)),
                MetricContext(
                    ["fovea_pod_tcp_flag_packets_total"], pod: PartyLabels([.pod]),
                    namespaces: .exclude(["kube-system"]), ttl: .seconds(30)),
                MetricContext(
                    ["fovea_pod_dns_name_queries_total", "fovea_pod_dns_queries_total"],
                    pod: PartyLabels([.namespace, .pod]), namespaces: .exclude(["kube-system"])),
                MetricContext(
                    ["fovea_pod_*", "fovea_flow_*"], namespaces: .exclude(["kube-system"])),
            ])
        #expect(
            Self.notes(migration) == [
                "9 spec.contextOptions[0].sourceLabels: lost",
                "13 spec.contextOptions[1].sourceLabels: lost",
                "8 spec.contextOptions: to do",
                "35 spec.contextOptions[0].additionalLabels: lost",
                "38 spec.contextOptions[1].sourceLabels: lost",
                "39 spec.contextOptions[1].destinationLabels: lost",
                "40 spec.contextOptions[1].ttl: to do",
                "43 spec.contextOptions[2].ttl: lost",
                "44 spec.contextOptions[3]: not needed",
                "46 spec.contextOptions[4].metricName: not needed",
                "47 spec.contextOptions[5].metricName: lost",
                "48 spec.contextOptions[6]: lost",
                "32 spec.contextOptions: to do",
                "51 spec.namespaces.include: lost", "52 spec.tracing: lost",
            ])
    }

    @Test("where Retina goes by annotations, so does what comes of it")
    func annotations() throws {
        let migration = try RetinaMigration([
            ("-", "enablePodLevel: true\nenableAnnotations: true\n"),
            ("-", "enablePodLevel: true\nenableAnnotations: true\n"),
        ])
        #expect(
            migration.files.map(\.name)
                == ["fovea.yaml", "metricsconfiguration.yaml", "fovea-2.yaml"])
        let configuration = try MetricsConfiguration(yaml: migration.files[1].text)
        #expect(configuration.contexts.map(\.namespaces) == [.include([])])
        #expect(!migration.losesSomething)
    }

    @Test("every metric that Retina's MetricsConfiguration may name has an answer")
    func contextMetrics() {
        for metric in RetinaContextMetric.all {
            #expect(!metric.metrics.isEmpty || !metric.remark.isEmpty, "\(metric.name)")
            #expect(metric.metrics.isEmpty || metric.metrics.contains { $0.level == .local })
        }
    }

    #if os(Linux)
        @Test("what comes of it is a configuration of the agent's", arguments: [true, false])
        func accepted(_ isChart: Bool) throws {
            let source = isChart ? "values.yaml" : "configmaps.yaml"
            let text = try RetinaMigration([Self.fixture(source)]).files[0].text
            // The chart's are indented below `config:`, to the end.
            let yaml =
                isChart
                ? text.components(separatedBy: "\nconfig:\n")[1].split(separator: "\n")
                    .prefix { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
                    .joined(separator: "\n") : text
            var configuration = Configuration()
            #expect(configuration.apply(yaml: yaml, file: "f") == [])
            #expect(configuration.compatibility == [.retina])
            #expect(configuration.retinaContext == (isChart ? .remote : .local))
            #expect(configuration.linux.dns.names)
            #expect(configuration.linux.tcx == !isChart)
        }

        @Test("what a setting becomes is a key or a value of ours")
        func targets() throws {
            let values = try Repository.text(Repository.url("deploy/chart/values.yaml"))
            for setting in RetinaSetting.agent {
                for key in setting.becomes {
                    #expect(ConfigurationKey.all.contains { $0.path == key }, "\(key)")
                }
            }
            for setting in RetinaSetting.chartValues {
                for name in setting.becomes where name != "server.port" {
                    let last = name.split(separator: ".").last ?? ""
                    #expect(values.contains("\(last):"), "\(name)")
                }
            }
        }
    #endif

    @Test("keys are read in any case, as Retina reads them, and the default loses nothing")
    func cases() throws {
        let migration = try RetinaMigration([
            ("-", "apiserver:\n  HOST: 127.0.0.1\nEnablePodLevel: false\nmonitorSockPath: ''\n")
        ])
        #expect(migration.files[0].text.contains("address: 127.0.0.1"))
        #expect(migration.notes == [])
    }

    @Test(
        "what cannot be read is said with its place",
        arguments: [
            ("a: [", "f.yaml: f.yaml"), ("", "f.yaml: there is nothing in it"),
            ("- 1\n", "f.yaml:1: no document of Retina's: it holds no keys"),
            ("colour: blue\n", "f.yaml: no document of Retina's: none of its keys is in it"),
        ])
    func unreadable(_ text: String, _ problem: String) {
        do {
            _ = try RetinaMigration([("f.yaml", text)])
            Issue.record("read")
        } catch {
            let said = "\(error)"
            #expect(
                problem.hasPrefix("f.yaml: f.yaml") ? said.hasPrefix("f.yaml:") : said == problem)
        }
    }

    @Test("migrate-retina.md has a line for each setting")
    func document() {
        let lines = Set(
            RetinaMigrationDocument.markdown().split(separator: "\n").compactMap {
                $0.hasPrefix("| `") ? $0.split(separator: "`")[1] : nil
            })
        for setting in RetinaSetting.agent + RetinaSetting.operatorFile + RetinaSetting.chartValues
        {
            #expect(lines.contains(Substring(setting.path)), "\(setting.path)")
        }
    }
}
