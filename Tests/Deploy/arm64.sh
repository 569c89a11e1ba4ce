#!/usr/bin/env bash
# Makes the arm64 image's root file system of Debian's arm64 packages: Tests/Deploy/arm64.sh [--bin DIR]
#
# All of it but the agent: a program that does nothing, linked with the same libraries, stands in its place, since Swift
# compiles for this machine only. The BPF programs are compiled for both. Needs root, Swift's clang, binutils, jq and Debian's
# archive; nothing of arm64 is run, unless there is a qemu-aarch64-static.
#
# Exit status: 0 when every check passed, or there was no archive to ask, 1 when one failed, 2 when it could not be run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
bin=$repository/.build/release
if [[ ${1:-} == --bin ]]; then bin=$2; fi
failed=0
readonly loader=/lib/ld-linux-aarch64.so.1
# The agent's libraries, and what BPF programs include.
readonly packages=(libc6 libgcc-s1 libstdc++6 zlib1g libbpf1 libelf1 libmnl0)
readonly headers=(linux-libc-dev libbpf-dev)

die() { printf 'arm64.sh: %s\n' "$*" >&2; exit 2; }
check() { # CLAIM EXPECTED GOT
    if [[ $2 == "$3" ]]; then echo "ok - $1"; else echo "not ok - $1 (expected '$2', got '$3')"; failed=1; fi
}
needed() { LC_ALL=C readelf -d "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p'; }
machine() { LC_ALL=C readelf -h "$1" | sed -n 's/^ *Machine: *//p'; }
elves() { find "$1" -type f \( -name '*.so' -o -name '*.so.*' -o -path '*/bin/*' \); }

((EUID == 0)) || die 'needs root'
# What is called swift may be a program that chooses one.
resources=$(swift -print-target-info | jq -r .paths.runtimeResourcePath) || die 'no swift in PATH'
toolchain=$(realpath "$resources/../../bin")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sysroot=$work/sysroot
mkdir -p "$work"/apt/{lists,cache/archives}/partial "$work/packages" "$sysroot/var/lib/dpkg/"{info,updates}
apt=(apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State::Lists="$work/apt/lists"
    -o Dir::Cache="$work/apt/cache" -o Dir::State::status=/dev/null -o APT::Sandbox::User=root -o Acquire::Retries=1
    -o Acquire::http::Timeout=15 -o APT::Update::Error-Mode=any)
if ! { timeout 90 "${apt[@]}" update && cd "$work/packages" && timeout 90 "${apt[@]}" download "${packages[@]}" "${headers[@]}"; } \
    >"$work/apt/log" 2>&1; then
    echo "# skipped: arm64, for no packages of it could be had: $(tail -n 1 "$work/apt/log")"
    exit 0
fi
cd "$repository" || exit 2
# Unpacked, with as much of dpkg's records as says which file is whose.
for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$sysroot" || die "$package cannot be unpacked"
    name=$(dpkg-deb -f "$package" Package)
    { dpkg-deb -f "$package" | sed '1a Status: install ok installed'; echo; } >>"$sysroot/var/lib/dpkg/status"
    dpkg-deb --fsys-tarfile "$package" | tar -t | sed -e 's|^\.||' -e 's|\(.\)/$|\1|' -e 's|^/$|/.|' >"$sysroot/var/lib/dpkg/info/$name.list"
done
# Debian's own, of what is the same on every architecture.
{ dpkg-query -s ca-certificates; echo; } >>"$sysroot/var/lib/dpkg/status"
: >"$sysroot/var/lib/dpkg/info/ca-certificates.list"

# Linked with what the agent is, and of the architecture that is asked for.
mapfile -t libraries < <(needed "$bin/fovea" | grep -vE '^(ld-linux|libswift|lib_?Foundation|libBlocks|libdispatch)')
((${#libraries[@]})) || die "no fovea in $bin, or one without libraries"
mapfile -t files < <(for library in "${libraries[@]}"; do find "$sysroot" -name "$library" | head -n 1; done)
printf '%s\n' 'void _start(void) { __asm__("mov x0, #0; mov x8, #93; svc #0"); }' >"$work/program.c"
"$toolchain/clang" --target=aarch64-unknown-linux-gnu -fuse-ld=lld -nostdlib -Wl,--no-as-needed,--allow-shlib-undefined \
    -Wl,--dynamic-linker="$loader" -o "$work/fovea" "$work/program.c" "${files[@]}" || die 'cannot link a program for arm64'
check 'Debian has every library of the agent for arm64' "$(printf '%s\n' "${libraries[@]}" | sort)" "$(needed "$work/fovea" | sort)"

export STRIP="$toolchain/llvm-objcopy --strip-all"
"$repository/deploy/linux/rootfs.sh" --fovea "$work/fovea" --sysroot "$sysroot" --to "$work/root" || die 'no root file system, see above'
STRIP=true "$repository/deploy/linux/rootfs.sh" --fovea "$bin/fovea" --to "$work/native" >/dev/null || die 'none of this machine'
check 'everything in it is for arm64' AArch64 "$(elves "$work/root" | while read -r file; do machine "$file"; done | sort -u)"
check 'what starts the program is there' yes "$([[ -x $work/root$loader ]] && echo yes)"
check 'every library that a program or library in it needs is in it' '' \
    "$(elves "$work/root" | while read -r file; do needed "$file"; done | sort -u | while read -r name; do
        find "$work/root" -name "$name" | grep -q . || echo "$name"; done)"
# But Swift's own, which a test's build has beside it, and the loader.
libraries() { elves "$1" | sed 's|.*/||' | grep -vE '^(ld-linux|libswift|lib_?Foundation|libBlocks|libdispatch)' | sort; }
check 'it has the same libraries as the other architecture' "$(libraries "$work/native")" "$(libraries "$work/root")"
# But licences, since Debian's documentation is left out of some build machines.
others() { (cd "$1" && find . -path ./usr/share/doc -prune -o \( -type f ! -name '*.so*' -o -type d -empty \) -print | sort); }
check 'and the same other files and empty folders' "$(others "$work/native")" "$(others "$work/root")"
of_debian() { jq -r '.packages[].externalRefs[]?.referenceLocator | select(startswith("pkg:deb"))' "$1/usr/share/sbom/fovea.spdx.json"; }
check 'its SBOM names Debian'\''s packages of arm64' "$(printf '%s arm64\n' "${packages[@]}" | sed 's/+/%2B/g' | sort)" \
    "$(of_debian "$work/root" | sed -nE 's|pkg:deb/debian/(.*)@.*arch=(.*)|\1 \2|p' | grep -v ' all$' | sort)"

for source in "$repository"/bpf/*.bpf.c; do
    name=$(basename "$source" .bpf.c) same=yes
    for architecture in x86:x86_64 arm64:aarch64; do
        object=$work/$name.${architecture%:*}
        if ! "$toolchain/clang" -target bpf -mcpu=v3 "-D__TARGET_ARCH_${architecture%:*}" -O2 -g -fno-strict-aliasing -Wall -Wextra -Werror \
            -I "$repository/bpf/include" -isystem "$sysroot/usr/include" -isystem "$sysroot/usr/include/aarch64-linux-gnu" \
            -c "$source" -o "$object"
        then same=no; else "$toolchain/llvm-objcopy" --strip-debug "$object"; fi
    done
    # Where a processor orders writes by itself nothing has to be done: bpf/include/barrier.h.
    if [[ $name != packets ]]; then cmp -s "$work/$name.x86" "$work/$name.arm64" || same=no; fi
    check "bpf/$name.bpf.c compiles for arm64$([[ $name == packets ]] || echo ', to the same bytes')" yes "$same"
done

if qemu=$(command -v qemu-aarch64-static); then
    "$qemu" -L "$work/root" "$work/root/usr/bin/fovea"
    check 'emulated, the loader finds all libraries and starts the program' 0 $?
else
    echo '# skipped: starting it, for there is no qemu-aarch64-static'
fi
echo '# not tried: the agent itself on arm64, which has to be built there; its programs in such a kernel'
exit "$failed"
