#!/usr/bin/env bash
# Type-checks what runs on Windows, for x86_64-unknown-windows-gnu, without a Windows SDK: MetricSchema,
# Observability, swift-log, WindowsBackend and of Agent what needs nothing but these, with every `#if os(Windows)`
# taken; then twice more with an error in it, which must be found.
#
# The standard library is the toolchain's textual interface for Linux with another target written into it. C
# comes from mingw-w64. What the toolchain has as a binary only is in stand-ins/.
#
# Usage: typecheck.sh [FOLDER]    keeps the module cache in FOLDER, .build-windows by default
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${1:-$root/.build-windows}
readonly here root work target=x86_64-unknown-windows-gnu mingw=/usr/x86_64-w64-mingw32/include

fail() { echo "typecheck: $*" >&2; exit 1; }
[[ -d $mingw ]] || fail "no headers of mingw-w64 in $mingw; install mingw-w64"
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
interfaces=$toolchain/lib/swift/linux
[[ -d $interfaces ]] || fail "no Swift modules in $interfaces"

logging=
for checkouts in "$root"/.build{,-test,-debug}/checkouts; do
    if [[ -d $checkouts/swift-log/Sources/Logging ]]; then logging=$checkouts/swift-log/Sources/Logging; fi
done
[[ $logging ]] || fail "no checkout of swift-log; run: swift package resolve"

mkdir -p "$work/swift" "$work/modules" "$work/c"
for module in Swift _Concurrency _StringProcessing SwiftOnoneSupport Synchronization _Builtin_float _Volatile; do
    mkdir -p "$work/swift/$module.swiftmodule"
    for kind in '' .private; do
        from=$interfaces/$module.swiftmodule/$(uname -m)-unknown-linux-gnu$kind.swiftinterface
        to=$work/swift/$module.swiftmodule/$target$kind.swiftinterface
        [[ -f $from ]] || continue
        # Float80's two bodies call functions that only exist where Float80 does.
        sed -e "s/-target [^ ]*-unknown-linux-gnu[^ ]*/-target $target/" \
            -e 's/self = _stdlib_remainderl(self, other)/Builtin.unreachable()/' \
            -e 's/self = _stdlib_squareRootl(self)/Builtin.unreachable()/' "$from" >"$to.new"
        # Left alone where it is the same, so that what was built of it stays valid.
        if cmp -s "$to.new" "$to"; then rm "$to.new"; else mv "$to.new" "$to"; fi
    done
done
printf 'module CWindowsNet {\n    header "%s"\n    export *\n}\n' \
    "$root/windows-stubs/include/CWindowsNet.h" >"$work/c/module.modulemap"

frontend=(swiftc -frontend -target "$target" -swift-version 6 -parse-as-library -module-cache-path "$work/cache"
    -I "$work/swift" -I "$work/modules" -I "$work/c" -I "$here/stand-ins/winsdk"
    -Xcc -isystem -Xcc "$mingw" -Xcc -D_WIN32_WINNT=0x0A00 -Xcc -DNTDDI_VERSION=0x0A000008)
ours=(-package-name fovea -enable-upcoming-feature InternalImportsByDefault -warnings-as-errors)

module() { # NAME FLAGS... -- FILES...: a module that others import, every body checked
    local name=$1
    shift
    local flags=()
    while [[ $1 != -- ]]; do flags+=("$1") && shift; done
    "${frontend[@]}" "${flags[@]}" -emit-module -module-name "$name" -o "$work/modules/$name.swiftmodule" "${@:2}" ||
        fail "$name does not type-check for Windows"
}

sources() { find "$root/Sources/$1" -name '*.swift' | sort; }

for stand_in in Glibc CRT Dispatch ServiceLifecycle; do module "$stand_in" -- "$here/stand-ins/swift/$stand_in.swift"; done
mapfile -t files < <(find "$logging" -name '*.swift' | sort)
module Logging -package-name swift-log -- "${files[@]}"
for name in MetricSchema Observability; do
    mapfile -t files < <(sources "$name")
    module "$name" "${ours[@]}" -- "${files[@]}"
done

mapfile -t files < <(sources WindowsBackend)
module WindowsBackend "${ours[@]}" -- "${files[@]}"
backend=("${frontend[@]}" "${ours[@]}" -typecheck -module-name WindowsBackend "${files[@]}")
"${backend[@]}" || fail 'WindowsBackend does not type-check for Windows'
echo "typecheck: ${#files[@]} files of WindowsBackend are right for $target"

cat >"$work/Planted.swift" <<'EOF'
#if os(Windows)
    import CWindowsNet

    func planted() -> Int32 {
        var bytes = fovea_bytes()
        return fovea_ip_read(FOVEA_IP_INTERFACES, "no number", 0, &bytes)
    }
#endif
EOF
if "${backend[@]}" "$work/Planted.swift" >"$work/planted.log" 2>&1; then fail 'a planted error was not found'; fi
grep -q 'Planted.swift:6:.*error: cannot convert value of type' "$work/planted.log" ||
    { cat "$work/planted.log"; fail 'another error than the planted one was found'; }

# Of the agent what imports nothing that cannot be checked here (Foundation, NIO, Hummingbird, Yams). Whatever
# differs on Windows must be among it. Migration and Contexts stand on Yams and Foundation.
mapfile -t all < <(sources Agent && sources fovea)
files=() left=()
for file in "${all[@]}"; do
    case $file in "$root"/Sources/fovea/* | "$root"/Sources/Agent/Migration/* | "$root"/Sources/Agent/Contexts/*) left+=("$file"); continue ;; esac
    if grep -E '^ *(package )?import ' "$file" |
        grep -qvE 'import (Logging|MetricSchema|Observability|WindowsBackend|LinuxBackend|Glibc|WinSDK|Synchronization|ServiceLifecycle)$'
    then left+=("$file"); else files+=("$file"); fi
done
if grep -nE '#(if|elseif) .*(os\(|canImport\()' "${left[@]}"; then fail 'this differs by system, and cannot be checked'; fi
agent=("${frontend[@]}" "${ours[@]}" -typecheck -module-name Agent "${files[@]}")
"${agent[@]}" || fail 'Agent does not type-check for Windows'
echo "typecheck: ${#files[@]} files of Agent are right too; not checked are ${#left[@]}, alike on all systems: ${left[*]#"$root"/Sources/}"

cat >"$work/Planted.swift" <<'EOF'
#if os(Windows)
    import WindowsBackend

    func planted(_ configuration: Configuration) -> Int {
        configuration.windows.startsPktmon
    }
#endif
EOF
if "${agent[@]}" "$work/Planted.swift" >"$work/planted.log" 2>&1; then fail 'an error planted in Agent was not found'; fi
grep -q 'Planted.swift:5:.*error: cannot convert return expression' "$work/planted.log" ||
    { cat "$work/planted.log"; fail 'another error than the one planted in Agent was found'; }
echo 'typecheck: errors planted for Windows only are found'
