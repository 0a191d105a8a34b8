#!/bin/sh
# Runs node in a network namespace of its own: a sandbox with nothing but lo.
exec unshare --net sh -c 'ip link set lo up && exec node "$@"' sh "$@"
