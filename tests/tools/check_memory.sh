#!/usr/bin/env bash
# Fails when an object file of ours asks the C library for memory: all of it goes through vm/memory.c, which alone
# may, so that it comes from where the embedding program says. usage: check_memory.sh OBJECT…
set -euo pipefail
asks=$(nm --undefined-only --format=posix "$@" 2>/dev/null | awk '
    /:$/ { file = $0 }
    $1 ~ /^(malloc|calloc|realloc|reallocarray|free|cfree|strdup|strndup|__strdup|__strndup|aligned_alloc|posix_memalign|memalign|valloc|getline|getdelim|asprintf|vasprintf|__asprintf_chk|__vasprintf_chk|open_memstream|scandir)$/ { print file, $1 }')
if ! grep -q '/memory\.c\.o.* malloc$' <<<"$asks"; then
    echo "vm/memory.c does not ask for memory: this check sees nothing"
    exit 1
fi
if others=$(grep -v '/memory\.c\.o' <<<"$asks"); then
    echo "these ask the C library themselves, and not vm/memory.h:" "$others"
    exit 1
fi
