/** A script that takes a program away from a lab's or sandbox's own view of the machine. */
export function hide(program: string): string {
  return `for folder in /usr/local/bin /usr/bin /usr/sbin /bin /sbin; do
    if [ -e "$folder/${program}" ] && [ ! -L $folder ]; then
      shadow=$(mktemp -d /run/shadow.XXXXXX)
      mkdir -p "/run/real$folder"
      mount --bind "$folder" "/run/real$folder"
      ln -s "/run/real$folder"/* "$shadow/"
      rm "$shadow/${program}"
      echo "$shadow $folder" >>/run/shadows
    fi
  done
  while read -r shadow folder; do mount --bind "$shadow" "$folder"; done </run/shadows`;
}

/** A script that puts another in a program's place. */
export function replace(program: string, script: string): string {
  return `printf '%s\\n' '#!/bin/sh' '${script.replaceAll("'", `'\\''`)}' >/run/stand-in-${program}
    chmod +x /run/stand-in-${program}
    mount --bind /run/stand-in-${program} "$(readlink -f "$(command -v ${program})")"`;
}
