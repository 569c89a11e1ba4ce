#!/usr/bin/env bash
# What is in the image, as SPDX 2.3 in JSON: sbom.sh --root DIR --libraries FILE --sysroot DIR
#
#   --root DIR        the root file system
#   --sysroot DIR     the Debian that the libraries are of
#   --libraries FILE  lines of: where a library was found here, a tab, where it is in the root file system
#
# rootfs.sh calls this. Debian's packages are asked of dpkg, and their licences are copied into the root; Swift's
# packages are those of Package.resolved, which building wrote.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly repository
die() { printf 'sbom.sh: %s\n' "$*" >&2; exit 1; }
[[ $# == 6 && $1 == --root && $3 == --libraries && $5 == --sysroot ]] ||
    die "usage: sbom.sh --root DIR --libraries FILE --sysroot DIR"
root=$2 listed=$4 sysroot=${6%/}
readonly resolved=$repository/Package.resolved
[[ -r $resolved ]] || die "no $resolved; build the agent first"
# Not by running it: it may be for another architecture.
version=$(sed -n 's/.*static let version = "\(.*\)"/\1/p' "$repository/Sources/Observability/Release.swift")
[[ $version ]] || die 'no version in Sources/Observability/Release.swift'
packages=$(mktemp)
trap 'rm -f "$packages"' EXIT

package() { # NAME VERSION PURPOSE PURL
    jq -cn --arg name "$1" --arg version "$2" --arg purl "$4" --arg purpose "$3" '{
        SPDXID: ("SPDXRef-Package-" + ($name | gsub("[^A-Za-z0-9.]"; "-"))),
        name: $name, versionInfo: $version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION", copyrightText: "NOASSERTION",
        primaryPackagePurpose: $purpose,
        externalRefs: (if $purl == "" then [] else
            [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl", referenceLocator: $purl}] end)}'
}

encoded() { jq -rn --arg text "$1" '$text | @uri'; }

packages_of() { dpkg-query --admindir="$sysroot/var/lib/dpkg" "$@"; }

# The package that a file is of. One below /lib may be on record as below /usr/lib, and the other way round.
owner() { # PATH
    local path real
    real=$(realpath "$1")
    real=${real#"$sysroot"}
    set -- "${1#"$sysroot"}"
    for path in "$1" "/usr$1" "${1#/usr}" "$real" "/usr$real"; do
        packages_of -S "$path" 2>/dev/null | sed -n '1s/: .*//p' | grep . && return
    done
    return 1
}

package fovea "$version" APPLICATION '' >>"$packages"
compiler=$(swift --version 2>/dev/null | sed -nE '1s/.*Swift version ([0-9.]+).*/\1/p')
package swift "${compiler:-NOASSERTION}" LIBRARY "pkg:generic/swift@$compiler" >>"$packages"
while IFS=$'\t' read -r name at url; do
    package "$name" "$at" LIBRARY "pkg:swift/${url#https://}@$at" >>"$packages"
done < <(jq -r '.pins[] | [.identity, .state.version // .state.revision, (.location | rtrimstr(".git"))] | @tsv' "$resolved")
while read -r name; do
    # shellcheck disable=SC2016 # dpkg-query fills them in
    read -r at architecture < <(packages_of -W -f '${Version} ${Architecture}\n' "$name")
    package "${name%%:*}" "$at" LIBRARY \
        "pkg:deb/debian/$(encoded "${name%%:*}")@$(encoded "$at")?arch=$architecture" >>"$packages"
    licence=/usr/share/doc/${name%%:*}/copyright
    # Debian's documentation is left out of some build machines.
    if [[ -r $sysroot$licence ]]; then install -D -m 644 "$(realpath "$sysroot$licence")" "$root$licence"; fi
done < <({ while IFS=$'\t' read -r from _; do owner "$from" || true; done <"$listed"; echo ca-certificates; } | sort -u)

created=$(date -u -d "@${SOURCE_DATE_EPOCH:-0}" +%Y-%m-%dT%H:%M:%SZ)
# The name of the document has to be one of its own: what is in it makes it so.
digest=$(sha256sum "$packages" | cut -c 1-32)
jq -s --arg version "$version" --arg created "$created" --arg digest "$digest" '{
    spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT",
    name: ("fovea-" + $version),
    documentNamespace: ("https://fovea.network/sbom/fovea-" + $version + "-" + $digest),
    creationInfo: {created: $created, creators: ["Tool: fovea-sbom.sh"]},
    packages: .,
    relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
        relatedSpdxElement: "SPDXRef-Package-fovea"}]
        + [.[1:][] | {spdxElementId: "SPDXRef-Package-fovea", relationshipType: "DEPENDS_ON",
            relatedSpdxElement: .SPDXID}])}' "$packages"
