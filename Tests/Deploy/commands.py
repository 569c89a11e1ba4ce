"""The programs as people meet them: what `make install` puts where, man pages, completions, help and wrong arguments.

commands.py BIN REPOSITORY, BIN being a folder with fovea and kubectl-fovea; prints TAP, and ends with status 1 where a
check failed.
"""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

BIN, REPOSITORY = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
# The status that each program ends with where arguments are wrong: sysexits' EX_USAGE, and kubectl's own way.
PROGRAMS = {"fovea": 64, "kubectl-fovea": 2}
failures = 0


def check(claim, problems=None):
    global failures
    if problems is not None and not isinstance(problems, (str, subprocess.CompletedProcess)):
        problems = "; ".join(map(str, problems))
    print(f"not ok - {claim}: {problems}" if problems else f"ok - {claim}", flush=True)
    failures += bool(problems)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)


def commands(command, path=()):
    """Every command by its words, but `help`."""
    path += (command["commandName"],)
    yield path, command
    for inner in command.get("subcommands", []):
        if inner["commandName"] != "help":
            yield from commands(inner, path)


ALL = {path: command for name in PROGRAMS
       for path, command in commands(json.loads(run(BIN / name, "--experimental-dump-help").stdout)["command"])}


def options(command):
    return {("--" if name["kind"] == "long" else "-") + name["name"] for argument in command.get("arguments", [])
            for name in argument.get("names", [])}


def called(line):
    """Our commands that an example calls, each with the words behind it."""
    parts = [[]]
    for word in shlex.split(line):
        parts[-1].append(word) if word not in ("|", ">") else parts.append([])
    for words in parts:
        if "/usr/bin/fovea" in words:
            words = ["fovea", *words[words.index("/usr/bin/fovea") + 1:]]
        elif words[:2] == ["kubectl", "fovea"]:
            words = ["kubectl-fovea", *words[2:]]
        for length in range(len(words), 0, -1):
            if tuple(words[:length]) in ALL:
                yield tuple(words[:length]), words[length:]
                break


def check_help():
    check(f"each of {len(ALL)} commands has examples in its help, and says what it ends with", (
        " ".join(path) for path, command in ALL.items()
        if not re.search(r"^Examples:\n  ", command.get("discussion", ""), re.M) or "\nExit codes: 0 " not in command["discussion"]))
    check("every option and argument says what it is for", (
        f"{' '.join(path)} {argument.get('valueName')}" for path, command in ALL.items()
        for argument in command.get("arguments", []) if argument["shouldDisplay"] and not argument.get("abstract")))
    wrong = []
    for path, command in ALL.items():
        block = command["discussion"].partition("Examples:\n")[2].partition("\n\n")[0]
        # What follows three spaces says what an example does.
        lines = [re.split(r" {3,}", line.strip())[0] for line in block.splitlines()]
        found = [one for line in lines for one in called(line)]
        if len(found) < len(lines):
            wrong.append(f"{' '.join(path)}: an example calls nothing of ours")
        wrong += [f"{' '.join(path)}: {word} of {' '.join(name)}" for name, words in found for word in words
                  if word.startswith("-") and word != "-" and word not in options(ALL[name]) | {"--experimental-dump-help"}]
    check("examples call commands and options that there are", wrong)


def check_usage():
    for name, status in PROGRAMS.items():
        said = {" ".join(path): run(BIN / name, *path[1:], "--no-such-option") for path in ALL if path[0] == name}
        check(f"{name}: each command ends with {status} where arguments are wrong, and says which, or what is missing", (
            f"{path}: {result}" for path, result in said.items() if result.returncode != status or result.stdout
            or not re.match("Error: .*(--no-such-option|Missing expected argument)", result.stderr)))
        said = {" ".join(path): run(BIN / name, *path[1:], "--help") for path in ALL if path[0] == name}
        check(f"{name}: each command has --help", (
            path for path, result in said.items() if result.returncode or "USAGE" not in result.stdout))


def check_files():
    """What is said of files that are not there; a message of the system's, and where."""
    with tempfile.TemporaryDirectory() as folder:
        for words, status, message in [
            (["agent", "--config", f"{folder}/none"], 78, f"cannot read {folder}/none: No such file or directory"),
            (["doctor", "--config", folder], 78, f"cannot read {folder}: Is a directory"),
            (["migrate", "retina", f"{folder}/none"], 2, f"cannot read {folder}/none: No such file or directory"),
            (["generate", "docs", "--to", f"{folder}/none"], 1, f"cannot write {folder}/none/metrics.md: No such file or directory"),
            (["generate", "man", "--to", folder], 1, "standard input is no description of a program"),
            (["record", "--to", "/proc/none"], 1, "cannot make /proc/none: No such file or directory"),
        ]:
            result = run(BIN / "fovea", *words)
            check(f"fovea {words[0]}: {message.replace(folder, 'FOLDER')}", None if (result.returncode, result.stdout, result.stderr)
                  == (status, "", f"fovea: {message}\n") else result)


def check_installed(prefix):
    result = run("make", "-C", REPOSITORY, "install", "BIN=/nonexistent", f"PREFIX={prefix}")
    check("make install says what to do where nothing was built", None if result.returncode == 2 and "run: make build" in result.stdout
          and not prefix.exists() else result)
    result = run("make", "-C", REPOSITORY, "install", f"BIN={BIN}", f"PREFIX={prefix}")
    check("make install", None if result.returncode == 0 else result)
    pages = {f"share/man/man1/{'-'.join(path)}.1" for path in ALL}
    places = {"bin/kubectl_complete-fovea", *pages}
    for name in PROGRAMS:
        places |= {f"bin/{name}", f"share/bash-completion/completions/{name}", f"share/zsh/site-functions/_{name}",
                   f"share/fish/vendor_completions.d/{name}.fish"}
    found = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    check("it installs programs, completions for three shells and a page for each command", places ^ found)
    check("what is installed runs", (name for name in PROGRAMS if run(prefix / "bin" / name, "--version").returncode))
    return sorted(pages)


def check_pages(prefix, pages):
    environment = os.environ | {"MANWIDTH": "80", "LC_ALL": "C.UTF-8"}
    shown = {page: run("man", "--warnings", "-E", "UTF-8", "-l", prefix / page, env=environment) for page in pages}
    check("man shows each page without a warning", (
        f"{page}: {result.stderr}" for page, result in shown.items() if result.returncode or result.stderr))
    missing = []
    for path, command in ALL.items():
        text = re.sub(r"\s+", " ", shown[f"share/man/man1/{'-'.join(path)}.1"].stdout.replace("\u2010\n", "").replace("\u2010", "-"))
        parts = {"NAME", "SYNOPSIS", "EXAMPLES", "EXIT STATUS", *options(command)}
        missing += [f"{'-'.join(path)}: {part}" for part in parts if part not in text]
    check("each page has the command's options, examples and exit status", missing)
    result = run("man", "-M", prefix / "share/man", "-w", "kubectl-fovea-top")
    check("man finds them", None if result.stdout.strip().endswith("man1/kubectl-fovea-top.1") else result)


def completed(prefix, name, *words):
    """What bash would offer for the last word."""
    script = '''source "$1"; name=$2; shift 2
        COMP_WORDS=("$name" "$@") COMP_CWORD=$# COMP_LINE="$name $*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
        read -ra entry < <(complete -p "$name")
        for place in "${!entry[@]}"; do if [[ ${entry[place]} == -F ]]; then function=${entry[place + 1]}; fi; done
        "$function" "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"'''
    result = run("bash", "--norc", "-euc", script, "bash", prefix / f"share/bash-completion/completions/{name}", name, *words)
    return {line.strip() for line in result.stdout.splitlines() if line.strip()} or result.stderr


def check_completions(prefix):
    for name, words, expected in [
        ("fovea", ["a"], {"agent"}), ("fovea", ["migrate", "r"], {"retina"}), ("fovea", ["doctor", "--o"], {"--output"}),
        ("fovea", ["doctor", "-o", ""], {"text", "json"}), ("kubectl-fovea", ["s"], {"status"}),
        ("kubectl-fovea", ["top", "p"], {"pods"}), ("kubectl-fovea", ["drops", "-o", "w"], {"wide"}),
    ]:
        got = completed(prefix, name, *words)
        check(f"bash completes: {' '.join([name, *words])}", None if got == expected else f"{got}")


check_help()
check_usage()
check_files()
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder) / "usr"
    check_pages(folder, check_installed(folder))
    check_completions(folder)
sys.exit(failures > 0)
