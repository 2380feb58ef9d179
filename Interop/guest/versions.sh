# shellcheck shell=bash
# What is made once for all clones is kept by version: who has changed a file makes another one, and takes nothing from anybody.

# version FOLDER NAME FILE...: prints FOLDER/NAME-HASH, by the FILEs' contents. If it is there, that is all, and the caller ends; else
# it is made in $folder, and `finish` gives it its name.
version() {
    local hash
    hash=$(cat "${@:3}" | sha256sum)
    finished=$1/$2-${hash:0:16}
    mkdir -p "$1"
    # One at a time: who comes second finds it made.
    exec 9>"$1/lock"
    flock 9
    echo "$finished"
    exec >&2
    if [ -d "$finished" ]; then
        touch "$finished"
        exit
    fi
    # Nobody reads from those any more.
    find "$1" -mindepth 1 -maxdepth 1 -type d -mtime +7 -exec rm -rf {} +
    folder=$finished.new
    rm -rf "$folder"
    mkdir "$folder"
}

finish() { mv "$folder" "$finished"; }
