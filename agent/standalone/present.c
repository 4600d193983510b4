/* SPDX-License-Identifier: BSD-2-Clause */
/* Linked into programs that have the standalone agent. */
#include "standalone.h"

static const struct standalone_engine engine = {
    .start = standalone_start,
    .stop = standalone_stop,
};

const struct standalone_engine *const standalone_engine = &engine;
