#!/usr/bin/env bash
# Lays out the image's root file system: rootfs.sh --fovea FILE --to DIR
#
#   --fovea FILE  the agent, built for this machine's architecture
#   --to DIR      a folder that does not exist yet
#
# In it: the agent without its symbols, the shared libraries that it is linked with and their licences, the
# certificates of public authorities, and an SBOM (SPDX 2.3) in usr/share/sbom. Everything belongs to root, nobody
# may write to it, and every time is SOURCE_DATE_EPOCH (0 without one): the same program gives the same bytes.
#
# Needs root (for the owner), binutils, jq and Debian's ca-certificates. Exit status: 0, or 1 with what is missing.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
fovea='' root=''

die() { printf 'rootfs.sh: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --fovea | --to)
            (($# > 1)) || die "$1 needs a value"
            if [[ $1 == --to ]]; then root=$2; else fovea=$2; fi
            shift 2
            ;;
        *) usage >&2; die "no such option: $1" ;;
    esac
done
[[ -x $fovea ]] || die "--fovea: no program at '$fovea'; build one with: make build"
[[ $root && ! -e $root ]] || die "--to: '$root' is there already, or was not given"
((EUID == 0)) || die 'needs root: the files of an image belong to root'
for program in strip jq ldd dpkg-query; do
    command -v "$program" >/dev/null || die "no $program here; Debian has it in ${program/strip/binutils}"
done
readonly certificates=/etc/ssl/certs/ca-certificates.crt
[[ -r $certificates ]] || die "no $certificates; Debian has it in ca-certificates"

umask 022
# What is mounted over in a pod has to be there, since nothing can be made later.
mkdir -p "$root"/{dev,proc,sys,run/fovea,run/netns,etc/fovea,etc/ssl/certs,usr/bin,usr/share/sbom}
strip -o "$root/usr/bin/fovea" "$fovea"
chmod 755 "$root/usr/bin/fovea"
cp "$certificates" "$root/etc/ssl/certs/"
printf 'root:x:0:0::/:\n' >"$root/etc/passwd"
printf 'root:x:0:\n' >"$root/etc/group"

# Each library where the loader looks for it. Some, like Swift's in a build that is not static, are found by a path
# beside the compiler: the loader's own folder is as good.
libraries=$(ldd "$fovea") || die "$fovea cannot be asked for its libraries: is it of another architecture?"
if grep 'not found' <<<"$libraries" >&2; then die 'the libraries above are missing here'; fi
listed=$(mktemp)
trap 'rm -f "$listed"' EXIT
system=$(dirname "$(sed -nE 's/.*libc\.so\.6 => ([^ ]+).*/\1/p' <<<"$libraries")")
while read -r library; do
    to=$root$library
    case $library in
        /lib/* | /lib64/* | /usr/lib/*-linux-gnu/*) ;;
        *) to=$root$system/${library##*/} ;;
    esac
    install -D -m 755 "$(realpath "$library")" "$to"
    printf '%s\t%s\n' "$library" "${to#"$root"}" >>"$listed"
done < <(sed -nE 's/^[^/]*(\/[^ ]+) \(0x.*/\1/p' <<<"$libraries")

"$here/sbom.sh" --root "$root" --libraries "$listed" >"$root/usr/share/sbom/fovea.spdx.json"
find "$root" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} +
printf 'rootfs.sh: %s: %s in %d files\n' "$root" "$(du -sh --apparent-size "$root" | cut -f1)" \
    "$(find "$root" -type f | wc -l)"
