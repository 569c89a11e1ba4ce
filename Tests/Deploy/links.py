"""Checks that every relative link of the documentation leads somewhere, down to its heading, and that paths which prose,
values, notes and the program's own texts name are there: links.py REPOSITORY; prints TAP.
"""

import pathlib
import re
import subprocess
import sys

repository = pathlib.Path(sys.argv[1]).resolve()
failures = 0


def check(claim, problems):
    global failures
    problems = sorted(set(problems))
    print(f"not ok - {claim}: {'; '.join(problems)}" if problems else f"ok - {claim}")
    failures += bool(problems)


def listed(*patterns):
    """Files that are in the repository, or would be."""
    names = subprocess.run(["git", "-c", "safe.directory=*", "-C", repository, "ls-files", "-co", "--exclude-standard", "--", *patterns],
                           capture_output=True, text=True, check=True).stdout.splitlines()
    return [repository / name for name in names if (repository / name).is_file()]


def prose(text):
    """Without blocks of code, in which nothing is a link or a heading."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def anchors(page):
    """Of a page's headings, as GitHub makes them; one that is there twice gets a number."""
    seen = {}
    for heading in re.findall(r"^#+ +(.*?) *$", prose(page.read_text()), re.M):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        number = seen[name] = seen.get(name, -1) + 1
        yield f"{name}-{number}" if number else name


def broken(page):
    for target in re.findall(r"\[[^]]*\]\(([^)\s]+)\)", prose(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or not file.is_relative_to(repository):
            yield f"{page.relative_to(repository)}: {target}"
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
            yield f"{page.relative_to(repository)}: {target} has no such heading"


def unknown_paths(file):
    """A name with a placeholder or a wildcard in it is none."""
    for name in re.findall(r"(?<![\w./-])((?:docs|deploy|Tests|Sources|bpf|windows-stubs)/[\w./-]*\w)(?![\w*<$]|/[$<*{])", file.read_text()):
        if not (repository / name).exists():
            yield f"{file.relative_to(repository)}: {name}"


pages = listed("*.md")
check(f"every link in {len(pages)} pages leads somewhere", (problem for page in pages for problem in broken(page)))
reached = {(page.parent / target.partition("#")[0]).resolve() for page in pages
           for target in re.findall(r"\[[^]]*\]\(([^)\s]+)\)", page.read_text())}
check("every page of docs is linked from another", (
    str(page.relative_to(repository)) for page in listed("docs/*.md") if page not in reached and page.parent.name != "runbooks"))
sources = "".join(file.read_text() for file in listed("Sources/**.swift"))
sources = re.sub(r'"\n\s*\+ "', "", sources)


def unsaid(page):
    """Messages in the first column of a page's tables under a heading of what is said; what stands for more is left out."""
    for table in re.findall(r"^\| (?:what it says )?\| why .*\n\| -.*\n((?:\|.*\n)+)", page.read_text(), re.M):
        for message in re.findall(r"`([^`]*)`", "".join(re.findall(r"^\| (.*?) \|", table, re.M))):
            for part in re.split(r"…|\(process", message):
                if len(part.strip(" ;'()")) > 6 and part.strip() not in sources:
                    yield f"{page.name}: {message}"


check("messages in docs/troubleshooting.md are what the programs say", unsaid(repository / "docs/troubleshooting.md"))
told = pages + listed("deploy/**", "Sources/fovea/*.swift", "Sources/kubectl-fovea/*.swift", "Sources/Agent/**.swift", "Makefile")
check("every path that they name is there", (problem for file in told if file.suffix not in (".png", ".json") for problem in unknown_paths(file)))
sys.exit(failures > 0)
