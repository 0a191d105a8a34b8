import type { ContainerNode } from './containerNode.ts';

/** What podman needs of a machine. */
export const podmanPrograms = ['podman', 'runc', 'conmon', 'netavark', 'busybox', 'iptables'];

/** podman as root in a sandbox, all of it in /run: no registry, no systemd, limits that the sandbox may set. */
const prepare = `
mkdir -p /run/podman/rootfs/bin
cat >/run/podman/containers.conf <<'CONF'
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=256:256"]
pids_limit = 0
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
[network]
network_backend = "netavark"
network_config_dir = "/run/podman/networks"
CONF
cat >/run/podman/podman <<'PODMAN'
#!/bin/sh
CONTAINERS_CONF=/run/podman/containers.conf exec podman --root /run/podman/root --runroot /run/podman/run \\
  --tmpdir /run/podman/tmp --storage-driver vfs "$@"
PODMAN
chmod +x /run/podman/podman
cp "$(command -v busybox)" /run/podman/rootfs/bin/busybox
for applet in sh sleep httpd; do ln -s busybox /run/podman/rootfs/bin/$applet; done
tar -C /run/podman/rootfs -c . | /run/podman/podman import --quiet - localhost/busybox:latest
`;

/** The image that {@link preparePodman} imports: busybox and nothing else. */
export const image = 'localhost/busybox:latest';

/** podman in the node, by its full path. */
export const podman = '/run/podman/podman';

/** Makes {@link podman} work in the node, with {@link image} to run. */
export async function preparePodman(node: ContainerNode): Promise<void> {
  await node.sh(prepare);
}
