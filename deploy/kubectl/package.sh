#!/usr/bin/env bash
# Packs kubectl fovea for krew: package.sh --url URL --homepage URL --to DIR ARCH=FILE...
#
#   --url URL       where the archives will be, as a folder
#   --homepage URL  what the manifest says of the project
#   --to DIR        a folder, which is made: an archive for each architecture, and fovea.yaml, krew's manifest of them
#   ARCH=FILE       kubectl-fovea as built for amd64 or arm64
#
# Without its symbols a program is half as large; STRIP='llvm-objcopy --strip-all' does it for another architecture than this
# machine's. The same program gives the same bytes; times are SOURCE_DATE_EPOCH (0 without one). Exit status: 0, or 1 with what
# is wrong.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here
url='' homepage='' to='' programs=()

die() { printf 'package.sh: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }

while (($#)); do
    case $1 in
        -h | --help) usage; exit 0 ;;
        --url | --homepage | --to)
            (($# > 1)) || die "$1 needs a value"
            declare "${1#--}=$2"
            shift 2
            ;;
        amd64=* | arm64=*) programs+=("$1"); shift ;;
        *) usage >&2; die "no such option or architecture: $1" ;;
    esac
done
[[ $url && $homepage && $to ]] || { usage >&2; die '--url, --homepage and --to are needed'; }
((${#programs[@]})) || die 'no program: ARCH=FILE'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$to"
version=$(sed -n 's/^  version: //p' "$here/fovea.yaml")
sed -e '/^#/d' -e "s|HOMEPAGE|$homepage|" -e '/^  platforms:/q' "$here/fovea.yaml" >"$to/fovea.yaml"
for program in "${programs[@]}"; do
    arch=${program%%=*} file=${program#*=}
    [[ -x $file ]] || die "no program at '$file'"
    machine=$(LC_ALL=C readelf -h "$file" | sed -n 's/^ *Machine: *//p')
    case $arch:$machine in
        amd64:*X86-64 | arm64:AArch64) ;;
        *) die "$file is for $machine, and not for $arch" ;;
    esac
    rm -rf "$work/content"
    mkdir "$work/content"
    install -m 755 "$file" "$work/content/kubectl-fovea"
    ${STRIP:-strip} "$work/content/kubectl-fovea" || die "$file cannot be stripped: is it of another architecture? Then set STRIP"
    install -m 755 -t "$work/content" "$here/kubectl_complete-fovea"
    # krew's own index takes archives with a licence only.
    find "$here/../.." -maxdepth 1 -iname 'license*' -exec install -m 644 -t "$work/content" {} +
    archive=kubectl-fovea-$version-linux-$arch.tar.gz
    tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@${SOURCE_DATE_EPOCH:-0}" -C "$work/content" -cf - . |
        gzip -n >"$to/$archive"
    sum=$(sha256sum "$to/$archive")
    sed -n '/^  platforms:/,$p' "$here/fovea.yaml" |
        sed -e 1d -e "s|ARCH|$arch|" -e "s|URI|${url%/}/$archive|" -e "s|SHA256|${sum%% *}|" >>"$to/fovea.yaml"
done
printf 'package.sh: %s: %d archives and fovea.yaml\n' "$to" "${#programs[@]}"
