#!/usr/bin/env bash
# Trains the organism again from nothing, in a virtual environment of its own. Python 3.11 and some minutes are enough.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
environment=${ORGANISM_ENVIRONMENT:-$here/../.build/organism-venv}

if [[ ! -x $environment/bin/python ]]; then
    python3 -m venv "$environment"
fi
# The CPU build where the package index has it: the default one brings gigabytes of CUDA that nothing here uses.
"$environment/bin/pip" install --quiet 'torch==2.13.0+cpu' 2>/dev/null || true
"$environment/bin/pip" install --quiet --requirement "$here/requirements.txt"

# Threads that sleep while they wait, and memory that is kept between steps: several times faster on a busy machine.
export OMP_WAIT_POLICY=PASSIVE MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=4294967296
PYTHONDONTWRITEBYTECODE=1 exec "$environment/bin/python" "$here/train.py" "$@"
