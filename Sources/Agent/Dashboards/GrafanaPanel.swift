/// Of every panel and variable: the one that was chosen on top of the page.
let prometheus = ["type": "prometheus", "uid": "${datasource}"]

/// A panel as Grafana has it; a row is one too.
struct GrafanaPanel: Encodable {
    struct Target: Encodable {
        let refId, expr, legendFormat: String
        let datasource = prometheus
        var instant: Bool?
        var range: Bool?
        var format: String?
    }

    struct FieldConfig: Encodable {
        struct Defaults: Encodable {
            struct Custom: Encodable {
                let fillOpacity = 10
                let showPoints = "never"
            }
            struct Color: Encodable {
                let mode: String
            }
            struct Thresholds: Encodable {
                struct Step: Encodable {
                    let color: String
                    let value: Double?

                    private enum Key: CodingKey { case color, value }

                    /// The first one has no value, and has to say so.
                    func encode(to encoder: any Encoder) throws {
                        var container = encoder.container(keyedBy: Key.self)
                        try container.encode(color, forKey: .color)
                        try container.encode(value, forKey: .value)
                    }
                }
                let mode = "absolute"
                let steps: [Step]
            }
            let unit: String
            let min = 0
            var custom: Custom?
            var color: Color?
            var thresholds: Thresholds?
        }
        let defaults: Defaults
        let overrides: [String] = []
    }

    struct Options: Encodable {
        struct Legend: Encodable {
            let displayMode = "table"
            let placement = "bottom"
            let calcs = ["lastNotNull", "max"]
        }
        struct Reduction: Encodable {
            let calcs = ["lastNotNull"]
            let fields = ""
            let values = false
        }
        var legend: Legend?
        var tooltip: [String: String]?
        var reduceOptions: Reduction?
        var colorMode, graphMode, textMode, orientation, displayMode: String?
    }

    struct Transformation: Encodable {
        struct Options: Encodable {
            let excludeByName = ["Time": true, "Value": true]
        }
        let id = "organize"
        let options = Options()
    }

    let id: Int
    let type, title: String
    let gridPos: [String: Int]
    var description: String?
    var datasource: [String: String]?
    var targets: [Target]?
    var fieldConfig: FieldConfig?
    var options: Options?
    var transformations: [Transformation]?
    var collapsed: Bool?
    var panels: [String]?

    init(row title: String, id: Int, y: Int) {
        self.id = id
        self.title = title
        type = "row"
        gridPos = ["x": 0, "y": y, "w": 24, "h": 1]
        collapsed = false
        panels = []
    }

    init(_ panel: Dashboard.Panel, id: Int, at place: [String: Int]) {
        self.id = id
        title = panel.title
        type = panel.form.type
        gridPos = place
        description = panel.description
        datasource = prometheus
        let isInstant: Bool? = panel.form.isInstant ? true : nil
        targets = panel.queries.enumerated().map { place, query in
            Target(
                refId: String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place))),
                expr: query.expression, legendFormat: query.legend,
                instant: isInstant, range: isInstant.map { !$0 },
                format: panel.form == .table ? "table" : nil)
        }
        var defaults = FieldConfig.Defaults(unit: panel.unit)
        var options = Options()
        switch panel.form {
        case .lines:
            defaults.custom = .init()
            options.legend = .init()
            options.tooltip = ["mode": "multi", "sort": "desc"]
        case .number, .alarm:
            options.reduceOptions = .init()
            options.colorMode = "value"
            options.graphMode = "area"
            // The panel's title says what it is.
            options.textMode = "value"
        case .bars:
            options.reduceOptions = .init()
            options.orientation = "horizontal"
            options.displayMode = "gradient"
            defaults.color = .init(mode: "continuous-BlPu")
        case .table:
            transformations = [Transformation()]
        }
        if panel.form == .number || panel.form == .alarm {
            defaults.color = .init(mode: "thresholds")
            let good = FieldConfig.Defaults.Thresholds.Step(
                color: panel.form == .alarm ? "green" : "blue", value: nil)
            let bad = FieldConfig.Defaults.Thresholds.Step(color: "orange", value: 0.001)
            defaults.thresholds = .init(steps: panel.form == .alarm ? [good, bad] : [good])
        }
        fieldConfig = FieldConfig(defaults: defaults)
        self.options = options
    }
}

extension Dashboard.Panel.Form {
    /// Grafana's name for it.
    fileprivate var type: String {
        switch self {
        case .lines: "timeseries"
        case .number, .alarm: "stat"
        case .bars: "bargauge"
        case .table: "table"
        }
    }

    /// Whether only what is now is asked for.
    fileprivate var isInstant: Bool { self == .bars || self == .table }
}
