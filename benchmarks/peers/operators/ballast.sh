#!/bin/bash
# Ballast's operator as its image starts it: with the image's Java, options and AOT cache, and the memory of its pod.
set -euo pipefail
images=$(cd "$(dirname "$0")/../../../operator/target/images" && pwd)
[ -f "$images/image.java" ] || { echo "ballast.sh: no image with an AOT cache in $images: run ./ballast images" >&2; exit 69; }
mapfile -t options < <(sed "s|/app/operator|$images/image|" "$images/image/java.options")
# shellcheck disable=SC2086
exec "$(cat "$images/image.java")" "${options[@]}" -XX:MaxRAM=512m -XX:MaxRAMPercentage=60 ${OPERATOR_JAVA_OPTIONS:-} -jar "$images/image/ballast-operator.jar"
