import Logging
import Observability
import ServiceLifecycle

/// Looks whether the file of a MetricsConfiguration says something else by now. Where that is wrong, what it said
/// before stays in force.
struct MetricsFileFollower: Service {
    let file: MetricsFile
    let contexts: MetricContexts
    let log: Logger
    /// A ConfigMap's file takes about a minute to change.
    var interval = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var reading = Reading()
            while !Task.isCancelled {
                look(&reading)
                try? await Task.sleep(for: interval)
            }
        }
    }

    /// What was found the last time.
    struct Reading {
        var text: String?
        var problem: MetricsFile.Problem?
    }

    /// One line in the log for each change, and none while it stays as it is.
    func look(_ reading: inout Reading) {
        do throws(MetricsFile.Problem) {
            let text: String
            do throws(MetricsFile.Problem) { text = try file.text() } catch {
                reading.text = nil
                throw error
            }
            if text == reading.text { return }
            reading.text = text
            let configuration = try file.configuration(in: text)
            let isNew = configuration != contexts.configuration || reading.problem != nil
            reading.problem = nil
            contexts.use(configuration)
            if isNew {
                log.info(
                    "the metrics' configuration has changed", metadata: ["file": "\(file.path)"])
            }
        } catch {
            if error == reading.problem { return }
            reading.problem = error
            contexts.refuse()
            log.error(
                "the metrics' configuration is refused; the last good one stays in force",
                metadata: ["file": "\(file.path)", "problems": "\(error)"])
        }
    }
}
