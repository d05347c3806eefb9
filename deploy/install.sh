#!/bin/sh
# Installs this bundle, or goes back to the version before. Needs python3 and nothing from the network.
#   ./install.sh [FOLDER]               installs beside what is there and makes it current (FOLDER: /opt/queue-service)
#   ./install.sh --rollback [FOLDER]    makes the version before current again
# It touches neither database nor settings nor services: it says what to do next.
set -eu
cd "$(dirname "$0")"

fail() { echo "$1" >&2; exit 1; }

# Points current at a version in one step; what was current becomes previous.
make_current() {
  before=$(readlink "$folder/current" || true)
  ln -sfn "$1" "$folder/current.new" && mv -T "$folder/current.new" "$folder/current"
  if [ -n "$before" ] && [ "$before" != "$1" ]; then ln -sfn "$before" "$folder/previous"; fi
}

if [ "${1:-}" = --rollback ]; then
  folder=${2:-/opt/queue-service}
  [ -L "$folder/previous" ] || fail "Không có bản trước trong $folder. / There is no version before in $folder."
  make_current "$(readlink "$folder/previous")"
  echo "Bản hiện hành / current: $(readlink "$folder/current")"
  echo "Chạy / run: $folder/current/.venv/bin/queue-service migrate"
  echo "Nếu báo cơ sở dữ liệu mới hơn, hãy phục hồi bản sao lưu. / If it says that the database is newer, restore the backup made before the upgrade."
  exit 0
fi

folder=${1:-/opt/queue-service}
sha256sum --quiet -c SHA256SUMS || fail "Tệp bị hỏng, hãy chép lại. / Some file is damaged: copy the bundle again."
read -r wanted machine <PLATFORM
found=$(python3 -c "import platform, sys; print(f'{sys.version_info[0]}.{sys.version_info[1]} {platform.machine()}')") || fail "Thiếu python3. / python3 is missing."
[ "$found" = "$wanted $machine" ] || fail "Gói này dành cho Python $wanted, $machine; máy này là $found. / This bundle is for Python $wanted on $machine; here is $found."

read -r version commit <VERSION
into=$folder/versions/$version-$commit
mkdir -p "$folder/versions"
rm -rf "$into.part" "$into.old"
mkdir "$into.part"
cp -R docs deploy README.md CHANGELOG.md LICENSE "$into.part/"
if [ -e "$into" ]; then mv "$into" "$into.old"; fi
mv "$into.part" "$into"   # before the environment is made: its programs remember where they lie
pip=$(echo wheels/pip-*.whl)/pip   # it runs as it is, without being installed
if ! { python3 -m venv --without-pip "$into/.venv" &&
  python3 "$pip" --python "$into/.venv/bin/python" --isolated install -q --disable-pip-version-check --no-input --no-cache-dir --no-index \
    --find-links wheels --require-hashes -r requirements.txt &&
  python3 "$pip" --python "$into/.venv/bin/python" --isolated install -q --disable-pip-version-check --no-input --no-cache-dir --no-index \
    --no-deps queue_service-*.whl; }; then
  rm -rf "$into"
  if [ -e "$into.old" ]; then mv "$into.old" "$into"; fi
  fail "Chưa cài được; bản cũ vẫn nguyên. / Not installed; what was there is as it was."
fi
rm -rf "$into.old"
"$into/.venv/bin/queue-service" --help >/dev/null
make_current "versions/$version-$commit"
echo "Đã cài / installed: $into"
echo "Tiếp theo / next:  $folder/current/.venv/bin/queue-service migrate && $folder/current/.venv/bin/queue-service doctor"
echo "Hướng dẫn / guide: $folder/current/docs/cai-dat.md, $folder/current/docs/operate.md"
