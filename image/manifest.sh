#!/bin/bash
# What is in an image, as SPDX 2.3 in JSON to standard output: every Debian package with its version, source and where its licence lies.
#
#   manifest.sh BOARD IMAGE PARTS      PARTS: the folder with packages.status, which is dpkg's list, and packages.unpacked
#
# Time and name come from SOURCE_DATE_EPOCH and PORTIER_BUILD.
set -euo pipefail
board=$1 image=$2 parts=$3

# Name, version, architecture, source package, maintainer and section of each, separated by tabs.
fields() {
    awk -v RS= -v FS='\n' '{
        split("", of)
        for (i = 1; i <= NF; i++) if (match($i, /^[A-Za-z-]+: /)) of[substr($i, 1, RLENGTH - 2)] = substr($i, RLENGTH + 1)
        if ("Status" in of && of["Status"] !~ / installed$/) next
        printf "%s\t%s\t%s\t%s\t%s\t%s\n", of["Package"], of["Version"], of["Architecture"],
            ("Source" in of ? of["Source"] : of["Package"]), of["Maintainer"], of["Section"]
    }'
}
{
    fields <"$parts/packages.status"
    while read -r package; do dpkg-deb --field "$package" | fields; done <"$parts/packages.unpacked"
} | LC_ALL=C sort -u | jq --raw-input --slurp \
    --arg board "$board" --arg build "$PORTIER_BUILD" --arg created "$(date --utc --date="@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" \
    --arg sha256 "$(sha256sum "$image" | cut -d ' ' -f 1)" '
    def id: "SPDXRef-Package-" + gsub("[^A-Za-z0-9.-]"; "-");
    def common: {downloadLocation: "NOASSERTION", filesAnalyzed: false, copyrightText: "NOASSERTION",
        licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION"};
    (split("\n") | map(select(. != "") | split("\t")) | map(common + {
        SPDXID: ((.[0] + "-" + .[1]) | id), name: .[0], versionInfo: .[1],
        supplier: (if .[0] == "portier" then "Organization: Portier" else "Organization: Debian" end),
        originator: ("Organization: " + .[4]),
        sourceInfo: ("built from source package " + .[3]),
        licenseComments: ("as in /usr/share/doc/" + .[0] + "/copyright of the package"),
        primaryPackagePurpose: (if .[0] | test("firmware") then "FIRMWARE" elif .[5] == "kernel" then "OPERATING_SYSTEM"
            elif .[5] | endswith("libs") then "LIBRARY" else "APPLICATION" end),
        externalRefs: (if .[0] == "portier" then [] else [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
            referenceLocator: ("pkg:deb/debian/" + .[0] + "@" + (.[1] | @uri) + "?arch=" + .[2] + "&distro=debian-13")}] end)
    })) as $packages
    | {
        spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: ("portier-" + $board),
        documentNamespace: ("https://portier.invalid/spdx/portier-" + $board + "-" + $sha256),
        creationInfo: {created: $created, creators: ["Tool: portier-image"]},
        documentDescribes: ["SPDXRef-Image"],
        packages: ([common + {SPDXID: "SPDXRef-Image", name: ("portier-" + $board + ".img"), versionInfo: $build,
            supplier: "Organization: Portier", primaryPackagePurpose: "OPERATING_SYSTEM",
            checksums: [{algorithm: "SHA256", checksumValue: $sha256}]}] + $packages),
        relationships: ([{spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES", relatedSpdxElement: "SPDXRef-Image"}]
            + ($packages | map({spdxElementId: "SPDXRef-Image", relationshipType: "CONTAINS", relatedSpdxElement: .SPDXID})))
    }
    # What SPDX 2.3 demands, looked at here, so that a manifest that is none is not written.
    | . as $document
    | if ([.packages[].SPDXID] | length == (unique | length)) and (.packages | length > 50)
        and all(.packages[]; .name != "" and .versionInfo != "" and (.SPDXID | test("^SPDXRef-[A-Za-z0-9.-]+$")))
        and all(.relationships[]; .relatedSpdxElement as $part | any($document.packages[]; .SPDXID == $part))
      then . else error("the manifest is broken") end'
