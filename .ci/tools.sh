#!/usr/bin/env bash
# Debian packages that some tests need and the project does not: what runs the examples, and a browser. What cannot be had
# is named and the run goes on; the tests then name what they could not run.
set -uo pipefail

# <program> <package>
wanted="curl curl
openssl openssl
javac default-jdk-headless
php php-cli
/usr/bin/chromium chromium"

missing=$(while read -r program package; do
  command -v "$program" >/dev/null || echo "$package"
done <<<"$wanted")
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed here: ${missing//$'\n'/ }"
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
get() { timeout 300 apt-get -qq -o Acquire::Retries=3 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60 "$@" >/dev/null 2>&1; }
get update || echo 'the list of Debian packages could not be renewed'
for package in $missing; do
  get install -y --no-install-recommends "$package" || echo "not installed here: $package"
done
exit 0
