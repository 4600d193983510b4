/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of protocols. */
#include "face.h"

#include <string.h>

#define FACE_POINTER(symbol, protocol) &face_##symbol,
const struct face *const face_table[] = {&face_huawei_1_3k, &face_huawei_6_20k, &face_sitop,
                                         QX_DIALECTS(FACE_POINTER) NULL};

const struct face *face_find(const char *name)
{
    for (int i = 0; face_table[i]; i++)
        if (!strcmp(face_table[i]->name, name))
            return face_table[i];
    return NULL;
}
