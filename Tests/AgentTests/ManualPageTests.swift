import Agent
import Foundation
import Testing

struct ManualPageTests {
    private static func pages(_ json: String) throws -> [ManualPage] {
        let program = try JSONDecoder().decode(
            CommandDescription.Program.self, from: Data(json.utf8))
        return program.command.all.map { ManualPage($0, version: "1.2.3") }
    }

    @Test(
        "a page has what the command says of itself, and nothing that roff would take for its own")
    func page() throws {
        let page = try #require(
            try Self.pages(
                #"""
                {"command": {"commandName": "see", "abstract": "Look at it.", "discussion":
                "First\n.second line\n\nExamples:\n  see --at \\x   as it is\n\nExit codes: 0 seen, 1 not seen, or gone.",
                "arguments": [
                {"kind": "option", "names": [{"kind": "long", "name": "at"}, {"kind": "short", "name": "a"}],
                "valueName": "place", "abstract": "Where.", "defaultValue": "here", "isOptional": true,
                "isRepeating": false, "shouldDisplay": true},
                {"kind": "positional", "valueName": "what", "abstract": "'It'.", "isOptional": false,
                "isRepeating": true, "shouldDisplay": true},
                {"kind": "flag", "names": [{"kind": "long", "name": "hidden"}], "isOptional": true,
                "isRepeating": false, "shouldDisplay": false}]}}
                """#
            ).first)
        #expect(
            page.text == #"""
                .\" Made by `make man`.
                .TH SEE 1 "" "Fovea 1.2.3" "Fovea"
                .SH NAME
                see \- Look at it
                .SH SYNOPSIS
                \fBsee\fR [\fIOPTION\fR]... \fIWHAT\fR...
                .SH DESCRIPTION
                .PP
                Look at it.
                .PP
                First
                \&.second line
                .SH OPTIONS
                .TP
                \fB\-\-at\fR, \fB\-a\fR \fIPLACE\fR
                Where. Default: here.
                .TP
                \fIWHAT\fR
                \&'It'.
                .SH EXAMPLES
                .nf
                see \-\-at \ex   as it is
                .fi
                .SH EXIT STATUS
                .TP
                \fB0\fR
                seen
                .TP
                \fB1\fR
                not seen, or gone

                """#)
    }

    @Test("there is a page for each command but help, named as man is asked for it")
    func names() throws {
        let pages = try Self.pages(
            #"""
            {"command": {"commandName": "kubectl-see", "abstract": "See.", "subcommands": [
            {"commandName": "help", "superCommands": ["kubectl-see"]},
            {"commandName": "top", "superCommands": ["kubectl-see"], "subcommands": [
            {"commandName": "pods", "superCommands": ["kubectl-see", "top"]}]}]}}
            """#)
        #expect(pages.map(\.name) == ["kubectl-see", "kubectl-see-top", "kubectl-see-top-pods"])
        #expect(pages[0].text.contains("\n\\fBkubectl see\\fR \\fICOMMAND\\fR\n"))
        #expect(
            pages[1].text.contains(
                "\n\\fBkubectl\\-see\\fR(1), \\fBkubectl\\-see\\-top\\-pods\\fR(1)\n"))
    }
}
