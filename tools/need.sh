# need COMMAND-OR-FILE PACKAGE WHY: installs a Debian package when what it brings is missing, and says so.
need() {
    if command -v "$1" >/dev/null 2>&1 || [ -e "$1" ]; then return 0; fi
    echo "installing $2: $3" >&2
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo"
    if [ -z "${need_updated:-}" ]; then
        $sudo apt-get update -qq >/dev/null || { echo "apt-get update failed; please install $2 by hand" >&2; return 1; }
        need_updated=yes
    fi
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $2 >/dev/null ||
        { echo "could not install $2; please install it by hand" >&2; return 1; }
}
need_build() {
    need cc "gcc libc6-dev" "the C compiler"
    need make make "runs the build"
    need cmake cmake "plans the build"
    need /usr/include/zlib.h zlib1g-dev "reads compressed data files"
}
