#!/usr/bin/env bash
# Puts gate on the runner: a release whose checksum stands in this repository, else built from this source.
set -euo pipefail

: "${RUNNER_TEMP:?}" "${GATE_SOURCE:?}"
bin="$RUNNER_TEMP/gate/bin"
mkdir -p "$bin"

finish() {
  "$bin/gate" --version
  echo "$bin" >> "$GITHUB_PATH"
}

version="${GATE_VERSION:-source}"
if [ "$version" = source ]; then
  if ! command -v cargo > /dev/null; then
    echo '::error title=gate::there is no cargo on this runner; name a release with `version`'
    exit 40
  fi
  cargo install --locked --quiet --path "$GATE_SOURCE" --root "$RUNNER_TEMP/gate"
  finish
  exit 0
fi

case "${RUNNER_OS:-}/${RUNNER_ARCH:-}" in
  Linux/X64) asset=gate-x86_64-unknown-linux-musl ;;
  Linux/ARM64) asset=gate-aarch64-unknown-linux-musl ;;
  macOS/X64) asset=gate-x86_64-apple-darwin ;;
  macOS/ARM64) asset=gate-aarch64-apple-darwin ;;
  *)
    echo "::error title=gate::there is no release for ${RUNNER_OS:-?}/${RUNNER_ARCH:-?}; use version: source"
    exit 40
    ;;
esac

# The checksum is the one that was reviewed with this action, not one that lies beside the download.
expected="$(awk -v want="$version $asset" '$1 " " $2 == want { print $3 }' "$GATE_SOURCE/action/checksums.txt")"
if [ -z "$expected" ]; then
  echo "::error title=gate::no checksum is known for $asset of $version; use version: source"
  exit 40
fi
url="${GATE_RELEASES:-https://github.com/gate-cli/gate/releases/download}/$version/$asset"
curl --fail --silent --show-error --location --retry 3 --output "$bin/gate.new" "$url"
if command -v sha256sum > /dev/null; then
  found="$(sha256sum "$bin/gate.new" | cut -d' ' -f1)"
else
  found="$(shasum -a 256 "$bin/gate.new" | cut -d' ' -f1)"
fi
if [ "$found" != "$expected" ]; then
  rm -f "$bin/gate.new"
  echo "::error title=gate::the download is not the release that was reviewed (sha256 $found)"
  exit 40
fi
chmod 755 "$bin/gate.new"
mv "$bin/gate.new" "$bin/gate"
finish
