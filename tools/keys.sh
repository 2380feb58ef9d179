#!/bin/bash
# Makes the keys that sign bundles, once, outside of the repository, and prints the folder that they are in.
#
#   tools/keys.sh [FOLDER]      $PORTIER_KEYS, else $XDG_CONFIG_HOME/portier/keys, else ~/.config/portier/keys
#
#   ca.cert.pem        goes into the image: a board trusts what this authority has certified, and nothing else
#   ca.key.pem         the authority's key; only needed to certify another signing key: keep it elsewhere
#   signing.cert.pem, signing.key.pem      what `make bundle` signs with
set -euo pipefail
folder=${1:-${PORTIER_KEYS:-${XDG_CONFIG_HOME:-$HOME/.config}/portier/keys}}

if [ ! -e "$folder/signing.cert.pem" ]; then
    [ ! -e "$folder/ca.cert.pem" ] || {
        printf 'keys: %s\n' "$folder has an authority, but no signing.cert.pem: see docs/update.md" >&2
        exit 1
    }
    command -v openssl >/dev/null || "$(dirname "$0")/need.sh" openssl
    umask 077
    mkdir -p "$folder"
    curve=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -sha256)
    # Boards live longer than certificates usually do.
    openssl req -x509 "${curve[@]}" -days 10000 -subj '/O=Portier/CN=Portier development authority' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$folder/ca.key.pem" -out "$folder/ca.cert.pem" 2>/dev/null
    openssl req "${curve[@]}" -subj '/O=Portier/CN=Portier development signing' -keyout "$folder/signing.key.pem" 2>/dev/null |
        openssl x509 -req -days 9000 -sha256 -CA "$folder/ca.cert.pem" -CAkey "$folder/ca.key.pem" -CAcreateserial \
            -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n') \
            -out "$folder/signing.cert.pem.new" 2>/dev/null
    rm -f "$folder/ca.cert.srl"
    # Last, so that keys that are not all there are not taken for keys.
    mv "$folder/signing.cert.pem.new" "$folder/signing.cert.pem"
    printf 'keys: made %s; keep a copy: boards that trust it can be updated by nothing else\n' "$folder" >&2
fi
printf '%s\n' "$folder"
